"""What one run of a recipe may take of the machine, for how long, and what it took.

The kernel of Linux refuses memory beyond a limit, and ends a process with its parent;
macOS does neither, so there a recipe's declared memory only decides how many run at a
time.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dfs.plugin import WorkerDied

_STATUS = Path("/proc/self/status")
_COUNTERS = Path("/proc/vmstat")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5), /proc/pid/clear_refs
_IS_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None, use_errno=True) if _IS_LINUX else None
_PR_SET_PDEATHSIG = 1  # prctl(2)


@contextmanager
def memory_limit(memory_mb: int) -> Iterator[None]:
    """Refuse the block more memory than it declares beyond what the process holds now.

    What is refused shows as a MemoryError. On other systems than Linux nothing is
    limited.

    Parameters
    ----------
    memory_mb : MB.
    """
    if not _IS_LINUX:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _status_bytes("VmData") + memory_mb * 1_000_000
    already = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *already]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def die_with_parent() -> None:
    """Let the kernel kill this process when the thread that started it has ended.

    To be called in a child before it does anything else, be it between fork and exec
    (``preexec_fn``); the setting outlives exec, but is not inherited by further
    children. On other systems than Linux it does nothing.

    Raises
    ------
    OSError
        The kernel refused.
    """
    if _LIBC is not None and _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_pipe(descriptor: int) -> None:
    """Let the kernel kill this process's group once nobody holds a pipe's writing end.

    So a worker ends with whoever holds that end, however that one ends, even if nothing
    is between them but code that never returns to Python. Nothing may be written into
    the pipe. On other systems than Linux it does nothing.

    Parameters
    ----------
    descriptor : of the pipe's reading end.

    Notes
    -----
    See fcntl(2), F_SETSIG; unlike ``PR_SET_PDEATHSIG`` it reaches the whole group.
    """
    if _IS_LINUX:
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_ASYNC)


class KilledForMemory(WorkerDied):
    """The kernel has killed the worker because the machine's memory ran out."""


def kernel_oom_kills() -> int:
    """Count the processes that the kernel has killed for want of memory since it started.

    Zero where the system does not say.
    """
    if not _IS_LINUX:
        return 0
    found = re.search(r"^oom_kill (\d+)$", _COUNTERS.read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) if found else 0


def forget_peak() -> None:
    """Begin to count the peak anew; a worker runs one recipe after the other."""
    if _IS_LINUX:
        with suppress(OSError):  # some kernels do not offer it; the peak is then an older one
            _CLEAR.write_text(_RESET_PEAK, encoding="ascii")


def peak_memory_mb() -> float:
    """Give the most memory that this process held since :func:`forget_peak`, MB.

    On other systems than Linux since the process began.
    """
    if _IS_LINUX:
        return _status_bytes("VmHWM") / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


def _status_bytes(name: str) -> int:
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024  # proc(5): always kB, meaning 1024 bytes
    raise OSError(f"{_STATUS} does not say {name}")
