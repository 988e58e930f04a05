"""What may be done with an item in which status."""

from __future__ import annotations

from dfs.foundation.errors import UserError
from dfs.preparation.errors import STATUS
from dfs.preparation.model import STATUSES, TRANSITIONS, Action, ItemKind, Transition
from dfs.programmes.model import Mode


def transition(action: Action, kind: ItemKind, status: str, mode: Mode) -> Transition:
    """Give the way that an action takes from a status.

    Raises
    ------
    UserError
        ``preparation.status``: there is none.
    """
    ways = [
        way
        for way in TRANSITIONS
        if way.action is action and way.mode is mode and (kind.is_block or way.containers)
    ]
    if kind is ItemKind.FOLDER or not ways:
        raise UserError(STATUS, f"one cannot {action} a {kind} of a run in {mode}", where="status")
    for way in ways:
        if status in way.before:
            return way
    allowed = " or ".join(f"{one} ({STATUSES[one].meaning})" for one in ways[0].before)
    raise UserError(
        STATUS,
        f"its status is {status} ({STATUSES[status].meaning}); "
        f"one can {action} only what is {allowed}",
        where="status",
    )


def require_editable(kind: ItemKind, status: str) -> None:
    """Insist that an item's status lets its author change it; a folder has none.

    Raises
    ------
    UserError
        ``preparation.status``.
    """
    if kind is not ItemKind.FOLDER and not STATUSES[status].editable:
        raise UserError(
            STATUS, f"the {kind} is {status} ({STATUSES[status].meaning})", where="status"
        )


def require_deletable(kind: ItemKind, status: str) -> None:
    """Insist that an item's status lets its author delete it; a folder has none.

    Raises
    ------
    UserError
        ``preparation.status``.
    """
    if kind is not ItemKind.FOLDER and not STATUSES[status].deletable:
        raise UserError(
            STATUS,
            f"the {kind} is {status} ({STATUSES[status].meaning}) and cannot be deleted",
            where="status",
        )
