"""What only VIMOS knows of Observation Blocks.

The rules are ours where no source is named. They never ask for more than a block says:
a value that is not filled in is the core's to report, masks apart.
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

ORDER_SEPARATION: Mapping[str, frozenset[str]] = {
    "LR_blue": frozenset({"OS_blue"}),
    "LR_red": frozenset({"OS_red"}),
    "MR": frozenset({"GG475", "OS_red"}),
    "HR_blue": frozenset({"Free"}),
    "HR_orange": frozenset({"GG435"}),
    "HR_red": frozenset({"GG475"}),
}
"""Filters that a grism is used with (ESO, VIMOS MOS: standard combinations)."""

MASKS = ("INS.ADP1", "INS.ADP2", "INS.ADP3", "INS.ADP4")
PRE_IMAGE = "PRE-IMAGE"

FLATS_OF_HR_BLUE = 3
"""Screen flats that HR_blue needs at least in IFU mode (ESO, VIMOS information for P2PP)."""

UNCORRECTED_AIRMASS = 2.0
"""Masks have no dispersion corrector; beyond this airmass light misses the slits. Ours."""


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
        *_combinations(ob),
        *_unit(ob),
        *_offsets(ob),
        *_pre_images(ob),
        *_dispersion(ob),
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
    if not any(_has_masks(ob) for ob in container.blocks()):
        return []
    return [
        Finding(
            code="vimos.pre-image-member",
            severity=Severity.ERROR,
            path=f"members[{index}]",
            message="The masks of this container must be made from the pre-image before it"
            " begins: keep the pre-image in a block outside.",
        )
        for index, member in enumerate(container.members)
        if isinstance(member.item, ObservationBlock) and _is_pre_image(member.item)
    ]


def _modes(ob: ObservationBlock) -> Iterator[Finding]:
    """Everything after an acquisition is of its mode."""
    acquisition = next(
        (each for each in ob.templates if each.kind is TemplateKind.ACQUISITION), None
    )
    if acquisition is None:
        return
    for index, template in enumerate(ob.templates):
        if _mode(template) != _mode(acquisition):
            yield Finding(
                code="vimos.mode",
                severity=Severity.ERROR,
                path=f"templates[{index}]",
                message=f"{template.name} does not follow {acquisition.name}: acquire with"
                f" VIMOS_{_mode(template)}_acq_… or put it into a block of its own.",
            )


def _guide_star(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in enumerate(ob.templates):
        if template.parameters.get("TEL.AG.GUIDESTAR") != "SETUPFILE":
            continue
        for name in ("TEL.GS1.ALPHA", "TEL.GS1.DELTA"):
            if not _is_position(template.parameters.get(name)):
                yield Finding(
                    code="vimos.guide-star",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message="The guide star comes from the set-up: give its coordinates,"
                    " or take it from the CATALOGUE.",
                )


def _masks(ob: ObservationBlock) -> Iterator[Finding]:
    """A mask set has four masks, which are different files."""
    for index, template in enumerate(ob.templates):
        designs: dict[str, str] = {}
        for quadrant, name in enumerate(MASKS, start=1):
            if name not in template.parameters:
                continue
            design = str(template.parameters[name] or "")
            if not design:
                yield Finding(
                    code="vimos.mask",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message=f"Quadrant {quadrant} has no mask: take a pre-image with"
                    f" VIMOS_img_obs_Offset (SEQ.CATG {PRE_IMAGE}) in a block of its own, design"
                    " the masks of all four quadrants on it, and attach the designs here.",
                )
            elif design in designs:
                yield Finding(
                    code="vimos.mask-twice",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message=f"{design} is already the mask of {designs[design]}: attach the design"
                    f" of quadrant {quadrant}.",
                )
            else:
                designs[design] = name


def _combinations(ob: ObservationBlock) -> Iterator[Finding]:
    """Only standard combinations of grism and filter are allowed (user manual, 4.6.2)."""
    for index, template in enumerate(ob.templates):
        grism = str(template.parameters.get("INS.GRIS.NAME"))
        allowed = ORDER_SEPARATION.get(grism)
        chosen = template.parameters.get("INS.FILT.NAME")
        if allowed is None or chosen is None or chosen in allowed:
            continue
        yield Finding(
            code="vimos.grism-filter",
            severity=Severity.ERROR if ob.service_mode else Severity.WARNING,
            path=_parameter(index, "INS.FILT.NAME"),
            message=f"{grism} is not used with the filter {chosen}: choose"
            f" {' or '.join(sorted(allowed))}.",
        )


def _unit(ob: ObservationBlock) -> Iterator[Finding]:
    """With the grisms of medium and high resolution a quarter of the unit is read."""
    for index, template in enumerate(ob.templates):
        grism = str(template.parameters.get("INS.GRIS.NAME"))
        if template.parameters.get("INS.IFUS.MODE") == "OFF" and grism.startswith(("MR", "HR")):
            yield Finding(
                code="vimos.shutter",
                severity=Severity.ERROR,
                path=_parameter(index, "INS.IFUS.MODE"),
                message=f"The spectra of {grism} would overlap: set the shutter of the unit to ON.",
            )
        flats = template.parameters.get("SEQ.NFLAT")
        if (
            "INS.IFUS.MODE" in template.parameters
            and grism == "HR_blue"
            and isinstance(flats, int)
            and flats < FLATS_OF_HR_BLUE
        ):
            yield Finding(
                code="vimos.flats",
                severity=Severity.ERROR,
                path=_parameter(index, "SEQ.NFLAT"),
                message=f"HR_blue needs {FLATS_OF_HR_BLUE} screen flats at least, not {flats}.",
            )


def _offsets(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in enumerate(ob.templates):
        count = template.parameters.get("SEQ.NOFF")
        for name in ("SEQ.RELOFF1", "SEQ.RELOFF2"):
            offsets = template.parameters.get(name)
            if isinstance(offsets, tuple) and len(offsets) not in {1, count}:
                yield Finding(
                    code="vimos.offsets",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message=f"{len(offsets)} offsets are listed for SEQ.NOFF = {count}:"
                    " list one for all, or one each.",
                )


def _pre_images(ob: ObservationBlock) -> Iterator[Finding]:
    if not _is_pre_image(ob):
        return
    for index, template in enumerate(ob.templates):
        if (
            template.kind is TemplateKind.SCIENCE
            and template.parameters.get("SEQ.CATG") != PRE_IMAGE
        ):
            yield Finding(
                code="vimos.pre-image",
                severity=Severity.WARNING,
                path=f"templates[{index}]",
                message="Pre-images are handed over at once: put what is not one into another"
                " block.",
            )


def _dispersion(ob: ObservationBlock) -> Iterator[Finding]:
    """Masks are to be observed near the meridian (ESO: within 2 or 3 hours)."""
    airmass = ob.constraints.get("airmass")
    if _has_masks(ob) and isinstance(airmass, (int, float)) and airmass > UNCORRECTED_AIRMASS:
        yield Finding(
            code="vimos.airmass",
            severity=Severity.WARNING,
            path="constraints.airmass",
            message=f"Up to airmass {airmass:g} the atmosphere moves light out of the slits:"
            f" allow {UNCORRECTED_AIRMASS:g} at most.",
        )


def _has_masks(ob: ObservationBlock) -> bool:
    return any(MASKS[0] in each.parameters for each in ob.templates)


def _is_pre_image(ob: ObservationBlock) -> bool:
    return any(each.parameters.get("SEQ.CATG") == PRE_IMAGE for each in ob.templates)


def _mode(template: Template) -> str:
    """Give the mode in a template's name, ``VIMOS_<mode>_<kind>_<description>``."""
    return template.name.split("_")[1] if template.name.count("_") > 1 else ""


def _is_position(value: TemplateValue) -> bool:
    """Tell a coordinate from the zero that means that there is none."""
    return any(digit in str(value or "") for digit in "123456789")


def _parameter(index: int, name: str) -> str:
    return f"templates[{index}].parameters.{name}"
