"""What only VIRCAM knows of a block: stars hold for one tile, and the sky saturates.

The longest integrations are ours; the jitter's limit comes with the survey.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from dfs.plugin import (
    Finding,
    ObservationBlock,
    Severity,
    Target,
    Template,
    TemplateKind,
)

FIELD_ARCSEC = 1.65 * 3600
"""Diameter of the field of view (vista.ac.uk)."""
PAWPRINTS = range(1, 7)
CENTRE_ARCSEC = 1.0
"""A target this near to the centre of its tile is there."""
LONGEST_DIT_S = {"Z": 100.0, "Y": 60.0, "J": 60.0, "H": 20.0, "Ks": 10.0, "NB118": 300.0}
"""Beyond it the sky brings the detectors out of their linear range."""


def verify_block(ob: ObservationBlock) -> tuple[Finding, ...]:
    """Verify one block.

    Parameters
    ----------
    ob : its parameters are of the right type and range; some may not be filled in.
    """
    found: list[Finding] = []
    acquisition: Template | None = None
    for index, template in enumerate(ob.templates):
        at = f"templates[{index}].parameters"
        if template.kind is TemplateKind.ACQUISITION:
            acquisition = template
            found.extend(_tile(template, ob.target, at))
            found.extend(_stars(template, at, tiled=_makes_a_tile(ob)))
        else:
            found.extend(_jitter(template, acquisition, at))
            found.extend(_integration(template, at))
            found.extend(_offsets(template, at))
            found.extend(_sky(template, at))
    return tuple(found)


def _tile(acquisition: Template, target: Target | None, at: str) -> Iterator[Finding]:
    """The stars were chosen for the centre and the position angle of the tile."""
    if not acquisition.parameters.get("OCS.SADT.TILE.ID"):
        return
    angle = _number(acquisition, "TEL.ROT.OFFANGLE")
    chosen = _number(acquisition, "OCS.SADT.TILE.OFFANGLE")
    if abs((angle - chosen + 180) % 360 - 180) > 1e-3:
        yield Finding(
            code="vircam.tile-angle",
            severity=Severity.ERROR,
            path=f"{at}.TEL.ROT.OFFANGLE",
            message=f"the tile's stars were chosen for a position angle of {chosen:g}°, not "
            f"{angle:g}°; define the tile anew, or turn back",
        )
    centre = Target(
        ra=str(acquisition.parameters.get("OCS.SADT.TILE.RA")),
        dec=str(acquisition.parameters.get("OCS.SADT.TILE.DEC")),
    )
    if target is not None and (off := _separation_arcsec(target, centre)) > CENTRE_ARCSEC:
        yield Finding(
            code="vircam.tile-centre",
            severity=Severity.ERROR,
            path="target.ra",
            message=f'the target is {off:.1f}" off the centre of the tile for which the stars '
            "were chosen",
        )


def _stars(acquisition: Template, at: str, *, tiled: bool) -> Iterator[Finding]:
    for key in ("OCS.SADT.GS", "OCS.SADT.AO"):
        lengths = {
            name: len(_list(acquisition, f"{key}.{name}")) for name in ("PAW", "RA", "DEC", "MAG")
        }
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{length} {name}" for name, length in lengths.items())
            yield Finding(
                code="vircam.star-list",
                severity=Severity.ERROR,
                path=f"{at}.{key}.PAW",
                message=f"the lists of stars have different lengths: {said}",
            )
    tile = acquisition.parameters.get("OCS.SADT.TILE.ID")
    if not (tiled and tile and acquisition.parameters.get("TEL.AG.START")):
        return
    with_star = set(_list(acquisition, "OCS.SADT.GS.PAW"))
    if missing := [number for number in PAWPRINTS if number not in with_star]:
        yield Finding(
            code="vircam.guide-stars",
            severity=Severity.WARNING,
            path=f"{at}.OCS.SADT.GS.PAW",
            message=f"no guide star for pawprint {', '.join(map(str, missing))}; they would be "
            "taken without guiding",
        )


def _jitter(template: Template, acquisition: Template | None, at: str) -> Iterator[Finding]:
    if "SEQ.JITTER.WIDTH" not in template.parameters:
        return
    width = _number(template, "SEQ.JITTER.WIDTH")
    positions = _number(template, "SEQ.NJITTER")
    limit = _number(acquisition, "OCS.SADT.MAXJIT") if acquisition is not None else 0.0
    if positions > 1 and limit and width > limit:
        yield Finding(
            code="vircam.jitter",
            severity=Severity.ERROR,
            path=f"{at}.SEQ.JITTER.WIDTH",
            message=f'the survey allows a jitter of {limit:g}", not {width:g}"; the stars would '
            "leave their detectors",
        )
    if positions > 1 and not width:
        yield Finding(
            code="vircam.jitter-width",
            severity=Severity.WARNING,
            path=f"{at}.SEQ.JITTER.WIDTH",
            message=f"the {positions:g} positions of the jitter fall together",
        )


def _integration(template: Template, at: str) -> Iterator[Finding]:
    limit = LONGEST_DIT_S.get(str(template.parameters.get("INS.FILT1.NAME")))
    if template.name.startswith("VIRCAM_img_cal_") or limit is None:
        return
    if _number(template, "DET.DIT") > limit:
        yield Finding(
            code="vircam.dit",
            severity=Severity.WARNING,
            path=f"{at}.DET.DIT",
            message=f"the sky in {template.parameters['INS.FILT1.NAME']} may saturate beyond "
            f"{limit:g} s; shorten DIT and raise NDIT",
        )


def _offsets(template: Template, at: str) -> Iterator[Finding]:
    count = int(_number(template, "SEQ.NOFFSETS"))
    for name in ("SEQ.OFFSET.X", "SEQ.OFFSET.Y"):
        length = len(_list(template, name))
        if count and length and (length > count or count % length):
            yield Finding(
                code="vircam.offset-list",
                severity=Severity.ERROR if length > count else Severity.WARNING,
                path=f"{at}.{name}",
                message=f"{length} values for {count} offsets: give one for each, or a list "
                "that repeats evenly",
            )


def _sky(template: Template, at: str) -> Iterator[Finding]:
    if "SEQ.SKY.OFFSETX" not in template.parameters:
        return
    far = max(abs(_number(template, f"SEQ.SKY.OFFSET{axis}")) for axis in "XY")
    if far < FIELD_ARCSEC:
        yield Finding(
            code="vircam.sky",
            severity=Severity.WARNING,
            path=f"{at}.SEQ.SKY.OFFSETX",
            message=f'the sky, {far:g}" away, overlaps the field of {FIELD_ARCSEC:g}"',
        )


def _makes_a_tile(ob: ObservationBlock) -> bool:
    return any("SEQ.NPAW" in template.parameters for template in ob.templates)


def _number(template: Template, name: str) -> float:
    """Give a number; zero if it is not filled in or not asked for."""
    found = template.parameters.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return 0.0
    return float(found)


def _list(template: Template, name: str) -> tuple[object, ...]:
    found = template.parameters.get(name)
    return found if isinstance(found, tuple) else ()


def _separation_arcsec(one: Target, other: Target) -> float:
    """Give the angle between two targets (haversine)."""
    dec_1, dec_2 = math.radians(one.dec_deg), math.radians(other.dec_deg)
    half_ra = math.radians(one.ra_deg - other.ra_deg) / 2
    half_dec = (dec_1 - dec_2) / 2
    square = math.sin(half_dec) ** 2 + math.cos(dec_1) * math.cos(dec_2) * math.sin(half_ra) ** 2
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(square)))) * 3600
