"""The rules for blocks that belong together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from dfs.plugin import Container, ContainerKind, Finding, ObservationBlock
from dfs.preparation.logic.containers import nesting_problem
from dfs.preparation.model import ItemKind
from dfs.preparation.verification import rules
from dfs.preparation.verification.blocks import LONGEST_S
from dfs.preparation.verification.facts import Facts
from dfs.preparation.verification.findings import waived


def verify_container(container: Container, facts: Facts) -> list[Finding]:
    """Apply the core's rules to a container, leaving out its members' own.

    Parameters
    ----------
    container : with its members.
    facts : what is known around it.
    """
    return waived(_found(container, facts), facts.waivers)


def placed(finding: Finding, index: int) -> Finding:
    """Say in the path which member a finding is about."""
    path = f"members[{index}]" + (f".{finding.path}" if finding.path else "")
    return finding.model_copy(update={"path": path})


def _found(container: Container, facts: Facts) -> Iterator[Finding]:
    yield from _nesting(container, facts)
    if container.kind is ContainerKind.FOLDER:
        return
    if not container.members:
        yield rules.EMPTY.finding(f"The {_called(container)} is empty.")
    if facts.submitting:
        yield from _member_statuses(container)
    if container.kind is ContainerKind.CONCATENATION:
        yield from _duration(container, facts)
    elif container.kind is ContainerKind.TIME_LINK:
        yield from _windows(container)
    elif container.members and not any(m.membership.contribution for m in container.members):
        yield rules.CONTRIBUTIONS.finding("No member contributes to the group.")


def _nesting(container: Container, facts: Facts) -> Iterator[Finding]:
    kind, is_service = ItemKind(container.kind), facts.run.is_service
    for index, member in enumerate(container.members):
        problem = nesting_problem(ItemKind(member.item.kind), kind, is_service=is_service)
        if problem:
            yield rules.NESTING.finding(f"{problem[0].upper()}{problem[1:]}.", f"members[{index}]")


def _called(container: Container) -> str:
    word = {
        ContainerKind.GROUP: "group",
        ContainerKind.TIME_LINK: "time link",
        ContainerKind.CONCATENATION: "concatenation",
    }[container.kind]
    return f"{word} {container.name}"


def _member_statuses(container: Container) -> Iterator[Finding]:
    for index, member in enumerate(container.members):
        item = member.item
        if isinstance(item, ObservationBlock) and item.status in {"P", "-"}:
            yield rules.MEMBERS.finding(f"{item.name} is not certified yet.", f"members[{index}]")


def _duration(container: Container, facts: Facts) -> Iterator[Finding]:
    times = [facts.times_s.get(ob.id) for ob in container.blocks()]
    total_s = sum(time for time in times if time is not None)
    if facts.run.is_service and total_s > LONGEST_S:
        yield rules.LONG_CONCATENATION.finding(
            f"Its blocks take {total_s / 60:.0f} min together; more than 60 need a waiver."
        )


def _windows(container: Container) -> Iterator[Finding]:
    for index, member in enumerate(container.members):
        path = f"members[{index}].membership"
        earliest = member.membership.earliest_after_previous
        latest = member.membership.latest_after_previous
        if index == 0:
            if earliest is not None or latest is not None:
                yield rules.WINDOWS.finding(
                    "The first member of a time link comes after nothing.", path
                )
        elif latest is None:
            yield rules.WINDOWS.finding("It has no latest start after the one before.", path)
        elif (earliest or dt.timedelta()) > latest:
            yield rules.WINDOWS.finding("Its earliest start is after its latest start.", path)
        if index and not isinstance(member.item, Container) and member.item.absolute_intervals:
            yield rules.WINDOWS.finding(
                "Only the first member of a time link has absolute intervals.",
                f"members[{index}].absolute_intervals",
            )
