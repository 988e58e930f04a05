"""How long a block takes: the arms expose in parallel, at every position.

The numbers stand in the package's files; here is what they cannot say, that a cycle has two
positions, that a mapping exposes differently on the sky, and how an acquisition takes its
images (X-shooter User Manual VLT-MAN-ESO-14650-4942 P96, section 5.1, note a).
"""

from __future__ import annotations

from collections.abc import Iterator

from dfs.plugin import (
    ExecutionTime,
    InstrumentPackage,
    ObservationBlock,
    Template,
    TemplateKind,
    TimePart,
)
from dfs_xshooter.arms import number, visits

ACQUISITION_IMAGES = 4
"""One in each of three loops, and one that is saved."""
BLIND_OFFSET_S = 30.0
"""To the target after the acquired star; another image checks it."""


def execution_time(ob: ObservationBlock, package: InstrumentPackage) -> ExecutionTime:
    """Say how long a block takes.

    Parameters
    ----------
    ob : the block; a parameter may not be filled in yet.
    package : the version that it was written for.

    Returns
    -------
    ExecutionTime
        Its exposure time is that of the arm that exposes longest.
    """
    parts: list[TimePart] = []
    unknown: list[str] = []
    exposure_s = 0.0
    before: Template | None = None
    for index, template in enumerate(ob.templates):
        unknown.extend(_unknown(index, template, package))
        if template.kind is TemplateKind.ACQUISITION:
            parts.extend(_acquisition(index, template, package))
            continue
        if before is not None:
            parts.extend(_changes(index, before, template, package))
        parts.extend(_exposures(index, template, package))
        exposure_s += sum(
            visit.count * max((arm.exposure_s for arm in visit.arms), default=0.0)
            for visit in visits(template, package)
        )
        before = template
    return ExecutionTime(exposure_s=exposure_s, parts=tuple(parts), unknown=tuple(unknown))


def _unknown(index: int, template: Template, package: InstrumentPackage) -> Iterator[str]:
    signature = package.template(template.name)
    if signature is None:
        yield f"templates[{index}]: version {package.version} has no template {template.name}"
    elif signature.timing is None:
        yield f"templates[{index}]: no time is given for {template.name}"
    else:
        for arm in signature.timing.arms:
            if template.parameters.get(arm.exposure) is None:
                yield f"templates[{index}]: {arm.exposure} is not filled in"


def _acquisition(index: int, template: Template, package: InstrumentPackage) -> Iterator[TimePart]:
    image_s = number(template, "DET4.WIN1.UIT1")
    yield from _fixed(index, template, package, "preset, guide star and centring")
    yield TimePart(label="acquisition images", seconds=ACQUISITION_IMAGES * image_s, template=index)
    if any(number(template, f"TEL.TARG.OFFSET{axis}") for axis in ("ALPHA", "DELTA")):
        yield TimePart(
            label="blind offset and its check", seconds=BLIND_OFFSET_S + image_s, template=index
        )


def _exposures(index: int, template: Template, package: InstrumentPackage) -> Iterator[TimePart]:
    yield from _fixed(index, template, package, "set-up")
    positions = 0
    for visit in visits(template, package):
        positions += visit.count
        longest = visit.longest
        if longest is None or not visit.count:
            continue
        where = f"{visit.count} × " if visit.count > 1 else ""
        yield TimePart(
            label=f"{where}{longest.name} exposure, the longest arm",
            seconds=visit.count * longest.exposure_s,
            template=index,
        )
        yield TimePart(
            label=f"{where}{longest.name} read-out",
            seconds=visit.count * longest.overhead_s,
            template=index,
        )
    signature = package.template(template.name)
    offset_s = signature.timing.repeat_s if signature and signature.timing else 0.0
    offsets = positions - 1 + bool(template.parameters.get("SEQ.OFFSET.ZERO"))
    if offset_s and offsets > 0:
        yield TimePart(
            label=f"{offsets} telescope offsets", seconds=offsets * offset_s, template=index
        )


def _fixed(
    index: int, template: Template, package: InstrumentPackage, label: str
) -> Iterator[TimePart]:
    signature = package.template(template.name)
    if signature and signature.timing:
        yield TimePart(label=label, seconds=signature.timing.fixed_s, template=index)


def _changes(
    index: int, before: Template, template: Template, package: InstrumentPackage
) -> Iterator[TimePart]:
    for change in package.setup_changes:
        both = [
            name
            for name in change.parameters
            if name in before.parameters and name in template.parameters
        ]
        if any(before.parameters[name] != template.parameters[name] for name in both):
            yield TimePart(
                label=f"change of {change.label}", seconds=change.seconds, template=index
            )
