"""What only UVES knows of an Observation Block.

The rules are ours where no source is named. They never ask for more than a block says:
a value that is not filled in is the core's to report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dfs.plugin import (
    Finding,
    InstrumentPackage,
    ObservationBlock,
    Severity,
    Template,
    TemplateKind,
    TemplateValue,
)

DICHROICS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "dic1": (frozenset({"346", "390"}), frozenset({"564", "580"})),
    "dic2": (frozenset({"346", "390", "437"}), frozenset({"760", "860"})),
}
"""Standard central wavelengths of both arms, nm (user manual, from memory)."""

SLICE_ARCSEC: Mapping[str, float] = {"SLIC#1": 0.68, "SLIC#2": 0.44, "SLIC#3": 0.30}
"""How wide the light leaves an image slicer (user manual, from memory)."""

UNCORRECTED_AIRMASS = 1.5
"""Up to this airmass a slit may do without the dispersion corrector; ours."""

BINNED_SLIT_ARCSEC = 0.6
"""A narrower slit is undersampled by 2 × 2 binning; ours."""


@dataclass(frozen=True, slots=True)
class Arm:
    """The keywords of one arm, and what people call it."""

    name: str
    read: str
    setting: str
    slit: str


ARMS = (
    Arm("blue", "DET1.READ.SPEED", "INS.BLUEEXP.MODE", "INS.SLIT2.WID"),
    Arm("red", "DET2.READ.SPEED", "INS.REDEXP.MODE", "INS.SLIT3.WID"),
)


def verify(ob: ObservationBlock, package: InstrumentPackage) -> list[Finding]:
    """Give what is to be said of a block, in the order of its templates.

    Parameters
    ----------
    ob : its parameters are of the right type and range.
    package : the version that it was written for; the rules are the same for all.
    """
    del package
    acquisition = next(
        (each for each in ob.templates if each.kind is TemplateKind.ACQUISITION), None
    )
    return [
        *_modes(ob, acquisition),
        *_guide_star(ob),
        *_rotation(ob),
        *_dichroics(ob),
        *_slicer(ob, acquisition),
        *_offsets(ob),
        *_settings(ob),
        *_readout(ob),
    ]


def _modes(ob: ObservationBlock, acquisition: Template | None) -> Iterator[Finding]:
    """The light goes where the acquisition has sent it."""
    if acquisition is None:
        return
    for index, template in _of(ob, TemplateKind.SCIENCE):
        if _mode(template) != _mode(acquisition):
            yield Finding(
                code="uves.mode",
                severity=Severity.ERROR,
                path=f"templates[{index}]",
                message=f"{template.name} does not follow {acquisition.name}: acquire and"
                f" expose in the same mode, with UVES_{_mode(template)}_acq_… here.",
            )


def _guide_star(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in enumerate(ob.templates):
        if template.parameters.get("TEL.AG.GUIDESTAR") != "SETUPFILE":
            continue
        for name in ("TEL.GS1.ALPHA", "TEL.GS1.DELTA"):
            if not _is_position(template.parameters.get(name)):
                yield Finding(
                    code="uves.guide-star",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message="The guide star comes from the set-up: give its coordinates,"
                    " or take it from the CATALOGUE.",
                )


def _rotation(ob: ObservationBlock) -> Iterator[Finding]:
    """Dispersion by the atmosphere is along the slit, or corrected, or small."""
    for index, template in enumerate(ob.templates):
        mode = template.parameters.get("INS.DROT.MODE")
        if mode is None:
            continue
        angle = _number(template.parameters.get("INS.DROT.POSANG"))
        if mode != "SKY" and angle:
            yield Finding(
                code="uves.position-angle",
                severity=Severity.WARNING,
                path=_parameter(index, "INS.DROT.POSANG"),
                message=f"The position angle of {angle:g}° is ignored in derotator mode {mode}:"
                " choose SKY, or set it to 0.",
            )
        airmass = ob.constraints.get("airmass")
        corrected = template.parameters.get("INS.ADC.MODE") == "AUTO"
        if (
            mode != "ELEV"
            and not corrected
            and isinstance(airmass, (int, float))
            and airmass > UNCORRECTED_AIRMASS
        ):
            yield Finding(
                code="uves.adc",
                severity=Severity.WARNING,
                path=_parameter(index, "INS.ADC.MODE"),
                message=f"Up to airmass {airmass:g} the atmosphere spreads the light across a slit"
                f" in derotator mode {mode}: set the corrector to AUTO, the derotator to ELEV, or"
                f" the airmass to {UNCORRECTED_AIRMASS:g} at most.",
            )


def _dichroics(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in _of(ob, TemplateKind.SCIENCE):
        mode = _mode(template)
        if mode not in DICHROICS:
            continue
        for arm, standard in zip(ARMS, DICHROICS[mode], strict=True):
            setting = template.parameters.get(arm.setting)
            if setting is not None and str(setting) not in standard:
                yield Finding(
                    code="uves.dichroic",
                    severity=Severity.ERROR if ob.service_mode else Severity.WARNING,
                    path=_parameter(index, arm.setting),
                    message=f"Dichroic {mode[-1]} has no {arm.name} setting at {setting} nm:"
                    f" choose {' or '.join(sorted(standard))} nm, or the other dichroic.",
                )


def _slicer(ob: ObservationBlock, acquisition: Template | None) -> Iterator[Finding]:
    """Behind a slicer, the slit passes the slices, and the place on the sky is lost."""
    slicer = acquisition.parameters.get("INS.SLIT1.NAME") if acquisition else None
    if acquisition is None or slicer is None:
        return
    if not acquisition.name.endswith("_imsl"):
        yield Finding(
            code="uves.slicer",
            severity=Severity.ERROR,
            path=_parameter(ob.templates.index(acquisition), "INS.SLIT1.NAME"),
            message=f"{acquisition.name} puts no image slicer in the beam: acquire {slicer} with"
            f" UVES_{_mode(acquisition)}_acq_imsl.",
        )
        return
    width = SLICE_ARCSEC.get(str(slicer), 0.0)
    for index, template in _of(ob, TemplateKind.SCIENCE):
        for arm in ARMS:
            slit = _number(template.parameters.get(arm.slit))
            if slit is not None and slit < width:
                yield Finding(
                    code="uves.slicer-slit",
                    severity=Severity.WARNING,
                    path=_parameter(index, arm.slit),
                    message=f'A slit of {slit:g}" cuts into the slices of {slicer}, {width:g}"'
                    " wide: open the slit or take a finer slicer.",
                )
        if template.parameters.get("SEQ.SOURCE") == "EXTENDED":
            yield Finding(
                code="uves.slicer-source",
                severity=Severity.WARNING,
                path=_parameter(index, "SEQ.SOURCE"),
                message=f"{slicer} mixes the places of an extended source: acquire on the slit"
                " to keep them apart.",
            )


def _offsets(ob: ObservationBlock) -> Iterator[Finding]:
    for index, template in enumerate(ob.templates):
        count = template.parameters.get("SEQ.NOFF")
        for name in ("TEL.TARG.OFFSETX", "TEL.TARG.OFFSETY"):
            offsets = template.parameters.get(name)
            if isinstance(offsets, tuple) and len(offsets) not in {1, count}:
                yield Finding(
                    code="uves.offsets",
                    severity=Severity.ERROR,
                    path=_parameter(index, name),
                    message=f"{len(offsets)} offsets are listed for SEQ.NOFF = {count}:"
                    " list one for all, or one each.",
                )


def _settings(ob: ObservationBlock) -> Iterator[Finding]:
    """Blocks of several configurations are not normally permitted in service mode."""
    if not ob.service_mode:
        return
    for arm in ARMS:
        settings = _values(ob, arm.setting, TemplateKind.SCIENCE)
        if len(settings) > 1:
            yield Finding(
                code="uves.settings",
                severity=Severity.WARNING,
                message=f"The {arm.name} arm is used at {', '.join(settings)} nm: service mode"
                " prefers one block for each setting.",
            )


def _readout(ob: ObservationBlock) -> Iterator[Finding]:
    """Frames are calibrated by frames that were read out and binned alike."""
    for arm in ARMS:
        reads = _values(ob, arm.read)
        if len(reads) > 1:
            yield Finding(
                code="uves.readout",
                severity=Severity.WARNING,
                message=f"The {arm.name} arm is read out in {len(reads)} ways,"
                f" {' and '.join(reads)}: each needs calibrations of its own.",
            )
    for index, template in _of(ob, TemplateKind.SCIENCE):
        for arm in ARMS:
            slit = _number(template.parameters.get(arm.slit))
            binned = ",2x2," in str(template.parameters.get(arm.read))
            if binned and slit is not None and slit < BINNED_SLIT_ARCSEC:
                yield Finding(
                    code="uves.sampling",
                    severity=Severity.WARNING,
                    path=_parameter(index, arm.read),
                    message=f'2 × 2 binning undersamples a slit of {slit:g}": read out unbinned,'
                    f' or open the {arm.name} slit to {BINNED_SLIT_ARCSEC:g}".',
                )


def _mode(template: Template) -> str:
    """Give the mode in a template's name, ``UVES_<mode>_<kind>_<description>``."""
    return template.name.split("_")[1] if template.name.count("_") > 1 else ""


def _of(ob: ObservationBlock, kind: TemplateKind) -> Iterator[tuple[int, Template]]:
    return ((i, each) for i, each in enumerate(ob.templates) if each.kind is kind)


def _values(ob: ObservationBlock, name: str, kind: TemplateKind | None = None) -> list[str]:
    """Give the distinct values of a parameter, in order."""
    found = (
        each.parameters.get(name) for each in ob.templates if kind is None or each.kind is kind
    )
    return list(dict.fromkeys(str(value) for value in found if value is not None))


def _number(value: TemplateValue) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _is_position(value: TemplateValue) -> bool:
    """Tell a coordinate from the zero that means that there is none."""
    return any(digit in str(value or "") for digit in "123456789")


def _parameter(index: int, name: str) -> str:
    return f"templates[{index}].parameters.{name}"
