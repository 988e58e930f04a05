"""The header of a product, as the field's pipelines write it.

Sources: ESO Data Interface Control Document, category PRO; headers of real products
of CPL pipelines; ESO Science Data Products Standard for the error and quality planes.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from dfs.foundation.clock import isot
from dfs.foundation.fits.encode import cut_to_card
from dfs.plugin import Header, HeaderCards, HeaderValue, Parameter, ParameterValue, QualityParameter
from dfs.reduction.model import Metric, RecipeTask, product_id

Cards: TypeAlias = dict[str, HeaderValue | tuple[HeaderValue, str]]

_DICTIONARY: Final = "PRO-1.15"
_NOT_INHERITED: Final = frozenset(
    {
        *("DATE", "PIPEFILE", "BUNIT", "EXTNAME", "EXTVER", "EXTLEVEL", "INHERIT"),
        *("CHECKSUM", "DATASUM", "DATAMD5", "DATAMIN", "DATAMAX", "ORIGFILE"),
        *("HDUCLASS", "HDUDOC", "HDUVERS", "SCIDATA", "ERRDATA", "QUALDATA"),
        *("HDUCLAS1", "HDUCLAS2", "HDUCLAS3"),
    }
)
_NOT_INHERITED_GROUPS: Final = ("DPR.", "PRO.", "QC.")

_DIGEST_DIGITS: Final = 32

PRIMARY_NAME: Final = "PRIMARY"
ERROR_NAME: Final = "ERR"
QUALITY_NAME: Final = "DQ"


@dataclass(frozen=True, slots=True)
class PixelStatistics:
    """Of the finite pixels of a product's data.

    Parameters
    ----------
    minimum, maximum, median, mean : in the unit of the pixels.
    rms : standard deviation about the mean.
    """

    minimum: float
    maximum: float
    median: float
    mean: float
    rms: float


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a product's header is made of.

    Parameters
    ----------
    task : the run that made it.
    headers : header of each of the task's frames, in their order.
    category, filename : of the product.
    metrics : the QC1 values that belong to it.
    statistics : of its pixels; None if none is finite.
    cards : what the recipe says of it.
    started_at, written_at : when the recipe began, and now, UTC.
    """

    task: RecipeTask
    headers: Sequence[Header]
    category: str
    filename: str
    metrics: Sequence[Metric]
    statistics: PixelStatistics | None
    cards: HeaderCards
    started_at: dt.datetime
    written_at: dt.datetime


def product_header(facts: ProductFacts) -> Cards:
    """Make the cards of a product's primary unit, without the structural ones.

    What the recipe says wins over what is inherited from the first raw frame; what
    only the runner can know wins over both.
    """
    first = next((h for h, f in zip(facts.headers, facts.task.frames, strict=True) if f.is_raw), {})
    cards: Cards = dict(_inherited(first))
    cards |= _about_the_data(first, facts)
    cards |= facts.cards
    cards |= _about_the_file(facts)
    cards |= _processing(first, facts)
    cards |= provenance_cards(facts.task, facts.category)
    cards |= _digests(facts.task)
    cards |= _measured(facts)
    # Standard keywords come before the long ones, as everywhere in the field.
    return dict(sorted(cards.items(), key=lambda card: _is_long(card[0])))


def provenance_cards(task: RecipeTask, category: str, number: int = 1) -> Cards:
    """Make the cards that tell of a product's making beyond the field's own.

    Whatever runs the recipe, they are the same: identity and key, the runner, machine
    and software.

    Parameters
    ----------
    task : the run that makes it.
    category : of the product.
    number : among those of its category, from 1.
    """
    known = task.provenance
    cards: Cards = {
        "PRO.DFS.ID": (product_id(task.id, category, number), "Identifier of the product"),
        "PRO.DFS.RUNNER": (known.runner, "How the recipe was run"),
    }
    if known.key:
        cards["PRO.DFS.KEY"] = (known.key[:_DIGEST_DIGITS], "Key of all that it depends on")
    if known.host:
        cards["PRO.DFS.HOST"] = (printable(known.host), "Machine")
    for place, (name, version) in enumerate(known.software.items(), start=1):
        said = printable(f"{name} {version}".strip())
        cards[f"PRO.DFS.SOFT{place}"] = (said, "Software that took part")
    return cards


def digest_card(sha256: str) -> tuple[str, str]:
    """Make the card that tells what an input was by content."""
    return sha256[:_DIGEST_DIGITS], "SHA-256 of the file, abridged"


def plane_names(image: str) -> tuple[str, str]:
    """Name the units with the errors and the flags of an image that is in a unit."""
    if image == PRIMARY_NAME:
        return ERROR_NAME, QUALITY_NAME
    return f"{image}.{ERROR_NAME}", f"{image}.{QUALITY_NAME}"


def plane_cards(
    image: str = PRIMARY_NAME, *, has_error: bool = False, quality_bits: int = 0
) -> tuple[Cards, Cards, Cards]:
    """Make the cards that tie the planes of an image together.

    Parameters
    ----------
    image : name of the unit with the data.
    has_error : whether there is a plane of errors, one standard deviation each.
    quality_bits : bits of a pixel of the plane of flags; zero if there is none.

    Returns
    -------
    tuple
        Cards for the data, the error and the quality plane.
    """
    common: Cards = {
        "HDUCLASS": ("ESO", "class of this unit"),
        "HDUDOC": ("SDP", "ESO Science Data Products Standard"),
        "HDUCLAS1": ("IMAGE", "an image"),
    }
    errors, flags = plane_names(image)
    science: Cards = {"SCIDATA": (image, "unit that holds the data")}
    error: Cards = {"ERRDATA": (errors, "unit that holds the errors")} if has_error else {}
    quality: Cards = {"QUALDATA": (flags, "unit that holds the flags")} if quality_bits else {}
    return (
        {**common, "HDUCLAS2": ("DATA", "the data"), **error, **quality},
        {
            **common,
            "HDUCLAS2": ("ERROR", "errors of the data"),
            "HDUCLAS3": ("RMSE", "one standard deviation"),
            **science,
            **quality,
        },
        {
            **common,
            "HDUCLAS2": ("QUALITY", "flags of the data"),
            "HDUCLAS3": (f"FLAG{quality_bits}BIT", "a bit a reason; zero is good"),
            **science,
            **error,
        },
    )


def _inherited(first: Header) -> Iterable[tuple[str, HeaderValue]]:
    for keyword, value in first.items():
        if keyword not in _NOT_INHERITED and not keyword.startswith(_NOT_INHERITED_GROUPS):
            yield keyword, value


def _about_the_data(first: Header, facts: ProductFacts) -> Cards:
    raw = sum(frame.is_raw for frame in facts.task.frames)
    return {
        "PRO.TYPE": ("REDUCED", "Product type"),
        "PRO.TECH": (first.get("DPR.TECH", "IMAGE"), "Observation technique"),
        "PRO.SCIENCE": (first.get("DPR.CATG") == "SCIENCE", "Scientific product if T"),
        "PRO.DATANCOM": (raw, "Number of combined frames"),
    }


def _about_the_file(facts: ProductFacts) -> Cards:
    cards: Cards = {
        "DATE": (isot(facts.written_at)[:-4], "Date this file was written, UTC"),
        "PIPEFILE": (facts.filename, "Filename of data product"),
    }
    if (pixels := facts.statistics) is not None:
        cards |= {
            "DATAMIN": (pixels.minimum, "Minimum of pixel values"),
            "DATAMAX": (pixels.maximum, "Maximum of pixel values"),
            "PRO.DATAMED": (pixels.median, "Median of pixel values"),
            "PRO.DATAAVG": (pixels.mean, "Mean of pixel values"),
            "PRO.DATARMS": (pixels.rms, "Standard deviation of pixel values"),
        }
    return cards


def _processing(first: Header, facts: ProductFacts) -> Cards:
    task = facts.task
    cards: Cards = {
        "PRO.DID": (_DICTIONARY, "Data dictionary for PRO"),
        "PRO.CATG": (facts.category, "Category of pipeline product frame"),
    }
    if task.identity_keyword in first:
        cards["PRO.ANCESTOR"] = (first[task.identity_keyword], "First raw frame")
    cards |= {
        "PRO.REC1.ID": (task.recipe.name, "Pipeline recipe (unique) identifier"),
        "PRO.REC1.DRS.ID": (task.system, "Data Reduction System identifier"),
        "PRO.REC1.PIPE.ID": (task.pipeline, "Pipeline (unique) identifier"),
    }
    raw = calibrations = 0
    for frame, header in zip(task.frames, facts.headers, strict=True):
        name = printable(frame.path.rpartition("/")[2])
        if frame.is_raw:
            raw += 1
            cards |= _file_name(f"PRO.REC1.RAW{raw}.NAME", name, "File name of raw frame")
            cards[f"PRO.REC1.RAW{raw}.CATG"] = (frame.tag, "Category of raw frame")
            continue
        calibrations += 1
        keyword = f"PRO.REC1.CAL{calibrations}.NAME"
        cards |= _file_name(keyword, name, "File name of calibration frame")
        cards[f"PRO.REC1.CAL{calibrations}.CATG"] = (frame.tag, "Category of calibration frame")
        if "DATAMD5" in header:
            cards[f"PRO.REC1.CAL{calibrations}.DATAMD5"] = (header["DATAMD5"], "MD5 of its data")
    for number, parameter in enumerate(task.recipe.parameters, start=1):
        cards |= _parameter(f"PRO.REC1.PARAM{number}", parameter, task.parameters)
    cards["PRO.REC1.START"] = (isot(facts.started_at)[:-4], "Recipe began, UTC")
    cards["PRO.REC1.STOP"] = (isot(facts.written_at)[:-4], "Product was made, UTC")
    return cards


def _file_name(keyword: str, name: str, comment: str) -> Cards:
    # Pipelines refuse a file whose strings go on in another card, and cut their own as here.
    return {keyword: (cut_to_card(keyword, name), comment)}


def _digests(task: RecipeTask) -> Cards:
    counts = {True: 0, False: 0}
    cards: Cards = {}
    for frame, digest in zip(task.frames, task.provenance.digests, strict=False):
        counts[frame.is_raw] += 1
        kind = "RAW" if frame.is_raw else "CAL"
        cards[f"PRO.REC1.{kind}{counts[frame.is_raw]}.SHA256"] = digest_card(digest)
    return cards


def _parameter(keyword: str, parameter: Parameter, values: Mapping[str, ParameterValue]) -> Cards:
    default = f"Default: {printable(_written(parameter.default))}"
    return {
        f"{keyword}.NAME": (parameter.name, printable(parameter.help)),
        f"{keyword}.VALUE": (printable(_written(values[parameter.name])), default),
    }


def _written(value: ParameterValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _measured(facts: ProductFacts) -> Cards:
    if not facts.metrics:
        return {}
    cards: Cards = {"QC.DID": (facts.task.dictionary, "Dictionary of the QC parameters")}
    for metric in facts.metrics:
        # FITS has no NaN; the database knows that nothing finite was measured.
        if math.isfinite(metric.value):
            declared = facts.task.quality_parameters[metric.name]
            cards[metric.name] = (float(metric.value), _quality_comment(declared))
    return cards


def _quality_comment(parameter: QualityParameter) -> str:
    unit = f"[{parameter.unit}] " if parameter.unit else ""
    return printable(f"{unit}{parameter.help}")


def printable(text: str) -> str:
    """Replace what a FITS card cannot hold by a question mark."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)


def _is_long(keyword: str) -> bool:
    return "." in keyword or len(keyword) > 8
