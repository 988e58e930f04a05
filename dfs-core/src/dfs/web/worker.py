"""The worker: runs what requests left to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from dfs.foundation import outbox
from dfs.foundation.jobs import Handler, run_next

if TYPE_CHECKING:
    from dfs.ui.web import Services

log = logging.getLogger(__name__)

PAUSE_S: Final = 1.0
"""How long a worker rests when nothing waits."""
PAUSE_AFTER_TROUBLE_S: Final = 10.0
"""How long it rests when the database does not answer."""

JOBS: Final[Mapping[str, Handler]] = {}
"""Who does which kind of job; the stages that queue jobs come with their handlers."""
EVENTS: Final[dict[str, Handler]] = {}
"""Who learns of which event."""


def work(services: Services, ended: threading.Event, *, once: bool = False) -> int:
    """Run jobs and deliver events until told to end.

    A database that is away for a while ends no worker.

    Parameters
    ----------
    ended : set it to end the worker after the job that it has.
    once : end when nothing waits.

    Returns
    -------
    int
        How many jobs were run and events delivered.
    """
    done = 0
    while not ended.is_set():
        try:
            did = outbox.deliver(services.engine, EVENTS, services.clock)
            did += run_next(services.engine, JOBS, services.clock)
        except SQLAlchemyError:
            if once:
                raise
            log.exception("the database does not answer")
            ended.wait(PAUSE_AFTER_TROUBLE_S)
            continue
        done += did
        if not did:
            if once:
                break
            ended.wait(PAUSE_S)
    return done
