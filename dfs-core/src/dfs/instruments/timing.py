"""How long a block takes, from the overheads of its package. Nothing here does I/O.

A template takes its fixed time; then, for each repeat, all arms expose at once and the
longest one takes the time; between repeats the telescope moves. Optical elements may
take more, and so does every change of set-up from one template to the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dfs.instruments.logic.values import spelt
from dfs.plugin import (
    Arm,
    ExecutionTime,
    InstrumentPackage,
    ObservationBlock,
    SetupChange,
    TemplateKind,
    TemplateTiming,
    TemplateValue,
    TimePart,
)

LONGEST_S: Final = 1e7
"""No block takes as long; a number that says so is a slip and makes the time unknown."""


def execution_time(ob: ObservationBlock, package: InstrumentPackage) -> ExecutionTime:
    """Say how long a block takes.

    Parameters
    ----------
    ob : the block; where a parameter that matters is not filled in, the time says so
        and counts what it can.
    package : the version that it was written for.
    """
    exposure_s = 0.0
    parts: list[TimePart] = []
    unknown: list[str] = []
    state: dict[str, TemplateValue] = {}
    for index, template in enumerate(ob.templates):
        signature = package.template(template.name)
        values = _Values(template.parameters, f"templates[{index}]")
        changes = [] if signature is None else package.setup_changes
        parts += [
            TimePart(label=f"change of {change.label}", seconds=change.seconds, template=index)
            for change in changes
            if _differs(change, state, template.parameters)
        ]
        state |= {name: v for name, v in template.parameters.items() if v is not None}
        if signature is None or signature.timing is None:
            unknown.append(f"{values.path}: the package has no overheads of {template.name}")
            continue
        open_s, lines = _template_time(signature.timing, signature.kind, values)
        parts += [TimePart(label=each, seconds=s, template=index) for each, s in lines if s > 0]
        unknown += values.unknown
        if signature.kind is not TemplateKind.ACQUISITION:
            exposure_s += open_s
    return ExecutionTime(
        exposure_s=exposure_s, parts=tuple(parts), unknown=tuple(dict.fromkeys(unknown))
    )


@dataclass(slots=True)
class _Values:
    """The parameters of a template, and what of them is not known."""

    parameters: Mapping[str, TemplateValue]
    path: str
    unknown: list[str] = field(default_factory=list)

    def number(self, name: str) -> float:
        """Give a number or the length of a list; 0, and say so, if it is not known."""
        value = self.parameters.get(name)
        if isinstance(value, tuple):
            return len(value)
        if value is None:
            reason = "is not filled in"
        elif isinstance(value, (str, bool)) or not 0 <= value <= LONGEST_S:
            reason = f"is {value!r}, from which no time can be told"
        else:
            return value
        self.unknown.append(f"{self.path}.parameters.{name} {reason}")
        return 0

    def product(self, names: Iterable[str]) -> float:
        """Multiply the numbers; a parameter that the template does not have counts as one."""
        return math.prod(self.number(name) for name in names if name in self.parameters)


def _template_time(
    timing: TemplateTiming, kind: TemplateKind, values: _Values
) -> tuple[float, list[tuple[str, float]]]:
    """Give the seconds with an open shutter, and the lines of the breakdown."""
    repeats = values.product(timing.repeats)
    arms = [_arm_time(arm, values) for arm in timing.arms]
    # Which arm is the longest does not depend on how often all of them are repeated.
    longest = max(arms, key=_ArmTime.total_s, default=_ArmTime("", 0.0, 0.0))
    within = f", {longest.name} arm" if longest.name else ""
    fixed = "acquisition" if kind is TemplateKind.ACQUISITION else "set-up of the template"
    lines = [
        (fixed, timing.fixed_s),
        *_extras(timing, values),
        (f"exposure{within}", repeats * longest.exposure_s),
        (f"readout and overheads{within}", repeats * longest.overhead_s),
        ("offsets", max(repeats - 1, 0) * timing.repeat_s),
    ]
    return repeats * max((arm.exposure_s for arm in arms), default=0.0), lines


@dataclass(frozen=True, slots=True)
class _ArmTime:
    name: str
    exposure_s: float
    overhead_s: float

    def total_s(self) -> float:
        return self.exposure_s + self.overhead_s


def _arm_time(arm: Arm, values: _Values) -> _ArmTime:
    exposures = values.product(arm.exposures)
    # An arm that does not expose needs no exposure time.
    one_s = values.number(arm.exposure) * values.product(arm.integrations) if exposures else 0.0
    key = spelt(values.parameters.get(arm.overhead_by))
    overhead_s = arm.overheads_s.get(key, arm.overhead_s)
    return _ArmTime(arm.name, exposures * one_s, exposures * overhead_s)


def _extras(timing: TemplateTiming, values: _Values) -> Iterator[tuple[str, float]]:
    for name, seconds_of in timing.extras_s.items():
        key = spelt(values.parameters.get(name))
        if key in seconds_of:
            yield f"{name} {key}", seconds_of[key]


def _differs(
    change: SetupChange,
    state: Mapping[str, TemplateValue],
    parameters: Mapping[str, TemplateValue],
) -> bool:
    """Tell whether a template wants another set-up than the one that is there."""
    return any(
        name in state and (wanted := parameters.get(name)) is not None and wanted != state[name]
        for name in change.parameters
    )
