"""Ctrl-C and SIGTERM: workers end, nothing half-written stays, what was done stays done."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from dfs.host import Host
from dfs.organiser.model import Organisation, ReductionBlock
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.model import BlockState
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace

Block = Callable[..., ReductionBlock]
Blocks = Callable[..., Organisation]


class SignalWhenDone:
    """A watcher that sends a signal once a block has ended and another is at work."""

    def __init__(self, number: signal.Signals, workspace: Workspace) -> None:
        self.number = number
        self.product = workspace.scratch("hang") / "products" / "faulty-hang_master_hang.fits"
        # The reduction must go on meanwhile, so that the other block comes so far.
        self.thread = threading.Thread(target=self.send)

    def update(self, done: int, total: int | None, message: str = "") -> None:
        if done and self.thread.ident is None:
            self.thread.start()

    def send(self) -> None:
        deadline = time.monotonic() + 20
        while not self.product.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_reduction_in_order(
    host: Host,
    faulty: Block,
    organised: Blocks,
    workers: Callable[[], LocalEngine],
    workspace: Workspace,
    number: signal.Signals,
) -> None:
    before = signal.getsignal(number)
    child = faulty("child", "segfault")
    after_hang = replace(child.calibrations[0], block="hang", category="MASTER_HANG")
    child = replace(child, calibrations=(after_hang,))
    report = reduce_blocks(
        host,
        organised(faulty("good"), faulty("hang"), child),
        workspace,
        jobs=2,
        engine=workers(),
        progress=SignalWhenDone(number, workspace),
        reports=False,
    )
    assert report.cancelled
    assert [r.state for r in report.results] == [
        BlockState.DONE,
        BlockState.CANCELLED,
        BlockState.CANCELLED,
    ]
    assert report.results[1].code == "reduce.cancelled"
    products = [path.name for path in (workspace.root / "products").glob("*/*/*.fits")]
    assert products == ["faulty-good_master_good.fits"]
    assert signal.getsignal(number) is before
    assert multiprocessing.active_children() == []
