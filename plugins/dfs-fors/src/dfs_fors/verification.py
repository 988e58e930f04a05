"""What only FORS2 knows of Observation Blocks.

The rules are ours where no source is named. They never ask for more than a block says:
a value that is not filled in is the core's to report, a mask apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dfs.plugin import (
    Container,
    ContainerKind,
    Finding,
    InstrumentPackage,
    ObservationBlock,
    Severity,
    Template,
    TemplateKind,
    TemplateValue,
)

PARALLACTIC = 9999.0
"""Position angle that follows the atmosphere (template manual)."""

INTERFERENCE_FILTERS = 2
"""At most so many in a block in service mode (ESO, waivers and changes)."""

MASK = "INS.FIMS.NAME"
PRE_IMAGE = "PRE-IMAGE"

ORDER_SEPARATION: Mapping[str, str] = {
    "GRIS_150I+27": "GG435+81",
    "GRIS_300V+10": "GG435+81",
    "GRIS_300I+11": "OG590+32",
    "GRIS_600V+94": "GG435+81",
    "GRIS_600RI+19": "GG435+81",
    "GRIS_600z+23": "OG590+32",
    "GRIS_1028z+29": "OG590+32",
    "GRIS_1200R+93": "GG435+81",
}
"""Filter that keeps the second order out of a grism's spectrum (user manual, from memory)."""

RETARDER_POSITIONS: Mapping[str, int] = {"HALF": 4, "QUARTER": 2}
"""So many positions free a measurement from the response of the instrument; ours."""


def verify(ob: ObservationBlock, package: InstrumentPackage) -> list[Finding]:
    """Give what is to be said of a block, in the order of its templates.

    Parameters
    ----------
    ob : its parameters are of the right type and range.
    package : the version that it was written for; the rules are the same for all.
    """
    del package
    return [
        *_modes(ob),
        *_guide_star(ob),
        *_masks(ob),
        *_pre_images(ob),
        *_filters(ob),
        *_order_separation(ob),
        *_offsets(ob),
        *_retarder(ob),
        *_readout(ob),
    ]


def verify_container(
    container: Container, packages: Mapping[str, InstrumentPackage]
) -> list[Finding]:
    """Give what is to be said of blocks that belong together.

    Parameters
    ----------
    container : with its members.
    packages : by version, those that its blocks were written for.
    """
    del packages
    if container.kind in {ContainerKind.FOLDER, ContainerKind.GROUP}:
        return []
    blocks = container.blocks()
    if not any(_has_mask(ob) for ob in blocks):
        return []
    return [
        Finding(
            code="fors.pre-image-member",
            severity=Severity.ERROR,
            path=f"members[{index}]",
            message="The masks of this container must be made from the pre-image before it"
            " begins: keep the pre-image in a block outside.",
        )
        for index, member in enumerate(container.members)
        if isinstance(member.item, ObservationBlock) and _is_pre_image(member.item)
    ]


def _modes(ob: ObservationBlock) -> Iterator[Finding]:
    """What follows an acquisition is of its mode."""
    acquisition = next(
        (each for each in ob.templates if each.kind is TemplateKind.ACQUISITION), None
    )
    if acquisition is None:
        return
    for index, template in _of(ob, TemplateKind.SCIENCE):
        if _mode(template) != _mode(acquisition):
            yield Finding(
                code="fors.mode",
                severity=Severity.ERROR,
                path=f"templates[{index}]",
                message=f"{template.name} does not follow {acquisition.name}: acquire with"
                f" FORS2_{_mode(template)}_acq… or put it into a block of its own.",
            )


def _guide_star(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in enumerate(ob.templates):
        if template.parameters.get("TEL.AG.GUIDESTAR") != "SETUPFILE":
            continue
        for name in ("TEL.GS1.ALPHA", "TEL.GS1.DELTA"):
            if not _is_position(template.parameters.get(name)):
                yield Finding(
                    code="fors.guide-star",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message="The guide star comes from the set-up: give its coordinates,"
                    " or take it from the CATALOGUE.",
                )


def _masks(ob: ObservationBlock) -> Iterator[Finding]:
    """A mask is designed on a pre-image, for one position angle."""
    for index, template in _of(ob, TemplateKind.ACQUISITION):
        if MASK not in template.parameters:
            continue
        if not template.parameters[MASK]:
            yield Finding(
                code="fors.mask",
                severity=Severity.ERROR,
                path=_parameter(index, MASK),
                message="There is no mask: take a pre-image with FORS2_img_obs_crsplit"
                f" (SEQ.CATG {PRE_IMAGE}) in a block of its own, design the mask on it, and"
                " attach the design here.",
            )
        if template.parameters.get("TEL.ROT.OFFANGLE") == PARALLACTIC:
            yield Finding(
                code="fors.position-angle",
                severity=Severity.ERROR,
                path=_parameter(index, "TEL.ROT.OFFANGLE"),
                message="The parallactic angle turns during the observation: give the angle for"
                " which the mask was designed.",
            )


def _pre_images(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in _of(ob, TemplateKind.SCIENCE):
        if _is_pre_image(ob) and template.parameters.get("SEQ.CATG") != PRE_IMAGE:
            yield Finding(
                code="fors.pre-image",
                severity=Severity.WARNING,
                path=f"templates[{index}]",
                message="Pre-images are handed over at once: put what is not one into another"
                " block.",
            )


def _filters(ob: ObservationBlock) -> Iterator[Finding]:
    """Interference filters are mounted by hand, and work in the open beam."""
    mounted: dict[str, int] = {}
    for index, template in enumerate(ob.templates):
        narrow = template.parameters.get("INS.FILT2.NAME")
        if narrow is None or narrow == "FREE":
            continue
        mounted.setdefault(str(narrow), index)
        broad = template.parameters.get("INS.FILT1.NAME")
        if broad is not None and broad != "FREE":
            yield Finding(
                code="fors.two-filters",
                severity=Severity.ERROR,
                path=_parameter(index, "INS.FILT1.NAME"),
                message=f"{broad} is in the beam with the interference filter {narrow}: set the"
                " broadband filter to FREE.",
            )
    if len(mounted) > INTERFERENCE_FILTERS:
        yield Finding(
            code="fors.interference-filters",
            severity=Severity.WAIVABLE if ob.service_mode else Severity.WARNING,
            path=_parameter(list(mounted.values())[INTERFERENCE_FILTERS], "INS.FILT2.NAME"),
            message=f"The block asks for {len(mounted)} interference filters,"
            f" {', '.join(mounted)}: use {INTERFERENCE_FILTERS} at most, or ask for a waiver.",
        )


def _order_separation(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in _of(ob, TemplateKind.SCIENCE):
        grism = str(template.parameters.get("INS.GRIS1.NAME"))
        separator = ORDER_SEPARATION.get(grism)
        chosen = template.parameters.get("INS.FILT1.NAME")
        if separator is None or chosen is None:
            continue
        if chosen == "FREE":
            yield Finding(
                code="fors.order-separation",
                severity=Severity.WARNING,
                path=_parameter(index, "INS.FILT1.NAME"),
                message=f"Without a filter the second order of {grism} falls on its spectrum:"
                f" {separator} keeps it out.",
            )


def _offsets(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in enumerate(ob.templates):
        count = template.parameters.get("SEQ.NOFF")
        for name in ("TEL.TARG.OFFSETALPHA", "TEL.TARG.OFFSETDELTA"):
            offsets = template.parameters.get(name)
            if isinstance(offsets, tuple) and len(offsets) not in {1, count}:
                yield Finding(
                    code="fors.offsets",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message=f"{len(offsets)} offsets are listed for SEQ.NOFF = {count}:"
                    " list one for all, or one each.",
                )


def _retarder(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in enumerate(ob.templates):
        plate = str(template.parameters.get("SEQ.RETA.NAME"))
        positions = template.parameters.get("SEQ.RETA.POSANG")
        needed = RETARDER_POSITIONS.get(plate, 0)
        if isinstance(positions, tuple) and len(set(positions)) < needed:
            yield Finding(
                code="fors.retarder",
                severity=Severity.WARNING,
                path=_parameter(index, "SEQ.RETA.POSANG"),
                message=f"{len(set(positions))} positions of the {plate.lower()}-wave plate do not"
                f" part polarisation from the instrument's response: use {needed}.",
            )


def _readout(ob: ObservationBlock) -> Iterator[Finding]:
    """Spectra are read out slowly; frames are calibrated by frames read out alike."""
    for index, template in _of(ob, TemplateKind.SCIENCE):
        read = str(template.parameters.get("DET.READ.CLKIND"))
        if "INS.GRIS1.NAME" in template.parameters and read.startswith("200Kps"):
            yield Finding(
                code="fors.readout",
                severity=Severity.WARNING,
                path=_parameter(index, "DET.READ.CLKIND"),
                message=f"{read} is for images: spectra are read out, and calibrated, with"
                " 100Kps,2x2,high.",
            )
    reads = list(
        dict.fromkeys(
            str(each.parameters["DET.READ.CLKIND"])
            for each in ob.templates
            if each.parameters.get("DET.READ.CLKIND") is not None
        )
    )
    if len(reads) > 1:
        yield Finding(
            code="fors.readouts",
            severity=Severity.WARNING,
            message=f"The block is read out in {len(reads)} ways, {' and '.join(reads)}: each"
            " needs calibrations of its own.",
        )


def _has_mask(ob: ObservationBlock) -> bool:
    return any(MASK in each.parameters for each in ob.templates)


def _is_pre_image(ob: ObservationBlock) -> bool:
    return any(each.parameters.get("SEQ.CATG") == PRE_IMAGE for each in ob.templates)


def _mode(template: Template) -> str:
    """Give the mode in a template's name, ``FORS2_<mode>_<kind>_<description>``."""
    return template.name.split("_")[1] if template.name.count("_") > 1 else ""


def _of(ob: ObservationBlock, kind: TemplateKind) -> Iterator[tuple[int, Template]]:
    return ((i, each) for i, each in enumerate(ob.templates) if each.kind is kind)


def _is_position(value: TemplateValue) -> bool:
    """Tell a coordinate from the zero that means that there is none."""
    return any(digit in str(value or "") for digit in "123456789")


def _parameter(index: int, name: str) -> str:
    return f"templates[{index}].parameters.{name}"
