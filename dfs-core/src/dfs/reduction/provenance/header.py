"""What a product's own header tells of its making, where its record is not at hand. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.structure import CARD_BYTES
from dfs.plugin import Header, ParameterValue
from dfs.reduction.provenance.model import ProvenanceRecord, Software, UsedFrame

__all__ = ["ToldParameter", "changed_parameters", "record_of_header", "told_parameters"]

_VALUE: Final = re.compile(
    rb"HIERARCH ESO PRO REC1 (PARAM\d+) VALUE *= *(?:'(?:[^']|'')*'|[^/]*?) */ *Default: *(.*)"
)
_UNUSABLE: Final = re.compile(r"[^A-Za-z0-9_.]")
_FRAMES: Final = (("RAW", True), ("CAL", False))


@dataclass(frozen=True, slots=True)
class ToldParameter:
    """A parameter as a header tells of it.

    Parameters
    ----------
    value : as text.
    default : as text; None if the header does not tell it whole.
    """

    value: str
    default: str | None

    @property
    def is_default(self) -> bool:
        """Whether it was surely left at its default; the spelling of letters does not count."""
        return self.default is not None and self.value.casefold() == self.default.casefold()


def told_parameters(cards: bytes) -> dict[str, ToldParameter]:
    """Read the recipe's parameters and their defaults, which stand in the cards' comments.

    Parameters
    ----------
    cards : of the primary header, 80 bytes each.
    """
    header = read_cards(cards, None, where="", problems=[])
    defaults = dict(_defaults(cards))
    return {
        str(name): ToldParameter(str(header.get(f"{stem}.VALUE", "")), defaults.get(stem))
        for keyword, name in header.items()
        if (stem := keyword.removesuffix(".NAME")) != keyword and stem.startswith("PRO.REC1.PARAM")
    }


def changed_parameters(
    values: Mapping[str, ParameterValue], told: Mapping[str, ToldParameter]
) -> dict[str, ParameterValue] | None:
    """Give the parameters that were not left at their defaults; None if nothing is told of them."""
    if values and not told:
        return None
    defaults = {_UNUSABLE.sub("_", name): parameter for name, parameter in told.items()}
    return {
        name: value
        for name, value in values.items()
        if name not in defaults or not defaults[name].is_default
    }


def record_of_header(header: Header, told: Mapping[str, ToldParameter]) -> ProvenanceRecord | None:
    """Tell of a run from the header of a product; None for a file that is none.

    Digests of inputs are the beginnings that the header holds; of where the inputs lay it
    tells only their names.
    """
    recipe = header.get("PRO.REC1.ID")
    if recipe is None:
        return None
    product = str(header.get("PRO.DFS.ID", ""))
    host = header.get("PRO.DFS.HOST")
    return ProvenanceRecord(
        key=str(header.get("PRO.DFS.KEY", "")),
        block={"id": product.partition(".")[0]},
        instrument=str(header.get("INSTRUME", "")),
        action="",
        recipe=str(recipe),
        stem="",
        runner=str(header.get("PRO.DFS.RUNNER", "")),
        software=dict(_software(header)),
        parameters={name: parameter.value for name, parameter in told.items()},
        inputs=tuple(_inputs(header)),
        products=(),
        machine={} if host is None else {"host": str(host)},
        started_at=_moment(header.get("PRO.REC1.START")),
        ended_at=_moment(header.get("PRO.REC1.STOP")),
    )


def _defaults(cards: bytes) -> Iterator[tuple[str, str]]:
    for start in range(0, len(cards), CARD_BYTES):
        card = cards[start : start + CARD_BYTES]
        # A comment that reaches the end of its card may have been cut.
        if not card.endswith(b" "):
            continue
        if match := _VALUE.match(card):
            default = match[2].decode("latin-1").strip()
            yield f"PRO.REC1.{match[1].decode()}", _unquoted(default)


def _unquoted(text: str) -> str:
    """CPL writes a text in quotes."""
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == "'" else text


def _software(header: Header) -> Iterator[tuple[str, Software]]:
    number = 0
    while (said := header.get(f"PRO.DFS.SOFT{(number := number + 1)}")) is not None:
        name, _, version = str(said).partition(" ")
        released, _, fingerprint = version.partition("+")
        yield name, Software(released, fingerprint)
    if number > 1:
        return
    for keyword in ("PRO.REC1.DRS.ID", "PRO.REC1.PIPE.ID"):
        if keyword in header:
            text = str(header[keyword])
            name, _, version = text.rpartition("/" if "/" in text else "-")
            yield name or version, Software(version if name else "")


def _inputs(header: Header) -> Iterator[UsedFrame]:
    for kind, is_raw in _FRAMES:
        number = 0
        while (name := header.get(f"PRO.REC1.{kind}{(number := number + 1)}.NAME")) is not None:
            stem = f"PRO.REC1.{kind}{number}"
            digest = str(header.get(f"{stem}.SHA256", ""))
            tag = str(header.get(f"{stem}.CATG", ""))
            yield UsedFrame(tag, is_raw, str(name), digest, digest)


def _moment(text: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(text)).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
