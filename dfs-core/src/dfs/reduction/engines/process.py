"""A worker process, as its parent sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from typing import Final

from dfs.reduction.engines import serve

_LONGEST_WAIT_S: Final = 1e6  # the system counts milliseconds in 32 bits
_ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class NotTaken(Exception):  # noqa: N818 - what happened, not what is wrong
    """The worker died before it took the call, which therefore never ran."""


class WorkerProcess:
    """A process that runs calls, one at a time, with a pipe to itself.

    It leads a process group, so that whatever a call starts ends with it, and on Linux
    the whole group ends with this process, however that ends.

    Raises
    ------
    OSError
        The system can start no more processes.
    """

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        lifeline, self._lifeline = os.pipe()
        passed = (theirs.fileno(), lifeline)
        try:
            # Not multiprocessing: its table of children is not made for several threads,
            # and a process between us and the worker could die for all workers at once.
            self._process = subprocess.Popen(
                # -P: what lies in the working folder is not for import
                [sys.executable, "-P", "-X", "faulthandler", "-m", serve.__name__]
                + [str(descriptor) for descriptor in passed],
                pass_fds=passed,
                process_group=0,
                stdin=subprocess.DEVNULL,
                env=_ONE_THREAD | os.environ,  # the cores are shared out by blocks
            )
        except OSError:
            self._close()
            raise
        finally:
            theirs.close()
            os.close(lifeline)
        with suppress(OSError):  # if it is dead already, the first call will notice
            self._pipe.send(sys.path)

    def call(self, packed: bytes, time_limit_s: float) -> bytes:
        """Run a call, see :func:`dfs.reduction.engines.serve.serve`.

        After any exception the process is of no more use; :meth:`end` it.

        Raises
        ------
        NotTaken
            The process died before it took the call.
        EOFError
            The process died at it.
        TimeoutError
            It runs longer than it may.
        """
        try:
            self._pipe.send_bytes(packed)
            self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise NotTaken from error
        if not self._pipe.poll(min(time_limit_s, _LONGEST_WAIT_S)):
            raise TimeoutError
        try:
            return self._pipe.recv_bytes()
        except OSError as error:  # killed while it answered
            raise EOFError from error

    def kill(self) -> None:
        """End the process and all that it started, at once."""
        with suppress(ProcessLookupError, PermissionError):  # none is left; macOS: only a zombie
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> int:
        """End it for good and give its exit code: minus the signal if one ended it."""
        self.kill()  # before the process is reaped: until then the number of its group is its own
        exit_code = self._process.wait()
        self._close()
        return exit_code

    def _close(self) -> None:
        self._pipe.close()
        os.close(self._lifeline)
