"""Blocks in files, verified and timed without a service: an astronomer at home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dfs.foundation.clock import Clock
from dfs.foundation.errors import PluginError, UserError
from dfs.host import Host
from dfs.instruments.service import Packages, execution_time
from dfs.plugin import Container, Finding, ObservationBlock
from dfs.preparation.errors import FILE
from dfs.preparation.formats.archive import blocks_of
from dfs.preparation.formats.reading import ReadFile, read
from dfs.preparation.verification import (
    Facts,
    blocks_observation,
    verifier_failed,
    verify_block,
    verify_container,
)
from dfs.preparation.verification.containers import placed
from dfs.programmes.model import Mode, Person, RankClass, Run


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of a file.

    Parameters
    ----------
    item : the block or container.
    findings : of it and of all in it.
    """

    item: ObservationBlock | Container
    findings: tuple[Finding, ...]

    @property
    def observable(self) -> bool:
        """Whether nothing forbids to observe it."""
        return not blocks_observation(self.findings)


def read_file(path: Path, packages: Packages) -> ReadFile:
    """Read a file of blocks.

    Raises
    ------
    UserError
        It cannot be read; names the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(FILE, str(error), where=str(path)) from error
    try:
        return read(content, packages, name=path.name)
    except UserError as error:
        place = f"{path}: {error.where}" if error.where else str(path)
        raise UserError(error.code, error.detail, where=place) from error


def verify(read_: ReadFile, host: Host, packages: Packages, clock: Clock) -> Verified:
    """Verify the blocks of a file as they would be in a service run that asks for nothing.

    What only an observatory knows (granted constraints and targets, waivers, other
    blocks of the programme, where the telescope can point) is not looked at.
    """
    numbered = _numbered(read_.item)
    blocks = blocks_of(numbered)
    seconds = [execution_time(host, packages, block) for block in blocks]
    facts = Facts(
        run=_run(blocks[0] if blocks else None),
        now=clock(),
        latest_version=packages.versions(blocks[0].instrument)[-1] if blocks else "",
        times_s={
            block.id: None if time.unknown else time.total_s
            for block, time in zip(blocks, seconds, strict=True)
        },
    )
    used = {
        one.package_version: packages.get(one.instrument, one.package_version) for one in blocks
    }
    if isinstance(numbered, Container):
        found = verify_container(numbered, used, facts)
    else:
        found = verify_block(numbered, used[numbered.package_version], facts)
    return Verified(read_.item, (*found, *_said(numbered, host, packages)))


def _said(item: ObservationBlock | Container, host: Host, packages: Packages) -> list[Finding]:
    if isinstance(item, ObservationBlock):
        package = packages.get(item.instrument, item.package_version)
        return _asked(lambda: host.verify_ob(package.instrument, item, package))
    found = []
    for index, member in enumerate(item.members):
        found += [placed(finding, index) for finding in _said(member.item, host, packages)]
    if blocks := item.blocks():
        used = {
            one.package_version: packages.get(one.instrument, one.package_version) for one in blocks
        }
        instrument = next(iter(used.values())).instrument
        found += _asked(lambda: host.verify_container(instrument, item, used))
    return found


def _asked(question: Callable[[], Sequence[Finding]]) -> list[Finding]:
    try:
        return list(question())
    except PluginError as error:
        return [verifier_failed(str(error))]


def _numbered(item: ObservationBlock | Container) -> ObservationBlock | Container:
    # Blocks that were never stored all have the id 0; here they must be told apart.
    count = 0

    def numbered(one: ObservationBlock | Container) -> ObservationBlock | Container:
        nonlocal count
        if isinstance(one, ObservationBlock):
            count += 1
            return one.model_copy(update={"id": count})
        members = tuple(
            member.model_copy(update={"item": numbered(member.item)}) for member in one.members
        )
        return one.model_copy(update={"members": members})

    return numbered(item)


def _run(block: ObservationBlock | None) -> Run:
    return Run(
        id=0,
        code="",
        programme="",
        title="",
        pi=Person("", "", ""),
        instrument=block.instrument if block else "",
        telescope="",
        period=0,
        scheduled_period=0,
        mode=Mode.SERVICE if block is None or block.service_mode else Mode.VISITOR,
        rank_class=RankClass.B,
        allocated_s=float("inf"),
    )
