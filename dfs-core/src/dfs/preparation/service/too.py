"""Targets of opportunity: asked for now, within what the run was granted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from dfs.foundation import outbox
from dfs.foundation.errors import UserError
from dfs.preparation.errors import NOT_TOO, STATUS, TRIGGERS_USED
from dfs.preparation.model import ItemKind
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation
from dfs.preparation.service.journal import ITEM, Journal, Record
from dfs.preparation.tables import TriggerRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

TRIGGERED: Final = "preparation.too-triggered"
"""Topic of the event that the night learns it from."""

NIGHTS: Final = {"OneNight": 1, "TwoNight": 2, "SevenNights": 7}
"""How soon, in the words of the official client."""

_READY: Final = frozenset("DR+")
_ACCEPTED: Final = "+"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What was asked for.

    Parameters
    ----------
    id : of the trigger.
    item_id : block or container.
    at, deadline : between which it is to be begun, UTC.
    left : triggers that the run has left.
    """

    id: int
    item_id: int
    at: dt.datetime
    deadline: dt.datetime
    left: int


def trigger(
    room: Preparation,
    who: Principal,
    item_id: int,
    *,
    phone: str,
    notify: Sequence[str],
    execute_within: str,
    calibrations: Sequence[int] = (),
    comments: str = "",
) -> Trigger:
    """Ask for a block, or all blocks of a container, to be observed now.

    Parameters
    ----------
    phone, notify : how to reach the PI: number and e-mail addresses.
    execute_within : a word of `NIGHTS`.
    calibrations : ids of calibration blocks to be taken with it.
    comments : for the observers.

    Returns
    -------
    Trigger
        Its blocks are accepted for execution, and the night is told.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.not-too``, ``.triggers-used``, ``.status``: a block is
        not certified.
    """
    with changing(room, who, item_id, "trigger") as journal:
        run = journal.run
        if not run.is_too:
            raise UserError(NOT_TOO, f"{run.code} was granted none", where=run.code)
        used = journal.session.scalar(select(func.count()).where(TriggerRow.run_id == run.id))
        left = run.too_triggers - (used or 0) - 1
        if left < 0:
            raise UserError(TRIGGERS_USED, f"{run.code} had {run.too_triggers}", where=run.code)
        item = journal.item(item_id)
        for block in _blocks(journal, item):
            if block["status"] not in _READY:
                raise UserError(
                    STATUS, f"{block['name']!r} is not certified yet", where=f"{block['id']}"
                )
            journal.update(ITEM, block, {"status": _ACCEPTED}, "version")
        journal.summary = f"trigger {item['name']!r}"
        row = TriggerRow(
            run_id=run.id,
            item_id=item_id,
            at=journal.now,
            deadline=journal.now + dt.timedelta(days=NIGHTS[execute_within]),
            user_id=who.user_id,
            user_name=who.name,
            phone=phone,
            notify=list(notify),
            calibrations=list(calibrations),
            comments=comments,
        )
        journal.session.add(row)
        journal.session.flush()
        event = {"trigger": row.id, "run": run.code, "item": item_id, "phone": phone}
        event |= {"deadline": row.deadline.isoformat(), "notify": list(notify)}
        outbox.post(journal.session, TRIGGERED, event, journal.now)
        return Trigger(row.id, item_id, journal.now, row.deadline, left)


def _blocks(journal: Journal, item: Record) -> list[Record]:
    if ItemKind(item["kind"]).is_block:
        return [item]
    return [block for member in journal.members(item["id"]) for block in _blocks(journal, member)]
