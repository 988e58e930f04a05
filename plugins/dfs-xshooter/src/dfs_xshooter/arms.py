"""The arms of a template that is filled in: what they expose, and how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from dfs.plugin import Arm, InstrumentPackage, Template, TemplateTiming

SKY_EXPOSURES = "SEQ.SKY."
"""How the parameters of exposures begin that are made on the sky only."""
POSITIONS_PER_CYCLE = 2
"""A and B along the slit, or object and sky: a real telluric standard of one cycle has
TPL NEXP 6, two positions of three arms."""


@dataclass(frozen=True, slots=True)
class ArmTime:
    """What an arm does at one position of the telescope.

    Parameters
    ----------
    name : of the arm.
    exposure_s : seconds with an open shutter.
    overhead_s : seconds beside them, read-out included.
    """

    name: str
    exposure_s: float
    overhead_s: float

    @property
    def total_s(self) -> float:
        """Seconds altogether."""
        return self.exposure_s + self.overhead_s


@dataclass(frozen=True, slots=True)
class Visits:
    """Telescope positions of a template of which all arms expose alike.

    Parameters
    ----------
    count : how many.
    arms : what each arm does at one of them.
    """

    count: int
    arms: tuple[ArmTime, ...]

    @property
    def longest(self) -> ArmTime | None:
        """The arm that all others wait for; None if no arm exposes."""
        return max(self.arms, key=lambda arm: arm.total_s, default=None)


def visits(template: Template, package: InstrumentPackage) -> tuple[Visits, ...]:
    """Give the positions that a template visits, alike ones together.

    Values that are not filled in yet count as no exposure time, or as one time.
    """
    signature = package.template(template.name)
    if signature is None or signature.timing is None:
        return ()
    timing = signature.timing
    every = _positions(template, timing)
    sky_arms = [arm for arm in timing.arms if arm.exposure.startswith(SKY_EXPOSURES)]
    own_arms = [arm for arm in timing.arms if arm not in sky_arms]
    if not sky_arms:
        return (Visits(every, _times(template, own_arms)),)
    on_sky = list(islice(cycle(observation_types(template)), every)).count("S")
    return (
        Visits(every - on_sky, _times(template, own_arms)),
        Visits(on_sky, _times(template, sky_arms)),
    )


def observation_types(template: Template) -> tuple[str, ...]:
    """Give which positions are on the object (O) and on the sky (S); O if it does not say."""
    found = template.parameters.get("SEQ.OBS.TYPE")
    return tuple(map(str, found)) if isinstance(found, tuple) and found else ("O",)


def number(template: Template, name: str, otherwise: float = 0.0) -> float:
    """Give a number, or what stands for one that is not filled in."""
    found = template.parameters.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return otherwise
    return float(found)


def _positions(template: Template, timing: TemplateTiming) -> int:
    count = _product(template, timing.repeats)
    return count * POSITIONS_PER_CYCLE if "SEQ.NCYCLE" in timing.repeats else count


def _times(template: Template, arms: Sequence[Arm]) -> tuple[ArmTime, ...]:
    return tuple(time for arm in arms if (time := _time(template, arm)).total_s > 0)


def _time(template: Template, arm: Arm) -> ArmTime:
    exposures = _product(template, arm.exposures)
    one = number(template, arm.exposure) * _product(template, arm.integrations)
    mode = str(template.parameters.get(arm.overhead_by))
    overhead = arm.overheads_s.get(mode, arm.overhead_s)
    return ArmTime(arm.name, exposures * one, exposures * overhead)


def _product(template: Template, names: Sequence[str]) -> int:
    count = 1
    for name in names:
        count *= int(number(template, name, 1.0))
    return count
