"""A block is a value: it survives JSON, and it says what a recipe gets."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from dfs.organiser.model import BlockInput, MissingInput, ReductionBlock
from dfs.organiser.service import block_from_json, block_to_json, sof_lines
from dfs.plugin import AssociationLevel

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.dictionaries(TEXT, st.booleans() | st.integers() | NUMBER | TEXT, max_size=4)
INPUTS = st.lists(
    st.builds(
        BlockInput,
        tag=TEXT,
        path=TEXT,
        block=TEXT,
        category=TEXT,
        level=st.sampled_from(AssociationLevel),
        distance_days=st.none() | NUMBER,
    ),
    max_size=3,
).map(tuple)
BLOCKS = st.builds(
    ReductionBlock,
    id=TEXT,
    instrument=TEXT,
    action=TEXT,
    recipe=TEXT,
    name=TEXT,
    inputs=INPUTS,
    calibrations=INPUTS,
    products=st.lists(TEXT, max_size=2).map(tuple),
    missing=st.lists(st.builds(MissingInput, TEXT, st.integers(), st.integers(), TEXT)).map(tuple),
    parameters=VALUES,
    setup=VALUES,
    time_mjd=st.none() | NUMBER,
    priority=NUMBER,
)


@given(BLOCKS)
def test_a_block_survives_json_with_its_types(block: ReductionBlock) -> None:
    back = block_from_json(json.loads(json.dumps(block_to_json(block))))
    assert back == block
    assert [*map(type, back.parameters.values())] == [*map(type, block.parameters.values())]


def test_a_set_of_frames_has_a_line_a_file_and_says_what_is_to_come() -> None:
    block = ReductionBlock(
        id="flat-1",
        instrument="demo",
        action="ACTION_FLAT",
        recipe="demo_flat",
        name="flat",
        inputs=(BlockInput("FLAT", "/raw/a b.fits"),),
        calibrations=(
            BlockInput("MASTER_BIAS", "/calib/bias.fits"),
            BlockInput("MASTER_DARK", block="dark-1", category="MASTER_DARK"),
        ),
    )
    assert sof_lines(block) == [
        "/raw/a b.fits FLAT",
        "/calib/bias.fits MASTER_BIAS",
        "# MASTER_DARK of block dark-1 as MASTER_DARK",
    ]
