"""What one run of a recipe may take of the machine, for how long, and what it took.

The kernel of Linux refuses memory beyond a limit, and ends a process with its parent;
macOS does neither, so there a recipe's declared memory only decides how many run at a
time.
"""

from __future__ import annotations

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


def limit_child(process: int, memory_mb: int) -> None:
    """Refuse a program that we have just started more memory than it declares.

    From here and not between fork and exec, since forking a worker with all its libraries
    takes some 10 ms. On other systems than Linux nothing is limited.

    Parameters
    ----------
    process : its number.
    memory_mb : MB.
    """
    if _IS_LINUX:
        _, hard = resource.prlimit(process, resource.RLIMIT_DATA)
        wanted = memory_mb * 1_000_000
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.prlimit(process, resource.RLIMIT_DATA, (limit, hard))


def die_with_pipe(descriptor: int, process: int | None = None) -> None:
    """Let the kernel kill a process or a group once nobody holds a pipe's writing end.

    So a worker ends with whoever holds that end, however that one ends, even if nothing
    is between them but code that never returns to Python. Nothing may be written into
    the pipe. On other systems than Linux it does nothing.

    Parameters
    ----------
    descriptor : of the pipe's reading end, which that process must hold open.
    process : its number; None for the whole group of this process.

    Notes
    -----
    See fcntl(2), F_SETSIG; unlike ``PR_SET_PDEATHSIG`` it reaches a group, and needs no
    code between fork and exec.
    """
    if _IS_LINUX:
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, process or -os.getpgrp())
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
