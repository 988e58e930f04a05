"""What containers hold, and what they say of their members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dfs.plugin import Membership
from dfs.preparation.logic.fields import bad
from dfs.preparation.model import Item, ItemKind

_BLOCKS: Final = frozenset({ItemKind.OB, ItemKind.CB})
HOLDS: Final[Mapping[ItemKind, frozenset[ItemKind]]] = {
    ItemKind.OB: frozenset(),
    ItemKind.CB: frozenset(),
    ItemKind.FOLDER: frozenset(ItemKind),
    ItemKind.GROUP: _BLOCKS | {ItemKind.CONCATENATION},
    ItemKind.TIME_LINK: _BLOCKS | {ItemKind.CONCATENATION},
    ItemKind.CONCATENATION: _BLOCKS,
}
"""What each kind may hold."""

_LONGEST: Final = dt.timedelta(days=10_000)


def nesting_problem(member: ItemKind, container: ItemKind, *, is_service: bool) -> str:
    """Say why a container cannot hold such a member; empty if it can."""
    if member not in HOLDS[container]:
        held = ", ".join(kind for kind in ItemKind if kind in HOLDS[container])
        return f"a {container} cannot hold a {member}; it holds {held or 'nothing'}"
    if not is_service and (member.is_scheduling or container.is_scheduling):
        kind = member if member.is_scheduling else container
        return f"a {kind} exists in service mode only"
    return ""


def settle_memberships(container: ItemKind, memberships: Sequence[Membership]) -> list[Membership]:
    """Let a container say of its members only what it can, in their order.

    Contributions count in groups; a member of a time link follows the one before it,
    without other word as early as it likes, and the first follows none.
    """
    settled = []
    for index, one in enumerate(memberships):
        follows = container is ItemKind.TIME_LINK and index > 0
        earliest, latest = one.earliest_after_previous, one.latest_after_previous
        settled.append(
            Membership(
                contribution=one.contribution if container is ItemKind.GROUP else 0.0,
                earliest_after_previous=(earliest or dt.timedelta(0)) if follows else None,
                latest_after_previous=latest if follows else None,
            )
        )
    return settled


def read_membership(
    container: ItemKind, *, is_first: bool, current: Membership, changes: Mapping[str, object]
) -> Membership:
    """Read what a container is to say of a member; what is not given stays.

    Raises
    ------
    UserError
        ``preparation.value``: the container cannot say this, or not this way.
    """
    values = current.model_dump() | dict(changes)
    if unknown := sorted(values.keys() - Membership.model_fields.keys()):
        raise bad(f"membership.{unknown[0]}", "a membership has no such field")
    contribution = values["contribution"]
    if not isinstance(contribution, int | float) or not 0 <= contribution <= 1e6:
        raise bad("membership.contribution", "it is not a weight from 0 to 1e6")
    if contribution and container is not ItemKind.GROUP:
        raise bad("membership.contribution", f"members of a {container} do not contribute")
    for field in ("earliest_after_previous", "latest_after_previous"):
        _check_delay(values[field], f"membership.{field}", container, is_first=is_first)
    earliest, latest = values["earliest_after_previous"], values["latest_after_previous"]
    if latest is not None and latest < (earliest or dt.timedelta(0)):
        raise bad("membership.latest_after_previous", "it is before the earliest time")
    (settled,) = settle_memberships(container, [Membership(**values)])
    return (
        settled
        if is_first or container is not ItemKind.TIME_LINK
        else Membership(
            contribution=settled.contribution,
            earliest_after_previous=earliest or dt.timedelta(0),
            latest_after_previous=latest,
        )
    )


def _check_delay(value: object, where: str, container: ItemKind, *, is_first: bool) -> None:
    if value is None:
        return
    if not isinstance(value, dt.timedelta) or not dt.timedelta(0) <= value <= _LONGEST:
        raise bad(where, "it is not a time from 0 to 10000 days")
    if container is not ItemKind.TIME_LINK:
        raise bad(where, f"members of a {container} do not wait for each other")
    if is_first:
        raise bad(where, "the first member of a time link follows no other")


def shares(contributions: Iterable[float]) -> list[float]:
    """Give the part of the whole, 0 to 1, that each contribution means.

    Contributions need not sum to anything; where none is positive, all count alike.
    """
    weights = list(contributions)
    total = sum(weights)
    if total <= 0:
        return [1 / len(weights)] * len(weights) if weights else []
    return [weight / total for weight in weights]


# ── The tree ────────────────────────────────────────────────────────────────


def depth_first(items: Iterable[Item]) -> Iterator[Item]:
    """Order the items of a run as its tree shows them, and say how deep each one is."""
    members: dict[int | None, list[Item]] = {}
    for one in items:
        members.setdefault(one.parent_id, []).append(one)
    for siblings in members.values():
        siblings.sort(key=lambda one: (one.position, one.id))
    waiting = [(one, 0) for one in reversed(members.get(None, []))]
    while waiting:
        one, depth = waiting.pop()
        yield replace(one, depth=depth)
        waiting += [(each, depth + 1) for each in reversed(members.get(one.id, []))]


def inside(items: Iterable[Item], container_id: int) -> list[Item]:
    """Give what stands below a container in a tree, at any depth, in order."""
    found: list[Item] = []
    depth: int | None = None
    for one in items:
        if depth is not None and one.depth <= depth:
            break
        if depth is not None:
            found.append(one)
        elif one.id == container_id:
            depth = one.depth
    return found


def totals(tree: Sequence[Item]) -> dict[int, tuple[float, float | None]]:
    """Give exposure and execution seconds of each container of a tree, by id.

    The execution time is None where that of a block inside is unknown.
    """
    found: dict[int, tuple[float, float | None]] = {}
    for one in reversed(tree):
        exposure, execution = (
            (one.exposure_s, one.execution_s) if one.is_block else found.setdefault(one.id, (0, 0))
        )
        if one.parent_id is not None:
            sum_exposure, sum_execution = found.get(one.parent_id, (0, 0))
            unknown = execution is None or sum_execution is None
            found[one.parent_id] = (
                sum_exposure + exposure,
                None if unknown else (sum_execution or 0) + (execution or 0),
            )
    return found


def reordered(current: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Check that an order names each member once, and give it.

    Raises
    ------
    UserError
        ``preparation.value``: one is missing, unknown or there twice.
    """
    if sorted(current) != sorted(wanted):
        missing = sorted(set(current) - set(wanted)) or sorted(set(wanted) - set(current))
        which = f": {missing[0]}" if missing else ""
        raise bad("items", f"an order names each of the {len(current)} members once{which}")
    return list(wanted)
