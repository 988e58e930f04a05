"""What only the demonstration camera knows of Observation Blocks."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from dfs.plugin import (
    BadConfiguration,
    Container,
    ContainerKind,
    ExecutionTime,
    Finding,
    Member,
    ObservationBlock,
    Severity,
    Target,
    TimePart,
)

SCRIPT = "DEMO_img_obs_script"
STEP_S = 30.0
SATURATION_S = 1200.0


def verify(ob: ObservationBlock) -> Iterator[Finding]:
    """Offsets are as many as are said, and a long exposure is short enough for the sky."""
    for index, template in enumerate(ob.templates):
        path = f"templates[{index}].parameters"
        number = template.parameters.get("SEQ.NOFF")
        for name in ("SEQ.RELOFF1", "SEQ.RELOFF2"):
            offsets = template.parameters.get(name)
            if isinstance(offsets, tuple) and isinstance(number, int) and len(offsets) > number:
                yield Finding(
                    code="demo.offsets",
                    severity=Severity.ERROR,
                    path=f"{path}.{name}",
                    message=f"{len(offsets)} offsets are listed and {number} are made.",
                )
        exposure = template.parameters.get("DET.WIN1.UIT1")
        if isinstance(exposure, (int, float)) and exposure > SATURATION_S:
            yield Finding(
                code="demo.sky-saturates",
                severity=Severity.WARNING,
                path=f"{path}.DET.WIN1.UIT1",
                message=f"The sky saturates the detector after {SATURATION_S:.0f} s.",
            )


def verify_together(container: Container) -> Iterator[Finding]:
    """A concatenation stays in one filter."""
    filters = {
        str(name)
        for block in container.blocks()
        for template in block.templates
        if (name := template.parameters.get("INS.FILT1.NAME")) is not None
    }
    if container.kind is ContainerKind.CONCATENATION and len(filters) > 1:
        yield Finding(
            code="demo.concatenated-filters",
            severity=Severity.WAIVABLE,
            message=f"The blocks use the filters {', '.join(sorted(filters))}; one is allowed.",
        )


def time(ob: ObservationBlock) -> ExecutionTime | None:
    """Count the steps of a script, which no table of overheads can tell."""
    steps = [
        (index, template.parameters.get("SEQ.STEPS"))
        for index, template in enumerate(ob.templates)
        if template.name == SCRIPT
    ]
    if not steps:
        return None
    lines = [
        TimePart(label="script", seconds=number * STEP_S, template=index)
        for index, number in steps
        if isinstance(number, int)
    ]
    return ExecutionTime(
        exposure_s=sum(line.seconds for line in lines) / 2,
        parts=(TimePart(label="acquisition", seconds=240.0), *lines),
    )


def rename(ob: ObservationBlock) -> ObservationBlock:
    """Call the exposure time as 1.01 does."""
    templates = []
    for template in ob.templates:
        parameters = dict(template.parameters)
        if "DET.UIT" in parameters:
            parameters["DET.WIN1.UIT1"] = parameters.pop("DET.UIT")
        templates.append(template.model_copy(update={"parameters": parameters}))
    return ob.model_copy(update={"templates": tuple(templates)})


def expand(document: str, template: ObservationBlock) -> Container:
    """Make a group with a block for each ``<field name ra dec/>`` of a ``<survey name>``."""
    if "<!" in document:
        raise BadConfiguration("a survey has no document type and no entities")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise BadConfiguration(f"the survey is no XML: {error}") from error
    if root.tag != "survey" or not len(root):
        raise BadConfiguration("the survey has no field")
    members = []
    for number, field in enumerate(root, 1):
        if missing := [key for key in ("name", "ra", "dec") if not field.get(key)]:
            raise BadConfiguration(f"field {number} does not say its {', '.join(missing)}")
        target = Target(name=field.get("name"), ra=field.get("ra"), dec=field.get("dec"))
        block = template.model_copy(update={"id": 0, "name": target.name, "target": target})
        members.append(Member(item=block))
    name = root.get("name", "survey")
    return Container(kind=ContainerKind.GROUP, name=name, members=tuple(members))
