"""What verification must know beside the blocks: gathered in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.plugin import Target
from dfs.preparation.logic.neighbours import Neighbours
from dfs.preparation.model import ItemKind
from dfs.preparation.service.context import Preparation
from dfs.preparation.service.readme import load_readme
from dfs.preparation.service.visibility import sky_over
from dfs.preparation.service.waivers import load_waivers
from dfs.preparation.tables import ItemRow
from dfs.preparation.verification import Facts, ProgrammeTarget
from dfs.preparation.verification.blocks import folded
from dfs.programmes.model import Run
from dfs.programmes.service import runs_of_programme


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around the blocks of a run.

    Parameters
    ----------
    facts : of the run; without targets.
    source : who brings the instrument's plugin.
    targets : of the run's blocks, by block.
    neighbours : targets of the whole programme.
    """

    facts: Facts
    source: str
    targets: dict[int, ProgrammeTarget]
    neighbours: Neighbours

    def around(self, block_id: int) -> Facts:
        """Give what concerns one block."""
        times = {block_id: self.facts.times_s.get(block_id)}
        return replace(self.facts, targets=self._compared(block_id), times_s=times)

    def keys(self, block_ids: Iterable[int]) -> dict[int, str]:
        """Give digests of all that the findings on blocks depend on, but for the blocks.

        What depends on the moment is as old as an hour at most.
        """
        facts, run = self.facts, self.facts.run
        common = _digest(
            self.source,
            facts.latest_version,
            sorted(facts.waivers.items()),
            facts.mounted,
            facts.visibility,
            facts.now.replace(minute=0, second=0, microsecond=0),
            (run.mode, run.scheduled_period, run.telescope, run.targets, run.is_too),
            sorted(run.constraints.items(), key=itemgetter(0)),
        )
        return {one: _digest(common, self._compared(one)) for one in block_ids}

    def _compared(self, block_id: int) -> tuple[ProgrammeTarget, ...]:
        own = self.targets.get(block_id)
        return self.neighbours.of(own) if own else ()


def _digest(*content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()


def surroundings(
    room: Preparation, session: Session, run: Run, now: dt.datetime, *, submitting: bool = False
) -> Surroundings:
    """Gather what is known around the blocks of a run."""
    siblings = runs_of_programme(session, run.programme)
    query = select(
        ItemRow.run_id,
        ItemRow.id,
        ItemRow.target_name,
        ItemRow.target_ra,
        ItemRow.target_dec,
        ItemRow.execution_s,
    ).where(ItemRow.run_id.in_(siblings), ItemRow.kind.in_((ItemKind.OB, ItemKind.CB)))
    targets: dict[int, ProgrammeTarget] = {}
    own: dict[int, ProgrammeTarget] = {}
    times: dict[int, float | None] = {}
    for run_id, id_, name, ra, dec, execution_s in session.execute(query):
        if run_id == run.id:
            times[id_] = execution_s
        if not name.strip():
            continue
        place = Target.model_construct(ra=ra, dec=dec)
        targets[id_] = ProgrammeTarget(id_, folded(name), place.ra_deg, place.dec_deg)
        if run_id == run.id:
            own[id_] = targets[id_]
    latest = room.latest(run.instrument)
    facts = Facts(
        run=run,
        now=now,
        latest_version=latest.version if latest else "",
        waivers={
            one.code: f"{one.granted_by}: {one.reason}" for one in load_waivers(session, run.id)
        },
        times_s=times,
        visibility=sky_over(room.observatory, run),
        mounted=_is_mounted(room, run),
        readme_missing=load_readme(session, run.id).missing,
        submitting=submitting,
    )
    source = room.host.resolve(run.instrument).source if latest else ""
    return Surroundings(facts, source, own, Neighbours(targets.values()))


def _is_mounted(room: Preparation, run: Run) -> bool:
    start = room.observatory.period(run.scheduled_period).start
    serving = room.host.serving(run.instrument)
    names = [run.instrument, *([serving.id] if serving else ())]
    return any(room.observatory.telescope_of(name, start) is not None for name in names)
