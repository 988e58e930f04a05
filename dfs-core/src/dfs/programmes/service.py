"""Runs: imported, found, guarded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dfs.accounts import service as accounts
from dfs.foundation.clock import Clock
from dfs.foundation.database import writing
from dfs.foundation.errors import UserError
from dfs.programmes.document import Document, ProgrammeSpec, RunSpec
from dfs.programmes.errors import ABSENT, CONTRADICTION, FORBIDDEN, UNKNOWN_USER
from dfs.programmes.model import (
    BlockedTime,
    GrantedTarget,
    Mode,
    Person,
    RankClass,
    Right,
    Run,
)
from dfs.programmes.tables import ProgrammeRow, RunRow
from dfs.ui.principal import Principal, Role

RUN: Final = "run"
PROGRAMME: Final = "programme"
DELEGATE: Final = "delegate"
"""The right to act for the PI in one run."""
CO_INVESTIGATOR: Final = "co-investigator"
"""The right to look at a programme."""

_SEES_ALL: Final = (Role.SUPPORT, Role.OPERATOR, Role.ADMINISTRATOR)
_RIGHTS: Final = {
    Right.READ: frozenset(_SEES_ALL),
    Right.EDIT: frozenset((Role.SUPPORT, Role.ADMINISTRATOR)),
    Right.REVIEW: frozenset((Role.SUPPORT, Role.ADMINISTRATOR)),
}


def import_runs(engine: Engine, clock: Clock, document: Document) -> list[str]:
    """Import programmes and runs, all of them or none; what is known is brought up to date.

    Returns
    -------
    list of str
        The codes of the runs, in the order of the document.

    Raises
    ------
    UserError
        A person has no account, or a run changes its instrument or mode.
    """
    with writing(engine) as session:
        return [
            code for programme in document.programmes for code in _import(session, clock, programme)
        ]


def _import(session: Session, clock: Clock, spec: ProgrammeSpec) -> list[str]:
    pi = _user(session, spec.pi, spec.code)
    row = session.scalar(select(ProgrammeRow).where(ProgrammeRow.code == spec.code))
    if row is None:
        row = ProgrammeRow(code=spec.code, title=spec.title, pi_user_id=pi)
        session.add(row)
        session.flush()
    row.title, row.pi_user_id = spec.title, pi
    for name in spec.co_investigators:
        user = _user(session, name, spec.code)
        accounts.grant(session, user, CO_INVESTIGATOR, PROGRAMME, row.id)
    return [_import_run(session, clock, row, run) for run in spec.runs]


def _import_run(session: Session, clock: Clock, programme: ProgrammeRow, spec: RunSpec) -> str:
    code = f"{programme.code}({spec.designation})"
    row = session.scalar(select(RunRow).where(RunRow.code == code))
    if row is None:
        row = RunRow(code=code, instrument=spec.instrument, mode=spec.mode)
        row.programme_id = programme.id
        session.add(row)
    elif (row.instrument, row.mode) != (spec.instrument, spec.mode):
        raise UserError(
            CONTRADICTION,
            f"it is a run of {row.instrument} in {row.mode}, and the file says "
            f"{spec.instrument} in {spec.mode}",
            where=code,
        )
    row.telescope = spec.telescope
    row.period = spec.period
    row.scheduled_period = spec.scheduled_period or spec.period
    row.rank_class = spec.rank_class
    row.allocated_s = spec.allocated_h * 3600
    row.is_too, row.too_triggers = spec.too, spec.too_triggers
    row.constraints = dict(spec.constraints)
    row.targets = [target.model_dump(mode="json") for target in spec.targets]
    row.blocked_times = [time.model_dump(mode="json") for time in spec.blocked_times]
    row.imported_at = clock()
    session.flush()
    for name in spec.delegates:
        accounts.grant(session, _user(session, name, code), DELEGATE, RUN, row.id)
    return code


def _user(session: Session, username: str, where: str) -> int:
    user = accounts.find_user(session, username)
    if user is None:
        raise UserError(UNKNOWN_USER, f"there is no user {username!r}", where=where)
    return user.id


# ── Who sees what ───────────────────────────────────────────────────────────

_COLUMNS = (
    RunRow,
    ProgrammeRow.code.label("programme"),
    ProgrammeRow.title,
    ProgrammeRow.pi_user_id,
)


def runs_of(session: Session, who: Principal) -> list[Run]:
    """Give the runs that somebody may look at, by code."""
    query = select(*_COLUMNS).join(ProgrammeRow, ProgrammeRow.id == RunRow.programme_id)
    if not who.has(*_SEES_ALL):
        delegated = accounts.granted(session, who.user_id, DELEGATE, RUN)
        joined = accounts.granted(session, who.user_id, CO_INVESTIGATOR, PROGRAMME)
        query = query.where(
            (ProgrammeRow.pi_user_id == who.user_id)
            | RunRow.id.in_(delegated)
            | RunRow.programme_id.in_(joined)
        )
    return _runs(session, who, session.execute(query.order_by(RunRow.code)).all())


def run(session: Session, who: Principal, run_id: int, right: Right = Right.READ) -> Run:
    """Give a run to somebody who may do this with it.

    Raises
    ------
    UserError
        There is none, or not for them (nothing tells the two apart), or they may only
        look at it.
    """
    query = (
        select(*_COLUMNS)
        .join(ProgrammeRow, ProgrammeRow.id == RunRow.programme_id)
        .where(RunRow.id == run_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise _absent(run_id)
    (found,) = _runs(session, who, [row])
    if who.has(*_RIGHTS[right]) or ((found.owned or found.delegated) and right is not Right.REVIEW):
        return found
    joined = accounts.granted(session, who.user_id, CO_INVESTIGATOR, PROGRAMME)
    member = found.owned or found.delegated or row[0].programme_id in joined
    if not member and not who.has(*_SEES_ALL):
        raise _absent(run_id)
    if right is not Right.READ:
        raise UserError(FORBIDDEN, f"you may not {right} {found.code}", where=found.code)
    return found


def run_of_code(session: Session, who: Principal, code: str, right: Right = Right.READ) -> Run:
    """Give the run of a code, e.g. ``60.A-9253(N)``; as :func:`run`."""
    found = session.scalar(select(RunRow.id).where(RunRow.code == code))
    if found is None:
        raise _absent(code)
    return run(session, who, found, right)


def runs_of_programme(session: Session, code: str) -> list[int]:
    """Give the ids of all runs of a programme."""
    query = select(RunRow.id).join(ProgrammeRow, ProgrammeRow.id == RunRow.programme_id)
    return list(session.scalars(query.where(ProgrammeRow.code == code).order_by(RunRow.id)))


def lock_run(session: Session, run_id: int) -> None:
    """Let nobody else write in a run until the transaction ends."""
    session.execute(select(RunRow.id).where(RunRow.id == run_id).with_for_update())


def delegate(engine: Engine, who: Principal, run_id: int, username: str) -> None:
    """Let somebody act for the PI in a run.

    Raises
    ------
    UserError
        The run is not theirs to delegate, or nobody is so called.
    """
    with writing(engine) as session:
        found = _delegable(session, who, run_id)
        accounts.grant(session, _user(session, username, found.code), DELEGATE, RUN, run_id)


def end_delegation(engine: Engine, who: Principal, run_id: int, username: str) -> None:
    """Let somebody not act for the PI any more; as :func:`delegate`."""
    with writing(engine) as session:
        found = _delegable(session, who, run_id)
        accounts.revoke(session, _user(session, username, found.code), DELEGATE, RUN, run_id)


def _delegable(session: Session, who: Principal, run_id: int) -> Run:
    found = run(session, who, run_id, Right.EDIT)
    if not found.owned and not who.has(Role.ADMINISTRATOR):
        raise UserError(FORBIDDEN, "only its PI can delegate a run", where=found.code)
    return found


def _absent(which: int | str) -> UserError:
    return UserError(ABSENT, "there is no such run, or it is not yours", where=f"run {which}")


def _runs(
    session: Session, who: Principal, rows: Sequence[Row[RunRow, str, str, int]]
) -> list[Run]:
    people = _people(session, {pi for *_, pi in rows})
    delegated = accounts.granted(session, who.user_id, DELEGATE, RUN)
    return [
        Run(
            id=row.id,
            code=row.code,
            programme=programme,
            title=title,
            pi=people[pi],
            instrument=row.instrument,
            telescope=row.telescope,
            period=row.period,
            scheduled_period=row.scheduled_period,
            mode=Mode(row.mode),
            rank_class=RankClass(row.rank_class),
            allocated_s=row.allocated_s,
            is_too=row.is_too,
            too_triggers=row.too_triggers,
            constraints=row.constraints,
            targets=tuple(GrantedTarget(**target) for target in row.targets),
            blocked_times=tuple(
                BlockedTime(
                    dt.datetime.fromisoformat(time["start"]),
                    dt.datetime.fromisoformat(time["end"]),
                    time["reason"],
                )
                for time in row.blocked_times
            ),
            owned=pi == who.user_id,
            delegated=row.id in delegated,
        )
        for row, programme, title, pi in rows
    ]


def _people(session: Session, ids: Iterable[int]) -> dict[int, Person]:
    return {
        user.id: Person(user.username, user.name, user.email)
        for user in accounts.users(session, ids)
    }
