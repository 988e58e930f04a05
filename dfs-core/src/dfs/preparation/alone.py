"""Blocks in files, verified and timed without a service: an astronomer at home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dfs.foundation.clock import Clock
from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.instruments.service import Packages, execution_time
from dfs.plugin import Container, Finding, ObservationBlock
from dfs.preparation import verdict
from dfs.preparation.errors import FILE
from dfs.preparation.formats.archive import blocks_of
from dfs.preparation.formats.errors import DOCUMENT
from dfs.preparation.formats.reading import ReadFile, read
from dfs.preparation.verification import Facts, blocks_observation
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

    Raises
    ------
    UserError
        The blocks are of several instruments, or of one that is not installed.
    """
    numbered = _numbered(read_.item)
    blocks = blocks_of(numbered)
    instruments = sorted({block.instrument for block in blocks})
    if len(instruments) > 1:
        raise UserError(
            DOCUMENT, f"it holds blocks of {' and '.join(instruments)}; a run has one instrument"
        )
    seconds = [execution_time(host, packages, block) for block in blocks]
    facts = Facts(
        run=_run(blocks[0] if blocks else None),
        now=clock(),
        latest_version=packages.versions(instruments[0])[-1] if instruments else "",
        times_s={
            block.id: None if time.unknown else time.total_s
            for block, time in zip(blocks, seconds, strict=True)
        },
    )
    found = {block.id: verdict.of_block(host, packages, block, facts) for block in blocks}
    if isinstance(numbered, ObservationBlock):
        return Verified(read_.item, tuple(found[numbered.id]))
    together = verdict.of_container(host, packages, numbered, facts, found)
    return Verified(read_.item, tuple(together))


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
