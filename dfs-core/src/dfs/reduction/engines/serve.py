"""What a worker process does: one call after the other, as they come through its pipe.

Whoever sends a call learns that it was taken before it is even unpacked. If the process
dies, its sender knows so which call to blame: one that was taken and not answered.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final

from dfs.reduction.limits import die_with_pipe

TAKEN: Final = b"taken"


def serve(pipe: Connection) -> None:
    """Run calls, for ever.

    A call is a pickled pair of function and argument. Its answer is the word
    :data:`TAKEN`, then a pickled pair: whether it went well, and what the function gave
    or raised.

    Raises
    ------
    EOFError, OSError
        Nobody sends calls any more, or waits for the answer.
    """
    while True:
        packed = pipe.recv_bytes()
        pipe.send_bytes(TAKEN)
        pipe.send_bytes(_answer(packed))


def _answer(packed: bytes) -> bytes:
    try:
        function, argument = pickle.loads(packed)
        return pickle.dumps((True, function(argument)))
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the answer
        return _complaint(error)


def _complaint(error: BaseException) -> bytes:
    said = f"In a worker: {''.join(traceback.format_exception(error))}"
    try:
        error.add_note(said)
        return pickle.dumps((False, error))
    except Exception:  # noqa: BLE001 - exceptions of foreign code need not survive pickling
        return pickle.dumps((False, RuntimeError(said)))


def main(pipe: int, lifeline: int) -> None:
    """Serve as the child of a :class:`~dfs.reduction.engines.process.WorkerProcess`.

    Parameters
    ----------
    pipe : descriptor of the pipe through which calls come.
    lifeline : descriptor of the reading end of a pipe that the parent holds open.
    """
    die_with_pipe(lifeline)
    connection = Connection(pipe)
    for descriptor in (pipe, lifeline):  # what a recipe starts must not hold them open
        os.set_inheritable(descriptor, False)
    os.register_at_fork(after_in_child=connection.close)
    with suppress(EOFError, OSError):  # the parent has gone: all that ends us in peace
        sys.path[:] = connection.recv()
        serve(connection)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
