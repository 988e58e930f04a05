"""From a survey and a template to Observation Blocks in containers.

A folder for each survey area holds a group of its blocks, one for each tile: a group, for
tiles are independent and an area that was begun should be finished first. In visitor mode
there are no groups, and the folder holds the blocks.
"""

from __future__ import annotations

from dfs.plugin import (
    BadConfiguration,
    Container,
    ContainerKind,
    InstrumentPackage,
    Member,
    Membership,
    ObservationBlock,
    Target,
    Template,
    TemplateKind,
    TemplateSignature,
    TemplateValue,
)
from dfs_vircam.survey import Area, Survey, Tile

STARS = {"GS": "OCS.SADT.GS", "AO": "OCS.SADT.AO"}


def expand(
    survey: Survey, template: ObservationBlock, package: InstrumentPackage
) -> tuple[Container, ...]:
    """Make a block of each tile.

    Parameters
    ----------
    survey : with at least one tile.
    template : what all blocks share; its target, charts and ephemeris are left out.
    package : the version that it was written for.

    Raises
    ------
    dfs.plugin.BadConfiguration
        The template has no acquisition that takes a tile, or names would repeat.
    """
    acquisition = next(
        (each for each in template.templates if each.kind is TemplateKind.ACQUISITION), None
    )
    signature = package.template(acquisition.name) if acquisition is not None else None
    known = {each.name for each in signature.parameters} if signature is not None else set()
    if signature is None or "OCS.SADT.TILE.ID" not in known:
        raise BadConfiguration(
            f"the template {template.name} has no acquisition of a tile (VIRCAM_img_acq)"
        )
    seen: set[str] = set()
    return tuple(
        _folder(survey, area, template, signature, seen) for area in survey.areas if area.tiles
    )


def _folder(
    survey: Survey,
    area: Area,
    template: ObservationBlock,
    signature: TemplateSignature,
    seen: set[str],
) -> Container:
    blocks = []
    for tile in area.tiles:
        block = _block(survey, area, tile, template, signature)
        names = {block.name, f"target {block.target.name if block.target else ''}"}
        if names & seen:
            raise BadConfiguration(
                f"line {tile.line}, TILE: the name {block.name} would be given twice; "
                "change the number of the area or the id of the tile"
            )
        seen |= names
        blocks.append(block)
    members = tuple(
        Member(item=block, membership=Membership(contribution=1.0 if template.service_mode else 0))
        for block in blocks
    )
    name = f"{survey.id}_{area.id}"
    if template.service_mode:
        group = Container(
            kind=ContainerKind.GROUP,
            name=f"{name}_tiles",
            user_priority=template.user_priority,
            members=members,
        )
        members = (Member(item=group),)
    return Container(kind=ContainerKind.FOLDER, name=name, members=members)


def _block(
    survey: Survey,
    area: Area,
    tile: Tile,
    template: ObservationBlock,
    signature: TemplateSignature,
) -> ObservationBlock:
    # The name of a target has no underscore.
    target = f"{survey.id}-{area.id}-{tile.id}".replace("_", "-")
    values = _values(survey, area, tile)
    return template.model_copy(
        update={
            "id": 0,
            "status": "P",
            "name": f"{template.name}_{area.id}_{tile.id}",
            "target": Target(
                name=target, ra=right_ascension(tile.ra_deg), dec=declination(tile.dec_deg)
            ),
            "templates": tuple(
                _filled(each, values, signature) if each.kind is TemplateKind.ACQUISITION else each
                for each in template.templates
            ),
            "finding_charts": (),
            "ephemeris": None,
        }
    )


def _values(survey: Survey, area: Area, tile: Tile) -> dict[str, TemplateValue]:
    values: dict[str, TemplateValue] = {
        "TEL.ROT.OFFANGLE": tile.angle_deg,
        "OCS.SADT.AREA.ID": area.id,
        "OCS.SADT.TILE.ID": tile.id,
        "OCS.SADT.TILE.RA": right_ascension(tile.ra_deg),
        "OCS.SADT.TILE.DEC": declination(tile.dec_deg),
        "OCS.SADT.TILE.OFFANGLE": tile.angle_deg,
        "OCS.SADT.MAXJIT": survey.max_jitter_arcsec,
    }
    for use, prefix in STARS.items():
        stars = [star for star in tile.stars if star.use == use]
        values[f"{prefix}.PAW"] = tuple(star.pawprint for star in stars)
        values[f"{prefix}.RA"] = tuple(star.ra_deg for star in stars)
        values[f"{prefix}.DEC"] = tuple(star.dec_deg for star in stars)
        values[f"{prefix}.MAG"] = tuple(star.magnitude for star in stars)
    return values


def _filled(
    template: Template, values: dict[str, TemplateValue], signature: TemplateSignature
) -> Template:
    """Fill in what the template asks for; others keep their values, in the signature's order."""
    parameters = {
        each.name: values.get(each.name, template.parameters.get(each.name, each.default))
        for each in signature.parameters
    }
    return template.model_copy(update={"parameters": parameters})


def right_ascension(degrees: float) -> str:
    """Write a right ascension to a millisecond of time."""
    total = round(degrees / 15 * 3_600_000) % 86_400_000
    return _sexagesimal(total)


def declination(degrees: float) -> str:
    """Write a declination to a thousandth of an arcsecond."""
    total = round(abs(degrees) * 3_600_000)
    return ("-" if degrees < 0 and total else "+") + _sexagesimal(total)


def _sexagesimal(thousandths: int) -> str:
    seconds, fraction = divmod(thousandths, 1000)
    minutes, seconds = divmod(seconds, 60)
    units, minutes = divmod(minutes, 60)
    return f"{units:02d}:{minutes:02d}:{seconds:02d}.{fraction:03d}"
