"""Pruning: what goes, in which order, and what never does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.organiser.model import Organisation
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.model import ReductionReport
from dfs.reduction.reuse.prune import KeptResult, kept_results, parse_size, prune, to_remove, trim
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace

RESULTS = st.lists(
    st.builds(
        KeptResult,
        folder=st.uuids().map(str),
        instrument=st.just("demo"),
        block_id=st.just("b"),
        size_bytes=st.integers(0, 100),
        used_at=st.floats(0, 10),
        is_current=st.booleans(),
    ),
    max_size=8,
)


@given(RESULTS, st.integers(0, 500), st.booleans())
def test_the_longest_unused_go_and_no_more_than_needed(
    results: list[KeptResult], budget: int, current: bool
) -> None:
    gone = to_remove(results, budget, current=current)
    left = [r for r in results if r not in gone]
    assert current or not any(r.is_current for r in gone)
    may_go = [r for r in left if current or not r.is_current]
    fits = sum(r.size_bytes for r in left) <= budget
    assert fits or not may_go
    if gone:
        last = gone[-1]
        assert sum(r.size_bytes for r in (*left, last)) > budget
        assert all((last.is_current, last.used_at) <= (r.is_current, r.used_at) for r in may_go)


@pytest.mark.parametrize(
    ("text", "size"),
    [("20GB", 20 * 10**9), ("500 MB", 5 * 10**8), ("1.5k", 1500), ("0", 0), ("2TB", 2 * 10**12)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1GB", "1 GiB", "GB"])
def test_what_is_no_size_is_said_so(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_size(text)
    assert caught.value.code.name == "usage.size"


Reduce = Callable[..., ReductionReport]


@pytest.fixture
def twice(host: Host, cascade: Organisation, workspace: Workspace) -> Workspace:
    """Give a workspace in which everything was made twice."""
    for _ in range(2):
        reduce_blocks(
            host, cascade, workspace, jobs=1, engine=InlineEngine(), reports=False, force=True
        )
    return workspace


def test_superseded_results_go_and_current_ones_stay(twice: Workspace) -> None:
    before = kept_results(twice)
    assert sum(r.is_current for r in before) == 3
    removed, left = prune(twice, 0, only_look=True)
    assert len(kept_results(twice)) == 6
    assert prune(twice, 0) == (removed, left)
    after = kept_results(twice)
    assert after == [r for r in before if r.is_current]
    assert left == sum(r.size_bytes for r in after)
    assert len(list((twice.root / "products").glob("*/*/*.fits"))) == 3


def test_a_block_whose_current_result_went_is_run_again(
    host: Host, cascade: Organisation, twice: Workspace
) -> None:
    prune(twice, 0, current=True)
    assert kept_results(twice) == []
    assert list((twice.root / "products").glob("*/*")) == []
    again = reduce_blocks(host, cascade, twice, jobs=1, engine=InlineEngine(), reports=False)
    assert again.all_done
    assert not any(result.reused for result in again.results)


def test_what_was_set_aside_goes_like_what_is_superseded(twice: Workspace) -> None:
    folder = twice.current("demo", "id-of-bias")
    assert folder is not None
    twice.set_aside(folder)
    removed, _ = prune(twice, 0)
    assert any(result.folder.startswith("damaged/") for result in removed)


def test_nothing_is_removed_while_another_command_is_at_work(
    twice: Workspace, tmp_path: Path
) -> None:
    with Workspace.open(twice.root):
        with pytest.raises(UserError) as caught:
            prune(twice, 0)
        trim(twice, 0)
        assert len(kept_results(twice)) == 6
    assert caught.value.code.name == "reduce.workspace-busy"
    trim(twice, 0)
    assert len(kept_results(twice)) == 3


def test_the_last_use_counts_and_not_the_making(
    host: Host, cascade: Organisation, twice: Workspace
) -> None:
    for result in kept_results(twice):
        os.utime(twice.root / result.folder, (1.0, 1.0))
    reduce_blocks(host, cascade, twice, jobs=1, engine=InlineEngine(), reports=False)
    assert {r.is_current: r.used_at > 1.0 for r in kept_results(twice)} == {
        True: True,
        False: False,
    }
