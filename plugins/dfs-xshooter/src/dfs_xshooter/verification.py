"""What only X-shooter knows of a block: slits, arms, offsets, acquisition.

Thresholds that no source gives are ours; the README lists them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from dfs.plugin import (
    Container,
    ContainerKind,
    Finding,
    InstrumentPackage,
    ObservationBlock,
    Severity,
    Template,
    TemplateKind,
)
from dfs_xshooter.arms import number, observation_types, visits

SLITS = {"UVB": "INS.OPTI3.NAME", "VIS": "INS.OPTI4.NAME", "NIR": "INS.OPTI5.NAME"}
SLIT_LENGTH_ARCSEC = 11.0
WIDEST_DIFFERENCE_ARCSEC = 0.4
"""Between the slits of two arms: as in the widest set that real blocks use, 1.6/1.5/1.2."""
IDLE_S, IDLE_PART = 120.0, 0.3
"""An arm that idles longer than this, and than this part of the longest arm, is said."""
LONGEST_DIT_S, LONGEST_DIT_WIDE_S = 900.0, 300.0
"""Beyond it the K band of the sky saturates; with the slit of 5 arcsec earlier."""
MODES = {"slt": "slit", "ifu": "IFU", "img": "imaging"}
ARM_COUNTS = tuple(
    tuple(f"SEQ.{spelling}.{arm}" for arm in SLITS) for spelling in ("NEXPO", "NEXP")
)


def verify_block(ob: ObservationBlock, package: InstrumentPackage) -> tuple[Finding, ...]:
    """Verify one block.

    Parameters
    ----------
    ob : its parameters are of the right type and range; some may not be filled in.
    package : the version that it was written for.
    """
    found = list(_modes(ob))
    for index, template in enumerate(ob.templates):
        at = f"templates[{index}]"
        if template.kind is TemplateKind.ACQUISITION:
            found.extend(_guide_star(template, at))
        else:
            found.extend(_slits(template, at))
            found.extend(_integration(template, at))
            found.extend(_nodding(template, at))
            found.extend(_offsets(template, at))
            found.extend(_exposures(template, package, at))
    return tuple(found)


def verify_container(container: Container) -> tuple[Finding, ...]:
    """Verify that a telluric standard is observed with the slits of the science beside it."""
    if container.kind is not ContainerKind.CONCATENATION:
        return ()
    blocks = [member.item for member in container.members]
    science = [
        _slits_of(template)
        for block in blocks
        if isinstance(block, ObservationBlock)
        for template in block.templates
        if template.kind is TemplateKind.SCIENCE
    ]
    found: list[Finding] = []
    for index, block in enumerate(blocks):
        if not isinstance(block, ObservationBlock):
            continue
        standard = [_slits_of(each) for each in block.templates if "_cal_Telluric" in each.name]
        if standard and (missing := [slits for slits in science if slits not in standard]):
            found.append(
                Finding(
                    code="xshooter.telluric-slits",
                    severity=Severity.WARNING,
                    path=f"members[{index}]",
                    message="the telluric standard is not observed with the set-up of the "
                    f"science beside it: {_named(missing[0])}",
                )
            )
    return tuple(found)


def _modes(ob: ObservationBlock) -> Iterator[Finding]:
    """Slit, IFU and imaging need their own acquisition; images may follow any."""
    first = next((t for t in ob.templates if t.kind is TemplateKind.ACQUISITION), None)
    if first is None:
        return
    acquired = _mode(first)
    for index, template in enumerate(ob.templates):
        wanted = _mode(template)
        if template is first or wanted not in MODES or wanted in {acquired, "img"}:
            continue
        yield Finding(
            code="xshooter.mode",
            severity=Severity.ERROR,
            path=f"templates[{index}]",
            message=f"{template.name} needs an acquisition for {MODES[wanted]}, "
            f"but {first.name} is for {MODES.get(acquired, acquired)}",
        )


def _guide_star(template: Template, at: str) -> Iterator[Finding]:
    if template.parameters.get("TEL.AG.GUIDESTAR") != "SETUPFILE":
        return
    values = [str(template.parameters.get(f"TEL.GS1.{axis}")) for axis in ("ALPHA", "DELTA")]
    if not any(set(value) & set("123456789") for value in values):
        yield Finding(
            code="xshooter.guide-star",
            severity=Severity.ERROR,
            path=f"{at}.parameters.TEL.GS1.ALPHA",
            message="a guide star from the set-up file needs coordinates; give them, or take "
            "one from the catalogue",
        )


def _slits(template: Template, at: str) -> Iterator[Finding]:
    widths = {
        arm: width
        for arm, name in SLITS.items()
        if (width := _width_arcsec(template.parameters.get(name))) is not None
    }
    if len(widths) > 1 and max(widths.values()) - min(widths.values()) > (
        WIDEST_DIFFERENCE_ARCSEC + 1e-6
    ):
        said = ", ".join(f'{arm} {width:g}"' for arm, width in widths.items())
        yield Finding(
            code="xshooter.slit-widths",
            severity=Severity.WARNING,
            path=f"{at}.parameters.{SLITS['UVB']}",
            message=f"the slits of the arms do not belong together: {said}; the arms would "
            "lose light unequally",
        )
    if str(template.parameters.get(SLITS["NIR"])).endswith("JH"):
        yield Finding(
            code="xshooter.k-band-blocked",
            severity=Severity.INFO,
            path=f"{at}.parameters.{SLITS['NIR']}",
            message="this slit has a filter that blocks the K band: the NIR spectrum ends "
            "near 2.1 µm",
        )


def _integration(template: Template, at: str) -> Iterator[Finding]:
    slit = template.parameters.get(SLITS["NIR"])
    if str(slit).endswith("JH") or template.name.startswith("XSHOOTER_gen_"):
        return
    limit_s = LONGEST_DIT_WIDE_S if slit == "5.0x11" else LONGEST_DIT_S
    if number(template, "DET3.DIT") > limit_s:
        yield Finding(
            code="xshooter.dit",
            severity=Severity.WARNING,
            path=f"{at}.parameters.DET3.DIT",
            message=f"the sky in the K band saturates beyond {limit_s:g} s; shorten DIT and "
            "raise NDIT, or take a slit with the K-band blocking filter (JH)",
        )


def _nodding(template: Template, at: str) -> Iterator[Finding]:
    if "SEQ.NOD.THROW" not in template.parameters:
        return
    throw = number(template, "SEQ.NOD.THROW")
    jitter = number(template, "SEQ.JITTER.WIDTH")
    if throw + jitter > SLIT_LENGTH_ARCSEC:
        yield Finding(
            code="xshooter.nod-throw",
            severity=Severity.ERROR,
            path=f"{at}.parameters.SEQ.NOD.THROW",
            message=f'a throw of {throw:g}" and a jitter of {jitter:g}" leave the slit, which '
            f'is {SLIT_LENGTH_ARCSEC:g}" long',
        )
    elif jitter > throw:
        yield Finding(
            code="xshooter.jitter",
            severity=Severity.WARNING,
            path=f"{at}.parameters.SEQ.JITTER.WIDTH",
            message=f'with a jitter of {jitter:g}" and a throw of {throw:g}" positions A and B '
            "may fall together",
        )


def _offsets(template: Template, at: str) -> Iterator[Finding]:
    if "SEQ.NOFFSET" not in template.parameters:
        return
    count = int(number(template, "SEQ.NOFFSET"))
    for name in ("SEQ.RELOFF1", "SEQ.RELOFF2", "SEQ.OBS.TYPE"):
        values = template.parameters.get(name)
        length = len(values) if isinstance(values, tuple) else 0
        if count and length and (length > count or count % length):
            yield Finding(
                code="xshooter.offset-list",
                severity=Severity.ERROR if length > count else Severity.WARNING,
                path=f"{at}.parameters.{name}",
                message=f"{length} values for {count} offsets: give one for each, or a list "
                "that repeats evenly",
            )
    if set(observation_types(template)) == {"S"}:
        yield Finding(
            code="xshooter.no-object",
            severity=Severity.WARNING,
            path=f"{at}.parameters.SEQ.OBS.TYPE",
            message="every position is on the sky, none on the object",
        )
    if not count:
        yield Finding(
            code="xshooter.no-exposure",
            severity=Severity.ERROR,
            path=f"{at}.parameters.SEQ.NOFFSET",
            message="without an offset nothing is exposed; the first position counts as one",
        )


def _exposures(template: Template, package: InstrumentPackage, at: str) -> Iterator[Finding]:
    for names in ARM_COUNTS:
        given = [name for name in names if name in template.parameters]
        if given and not any(number(template, name, 1.0) for name in given):
            yield Finding(
                code="xshooter.no-exposure",
                severity=Severity.ERROR,
                path=f"{at}.parameters.{given[0]}",
                message="no arm exposes: give at least one of them a number of exposures",
            )
    if template.kind is not TemplateKind.SCIENCE:
        return
    for visit in visits(template, package):
        longest = visit.longest
        if longest is None or not visit.count:
            continue
        for arm in visit.arms:
            idle_s = longest.total_s - arm.total_s
            if arm.exposure_s and idle_s > max(IDLE_S, IDLE_PART * longest.total_s):
                yield Finding(
                    code="xshooter.idle-arm",
                    severity=Severity.WARNING,
                    path=at,
                    message=f"the {arm.name} arm idles {idle_s:.0f} s at each position while "
                    f"the {longest.name} arm exposes; expose it longer or more often",
                )


def _mode(template: Template) -> str:
    parts = template.name.split("_")
    return parts[1] if len(parts) > 1 else ""


def _slits_of(template: Template) -> tuple[str, ...]:
    mode = _mode(template)
    if mode == "slt":
        return tuple(str(template.parameters.get(name)) for name in SLITS.values())
    return (mode,)


def _named(slits: Sequence[str]) -> str:
    return " / ".join(MODES.get(slit, slit) for slit in slits)


def _width_arcsec(slit: object) -> float | None:
    try:
        width = float(str(slit).partition("x")[0])
    except ValueError:
        return None
    return width if math.isfinite(width) else None
