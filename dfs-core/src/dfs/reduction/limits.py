"""What one run of a recipe may take of the machine, and what it took.

The kernel of Linux refuses memory beyond a limit; macOS has no such limit, so there
a recipe's declared memory only decides how many run at a time.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
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
