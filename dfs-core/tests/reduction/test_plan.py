"""The plan: what would become of each block, before anything runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfs.host import Host
from dfs.organiser.model import BlockInput, MissingInput, Organisation, ReductionBlock
from dfs.reduction.model import BlockState, PlannedBlock
from dfs.reduction.service import plan_blocks

LACKING = MissingInput("BIAS", 3, 0, "there is none")


def planned(host: Host, *blocks: ReductionBlock) -> dict[str, PlannedBlock]:
    plan = plan_blocks(host, Organisation(frames=(), blocks=blocks))
    return {p.block.action: p for p in plan}


@pytest.fixture
def bias_dark_flat(cascade: Organisation) -> tuple[ReductionBlock, ...]:
    return cascade.blocks


def optional(block: ReductionBlock, tag: str) -> ReductionBlock:
    """Let a block go without a calibration."""
    calibrations = tuple(replace(c, is_optional=c.tag == tag) for c in block.calibrations)
    return replace(block, calibrations=calibrations)


def test_who_needs_what_cannot_be_made_is_blocked(host: Host, bias_dark_flat) -> None:
    bias, dark, flat = bias_dark_flat
    plan = planned(host, bias, replace(dark, missing=(LACKING,)), flat)
    assert plan["ACTION_BIAS"].state is BlockState.WAITING
    assert plan["ACTION_DARK"].state is BlockState.INCOMPLETE
    assert plan["ACTION_FLAT"].state is BlockState.BLOCKED
    assert plan["ACTION_FLAT"].memory_mb == 0
    assert "id-of-dark" in plan["ACTION_FLAT"].detail


def test_what_is_optional_and_cannot_be_made_is_left_out(host: Host, bias_dark_flat) -> None:
    bias, dark, flat = bias_dark_flat
    plan = planned(host, bias, replace(dark, missing=(LACKING,)), optional(flat, "MASTER_DARK"))
    flat_plan = plan["ACTION_FLAT"]
    assert flat_plan.state is BlockState.WAITING
    assert [c.tag for c in flat_plan.block.calibrations] == ["MASTER_BIAS"]
    (left_out,) = flat_plan.left_out
    assert left_out.startswith("MASTER_DARK of block id-of-dark: BIAS: 0 of 3")


def test_so_is_what_only_an_incomplete_block_further_up_prevents(
    host: Host, bias_dark_flat
) -> None:
    bias, dark, flat = bias_dark_flat
    master = BlockInput("MASTER_BIAS", path=flat.inputs[0].path)
    flat = optional(replace(flat, calibrations=(master, flat.calibrations[1])), "MASTER_DARK")
    plan = planned(host, replace(bias, missing=(LACKING,)), dark, flat)
    assert plan["ACTION_DARK"].state is BlockState.BLOCKED
    assert plan["ACTION_FLAT"].state is BlockState.WAITING
    assert plan["ACTION_FLAT"].block.calibrations == (master,)


def test_what_the_recipe_insists_on_is_not_left_out(host: Host, bias_dark_flat) -> None:
    bias, dark, _ = bias_dark_flat
    bias = replace(bias, missing=(LACKING,))
    plan = planned(host, bias, optional(dark, "MASTER_BIAS"))
    assert plan["ACTION_DARK"].state is BlockState.BLOCKED
    assert plan["ACTION_DARK"].left_out == ()


def test_what_is_wrong_is_not_passed_over_because_it_is_optional(
    host: Host, bias_dark_flat
) -> None:
    bias, dark, flat = bias_dark_flat
    wrong = replace(dark, parameters={"kapa": 3.0})
    plan = planned(host, bias, wrong, optional(flat, "MASTER_DARK"))
    assert plan["ACTION_DARK"].state is BlockState.FAILED
    assert plan["ACTION_FLAT"].state is BlockState.BLOCKED


def test_what_is_optional_and_can_be_made_is_waited_for(host: Host, bias_dark_flat) -> None:
    bias, dark, flat = bias_dark_flat
    plan = planned(host, bias, dark, optional(flat, "MASTER_DARK"))
    assert plan["ACTION_FLAT"].left_out == ()
    assert plan["ACTION_FLAT"].block.depends_on == {bias.id, dark.id}
