"""A survey as the Survey Area Definition Tool (SADT) writes it: areas of tiles with stars.

The elements and the attributes of SURVEY and SURVEY_AREA are those of the tool's user manual
(VIS-MAN-QMU-00001-0003 issue 2.0, section 8.6.3). The manual's excerpt that we know ends
before those of TILE, PAWPRINT and REFSTARS: these are ours, see the README.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dfs_vircam.xmltree import Element, parse

PAWPRINTS = 6
MOST_TILES = 20_000
_ID = re.compile(r"[A-Za-z0-9.+_-]{1,24}", re.ASCII)
_SEXAGESIMAL = re.compile(r"([+-]?)(\d{1,3})[: ](\d{1,2})[: ](\d{1,2}(?:\.\d*)?)", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EQUATORIAL = frozenset({"j2000", "fk5", "icrs"})


@dataclass(frozen=True, slots=True)
class Star:
    """A star for the guider (GS) or the active optics (AO) at one pawprint, 1 to 6."""

    use: str
    pawprint: int
    ra_deg: float
    dec_deg: float
    magnitude: float


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile is, and the stars that were chosen for it."""

    id: str
    line: int
    ra_deg: float
    dec_deg: float
    angle_deg: float
    stars: tuple[Star, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the sky, covered by tiles."""

    id: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that an area definition says that we use."""

    id: str
    max_jitter_arcsec: float
    areas: tuple[Area, ...]


def read(document: str) -> Survey:
    """Read an area definition.

    Parameters
    ----------
    document : XML.

    Raises
    ------
    dfs.plugin.BadConfiguration
        With the line and the element at which it goes wrong.
    """
    root = parse(document)
    if root.name != "SURVEY":
        raise root.trouble("an area definition begins with SURVEY")
    angle = _number(root, "tileAngle", 0.0, -360.0, 360.0)
    survey = Survey(
        id=_id(root, "survey", "id"),
        max_jitter_arcsec=_number(root, "maxJitter", 0.0, 0.0, 60.0),
        areas=tuple(_areas(root, angle)),
    )
    tiles = sum(len(area.tiles) for area in survey.areas)
    if not tiles:
        raise root.trouble("there is no tile; let the tool find the tiles before saving")
    if tiles > MOST_TILES:
        raise root.trouble(f"{tiles:,} tiles are more than {MOST_TILES:,}; split the survey")
    return survey


def _areas(root: Element, angle_deg: float) -> Iterator[Area]:
    seen: set[str] = set()
    for order, element in enumerate(root.named("SURVEY_AREA"), start=1):
        if element.attributes.get("exclude", "false").strip().casefold() == "true":
            continue
        name = _id(element, str(order), "number", "id")
        _unique(element, name, seen)
        yield Area(name, tuple(_tiles(element, angle_deg)))


def _tiles(area: Element, angle_deg: float) -> Iterator[Tile]:
    seen: set[str] = set()
    for order, element in enumerate(area.named("TILE"), start=1):
        system = element.attributes.get("coordSys", "J2000").strip()
        if system.casefold() not in _EQUATORIAL:
            raise element.trouble(f"coordSys is {system!r}; a tile's centre is given in J2000")
        name = _id(element, str(order), "id", "number")
        _unique(element, name, seen)
        yield Tile(
            id=name,
            line=element.line,
            ra_deg=_ra_deg(element),
            dec_deg=_dec_deg(element),
            # A position angle and itself a turn later are the same.
            angle_deg=_half_turn(_number(element, "angle", angle_deg, -360.0, 360.0)),
            stars=tuple(_stars(element)),
        )


def _stars(tile: Element) -> Iterator[Star]:
    seen: set[str] = set()
    for order, pawprint in enumerate(tile.named("PAWPRINT"), start=1):
        number = int(_number(pawprint, "number", order, 1, PAWPRINTS, whole=True))
        if number > PAWPRINTS:
            raise pawprint.trouble(f"a tile has at most {PAWPRINTS} pawprints")
        _unique(pawprint, str(number), seen)
        for stars in pawprint.named("REFSTARS"):
            for star in stars.children:
                use = {"GUIDE": "GS", "AO": "AO"}.get(star.name)
                if use is None:
                    raise star.trouble("a reference star is GUIDE or AO")
                magnitude = _number(star, "mag", None, -5.0, 30.0)
                yield Star(use, number, _ra_deg(star), _dec_deg(star), magnitude)


def _id(element: Element, otherwise: str, *names: str) -> str:
    """Give the first of these attributes, if there is one."""
    name = next((name for name in names if name in element.attributes), None)
    if name is None:
        return otherwise
    value = element.attributes[name].strip()
    if not _ID.fullmatch(value):
        raise element.trouble(
            f"{name} is {value[:40]!r}; it consists of 1 to 24 letters, digits and . + - _"
        )
    return value


def _unique(element: Element, name: str, seen: set[str]) -> None:
    if name in seen:
        raise element.trouble(f"there are two of the name {name}")
    seen.add(name)


def _number(
    element: Element,
    name: str,
    otherwise: float | None,
    minimum: float,
    maximum: float,
    *,
    whole: bool = False,
) -> float:
    text = element.attributes.get(name)
    if text is None:
        if otherwise is None:
            raise element.trouble(f"{name} is missing")
        return otherwise
    value = _float(text)
    if value is None or not minimum <= value <= maximum or (whole and value != int(value)):
        kind = "an integer" if whole else "a number"
        raise element.trouble(f"{name} is {text[:40]!r}, not {kind} {minimum:g} to {maximum:g}")
    return value


def _ra_deg(element: Element) -> float:
    return _angle(element, "ra", 15.0, lambda degrees: 0 <= degrees < 360, "0h to 24h")


def _dec_deg(element: Element) -> float:
    return _angle(element, "dec", 1.0, lambda degrees: -90 <= degrees <= 90, "-90° to 90°")


def _angle(
    element: Element, name: str, per_unit: float, good: Callable[[float], bool], said: str
) -> float:
    """Read degrees, or a sexagesimal number in units of so many degrees."""
    text = element.attributes.get(name)
    if text is None:
        raise element.trouble(f"{name} is missing")
    degrees = _sexagesimal(text.strip(), per_unit)
    if degrees is None:
        degrees = _float(text)
    if degrees is None or not good(degrees):
        raise element.trouble(
            f"{name} is {text[:40]!r}; it is sexagesimal or decimal degrees, {said}"
        )
    return degrees


def _sexagesimal(text: str, per_unit: float) -> float | None:
    match = _SEXAGESIMAL.fullmatch(text)
    if match is None:
        return None
    sign, units, minutes, seconds = match.groups()
    if int(minutes) > 59 or float(seconds) >= 60:
        return None
    size = (int(units) + int(minutes) / 60 + float(seconds) / 3600) * per_unit
    return -size if sign == "-" else size


def _float(text: str) -> float | None:
    if not _DECIMAL.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _half_turn(degrees: float) -> float:
    return degrees if -180 <= degrees <= 180 else (degrees + 180) % 360 - 180
