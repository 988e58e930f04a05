"""The bench on which a plugin is tried: each step of the flow, made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfs.execution.simulation import simulate_night
from dfs.foundation.machine import usable_cores
from dfs.organiser.rules import CompiledRules, RuleSet, compile_rules, parse_rules
from dfs.plugin import SimulationRequest
from dfs.testkit.report import Level

if TYPE_CHECKING:
    from dfs.host import Host, RegisteredInstrument
    from dfs.organiser.model import Organisation
    from dfs.reduction.model import ReductionReport


@dataclass
class Bench:
    """One instrument, one simulated day, one folder.

    Parameters
    ----------
    host : where the plugin is registered.
    instrument : what it declares.
    request : the day.
    folder : empty; everything is written below.
    """

    host: Host
    instrument: RegisteredInstrument
    request: SimulationRequest
    folder: Path
    notes: list[str] = field(default_factory=list)
    """What a check that is passed says beside."""

    @cached_property
    def rules(self) -> RuleSet:
        """All its rules."""
        joined = RuleSet()
        for resource in self.instrument.rules.files if self.instrument.rules else ():
            text = self.instrument.read_text(resource)
            joined += parse_rules(text, self.instrument.resource_name(resource))
        return joined

    @cached_property
    def compiled(self) -> CompiledRules:
        """Its rules, at work."""
        return compile_rules(self.rules)

    @cached_property
    def raw(self) -> list[Path]:
        """The simulated day, written."""
        return self.simulate("raw")

    @cached_property
    def organisation(self) -> Organisation:
        """The day, classified and organised."""
        from dfs.organiser.service import organise

        return organise(self.host, [self.raw[0].parent], instrument=self.instrument.id)

    @cached_property
    def reduction(self) -> ReductionReport:
        """What became of each block."""
        from dfs.reduction.service import reduce_blocks
        from dfs.reduction.workspace import Workspace

        with Workspace.open(self.products) as workspace:
            return reduce_blocks(
                self.host, self.organisation, workspace, jobs=usable_cores(), reports=False
            )

    @property
    def products(self) -> Path:
        """The folder to which the products' paths are relative."""
        return self.folder / "reduced"

    @cached_property
    def truth(self) -> tuple[Mapping[str, Any], ...]:
        """What the simulator put into each frame of the day."""
        return tuple(frame.truth for frame in self.host.simulate(self.instrument.id, self.request))

    def measured(self, name: str) -> list[float]:
        """Give the values of a QC1 parameter, in the order of the blocks."""
        return [
            measurement.value
            for result in self.reduction.results
            for measurement in result.measurements
            if measurement.name == name
        ]

    def made(self, category: str) -> list[Path]:
        """Give the products of a category, in the order of the blocks."""
        return [
            self.products / product.path
            for result in self.reduction.results
            for product in result.products
            if product.category == category
        ]

    def simulate(self, name: str) -> list[Path]:
        """Simulate the day into a folder of this name."""
        return simulate_night(self.host, self.instrument.id, self.request, self.folder / name)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something that a plugin must meet.

    Parameters
    ----------
    level : the level that it belongs to.
    name : what ought to be, in a sentence.
    problems : looks for what is not so.
    """

    level: Level
    name: str
    problems: Callable[[Bench], Iterator[str]]
