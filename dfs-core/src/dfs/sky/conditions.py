"""How probable it is that the atmosphere and the Moon are as good as asked for.

The fractions are those of the rows of a table of real conditions, or, without one, of a
model whose numbers are invented.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import Final

import numpy as np

from dfs.foundation.errors import UserError
from dfs.sky.errors import BAD_CONDITIONS, UNKNOWN_TRANSPARENCY
from dfs.sky.model import Floats, Mask

TRANSPARENCIES: Final = {
    "Photometric": 0.02,
    "Clear": 0.11,
    "Variable, thin cirrus": 0.24,
    "Variable, thick cirrus": math.inf,
}
"""Classes of sky transparency, best first, and the extinction by clouds up to which they
hold, mag: 2 %, 10 % and 20 % of the light, and any."""

_COLUMNS: Final = {
    "seeing_arcsec": ("seeing_arcsec", "iq_delivered500_Zenith"),
    "extinction_mag": ("extinction_mag", "cc_extinction"),
    "water_vapour_mm": ("water_vapour_mm",),
}
"""What is read, and the names of its column, ours first."""
_SOURCE: Final = "# source:"
_LARGEST_BYTES: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class Conditions:
    """A table of conditions; a value that was not measured is NaN.

    Parameters
    ----------
    source : where the numbers come from, for people.
    is_model : whether they are invented.
    seeing_arcsec : (n,), FWHM at zenith at 500 nm.
    extinction_mag : (n,), by clouds.
    water_vapour_mm : (n,), precipitable.
    """

    source: str
    is_model: bool
    seeing_arcsec: Floats
    extinction_mag: Floats
    water_vapour_mm: Floats

    @classmethod
    def load(cls, path: Path | None = None) -> Conditions:
        """Read a table, CSV, gzipped or not; without a path, the model.

        Raises
        ------
        UserError
            It cannot be read, has no known column, or a value is no number.
        """
        if path is None:
            text = files("dfs.sky").joinpath("data/conditions_model.csv").read_text("utf-8")
            return _parse(text, "the model", is_model=True)
        return _parse(_read(path), str(path), is_model=False)

    def probability(
        self,
        *,
        seeing_arcsec: float | None = None,
        transparency: str | None = None,
        water_vapour_mm: float | None = None,
        fli: float | None = None,
    ) -> float | None:
        """Give the probability that all constraints hold at once; None: nobody measured it.

        Seeing and transparency are counted together, in the rows that hold both; water
        vapour likewise where rows hold it as well. What no row holds together is taken as
        independent, and so is the Moon.

        Parameters
        ----------
        seeing_arcsec : at most, at zenith and 500 nm.
        transparency : at least as good as this class.
        water_vapour_mm : at most.
        fli : illuminated fraction of the Moon, at most; see `probability_of_moon`.

        Raises
        ------
        UserError
            There is no such class of transparency.
        """
        asked: list[tuple[Floats, float]] = []
        if seeing_arcsec is not None:
            asked.append((self.seeing_arcsec, seeing_arcsec))
        if transparency is not None:
            asked.append((self.extinction_mag, extinction_of(transparency)))
        if water_vapour_mm is not None:
            asked.append((self.water_vapour_mm, water_vapour_mm))
        moon = 1.0 if fli is None else probability_of_moon(fli)
        known = np.logical_and.reduce([np.isfinite(values) for values, _ in asked]) if asked else []
        if not asked:
            return moon
        if np.any(known):
            return moon * _fraction(np.asarray(known), asked)
        alone = [(np.isfinite(values), [(values, limit)]) for values, limit in asked]
        if not all(np.any(rows) for rows, _ in alone):
            return None
        return moon * math.prod(_fraction(rows, one) for rows, one in alone)


def extinction_of(transparency: str) -> float:
    """Give the extinction up to which a class of transparency holds, mag.

    Raises
    ------
    UserError
        There is no such class.
    """
    wanted = transparency.strip().casefold()
    for name, limit in TRANSPARENCIES.items():
        if name.casefold() == wanted:
            return limit
    raise UserError(UNKNOWN_TRANSPARENCY, f"there is no sky transparency {transparency!r}")


def probability_of_moon(fli: float) -> float:
    """Give the fraction of the time with at most this illumination, or the Moon down.

    In a model: elongations from the Sun are equally frequent, and of the night the Moon is
    down for the part 1 - elongation/180°, whatever the latitude and the season.
    """
    elongation = math.acos(1 - 2 * min(max(fli, 0.0), 1.0)) / math.pi
    return elongation + (1 - elongation) ** 2 / 2


def _fraction(rows: Mask, asked: Iterable[tuple[Floats, float]]) -> float:
    held = rows.copy()
    for values, limit in asked:
        held &= values <= limit
    return float(np.count_nonzero(held) / np.count_nonzero(rows))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise UserError(
                BAD_CONDITIONS, f"it holds more than {_LARGEST_BYTES:,} bytes", where=str(path)
            )
        return content.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UserError(BAD_CONDITIONS, str(error), where=str(path)) from error


def _parse(text: str, where: str, *, is_model: bool) -> Conditions:
    lines = text.splitlines()
    comments = list(takewhile(lambda line: line.startswith("#"), lines))
    source = next(
        (line.removeprefix(_SOURCE).strip() for line in comments if line.startswith(_SOURCE)),
        Path(where).name,
    )
    reader = csv.DictReader(lines[len(comments) :])
    present = reader.fieldnames or ()
    names = {
        quantity: next((name for name in spellings if name in present), None)
        for quantity, spellings in _COLUMNS.items()
    }
    if not any(names.values()):
        wanted = ", ".join(_COLUMNS)
        raise UserError(BAD_CONDITIONS, f"it has none of the columns {wanted}", where=where)
    rows = [
        list(_values(row, names.values(), f"{where}:{len(comments) + reader.line_num}"))
        for row in reader
    ]
    if not rows:
        raise UserError(BAD_CONDITIONS, "it has no row", where=where)
    columns = np.array(rows).T
    return Conditions(source, is_model, *columns)


def _values(row: dict[str, str | None], names: Iterable[str | None], where: str) -> Iterator[float]:
    for name in names:
        text = (row.get(name) or "").strip() if name else ""
        try:
            value = float(text) if text else math.nan
        except ValueError as error:
            raise UserError(
                BAD_CONDITIONS, f"{name}: {text!r} is no number", where=where
            ) from error
        yield value
