"""Cascades: coming products are taken like files, and what is incomplete helps nobody."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.organiser.cascade import in_order
from dfs.organiser.model import BlockInput, Preference, ReductionBlock
from dfs.organiser.service import organise_scanned

RULES = """
if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
if DPR.TYPE == "DARK" then { DO.CATG = "DARK"; }
if DPR.TYPE == "FLAT" then { DO.CATG = "FLAT"; }
if PRO.CATG like "MASTER%" then { DO.CATG = PRO.CATG; }
select execute(ACTION_BIAS) from inputFiles where DO.CATG == "BIAS" group by TPL.START;
select execute(ACTION_DARK) from inputFiles where DO.CATG == "DARK" group by TPL.START;
select execute(ACTION_FLAT) from inputFiles where DO.CATG == "FLAT" group by TPL.START;
action ACTION_BIAS {
  priority = 1;
  recipe demo_bias;
  product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; NOISE = DET.RON * 2; }
  product BPM { }
}
action ACTION_DARK {
  select file as MASTER_BIAS from calibFiles
    where DO.CATG == "MASTER_BIAS" and inputFile.SPEED == SPEED;
  recipe demo_dark;
  product MASTER_DARK { PRO.CATG = "MASTER_DARK"; }
}
action ACTION_FLAT {
  select file as MASTER_BIAS from calibFiles
    where DO.CATG == "MASTER_BIAS" and inputFile.SPEED == SPEED;
  select file as MASTER_DARK from calibFiles
    where PRO.CATG == "MASTER_DARK" and inputFile.SPEED == SPEED;
  recipe demo_flat;
  product MASTER_FLAT { PRO.CATG = "MASTER_FLAT"; }
}
"""


@pytest.fixture(scope="module")
def host(make_host):
    return make_host(RULES)


def summary(organisation) -> dict[str, list[str]]:
    """Name blocks after their first frame, and what each takes."""
    names = {b.id: Path(b.inputs[0].path).stem for b in organisation.blocks}
    return {
        names[b.id]: [names.get(c.block) or Path(c.path).stem for c in b.calibrations]
        for b in organisation.blocks
    }


def test_hook_dfs_rules(host, organised, raw) -> None:
    files = [raw(kind, night) for night in (0, 2) for kind in ("FLAT", "DARK", "BIAS")]
    assert summary(organised(host, files)) == {
        "bias0": [],
        "bias2": [],
        "dark0": ["bias0"],
        "flat0": ["bias0", "dark0"],
        "dark2": ["bias2"],
        "flat2": ["bias2", "dark2"],
    }


def test_a_coming_product_is_known_by_its_category(host, organised, raw, block_of) -> None:
    result = organised(host, [raw("BIAS"), raw("DARK")])
    bias, dark = block_of(result, "bias0"), block_of(result, "dark0")
    assert bias.products == ("MASTER_BIAS", "BPM")
    (taken,) = dark.calibrations
    assert taken == BlockInput(
        "MASTER_BIAS", block=bias.id, category="MASTER_BIAS", distance_days=0
    )
    assert taken.is_virtual
    assert dark.depends_on == {bias.id}


def test_what_is_nearer_in_time_is_taken(host, organised, raw, frame) -> None:
    files = [raw("BIAS"), raw("DARK", 3), raw("BIAS", 4)]
    assert summary(organised(host, files))["dark3"] == ["bias4"]
    masters = [
        frame(f"master{day}", 60000.0 + day, PRO__CATG="MASTER_BIAS", SPEED="fast")
        for day in (0, 4)
    ]
    assert summary(organised(host, [raw("DARK", 3), *masters]))["dark3"] == ["master4"]


@pytest.mark.parametrize(
    ("preference", "risky_raw", "risky_master"),
    [
        (Preference.RAW, "bias", "bias"),
        (Preference.RAW_PER_LEVEL, "master", "bias"),
        (Preference.MASTER_PER_LEVEL, "master", "bias"),
        (Preference.MASTER, "master", "master"),
    ],
)
def test_a_level_and_a_preference_decide_together(
    make_host, raw, frame, preference, risky_raw, risky_master
) -> None:
    ranges = (("PLAN", 1, 1), ("GOOD", 3, 3), ("ACCEPTABLE", 30, 30))
    host = make_host(RULES, plan=[("ACTION_DARK", "MASTER_BIAS", *ranges)])

    def taken(bias: int, master: int) -> str:
        """Of a bias and a master of these days, by a dark of day 0."""
        master_frame = frame("master", 60000.0 + master, PRO__CATG="MASTER_BIAS", SPEED="fast")
        frames = [raw("DARK"), raw("BIAS", bias), master_frame]
        found = summary(organise_scanned(host, frames, preference=preference))
        return found["dark0"][0].rstrip("0123456789")

    assert taken(bias=20, master=2) == risky_raw
    assert taken(bias=2, master=20) == risky_master
    nearer_is_no_reason = "bias" if preference.begins_with_raw else "master"
    assert taken(bias=3, master=2) == nearer_is_no_reason
    assert taken(bias=2, master=3) == nearer_is_no_reason


def test_the_product_of_an_incomplete_block_helps_nobody(host, organised, raw, block_of) -> None:
    result = organised(host, [raw("BIAS", SPEED="slow"), raw("DARK"), raw("FLAT")])
    dark, flat = block_of(result, "dark0"), block_of(result, "flat0")
    assert [missing.tag for missing in dark.missing] == ["MASTER_BIAS"]
    assert [missing.tag for missing in flat.missing] == ["MASTER_BIAS", "MASTER_DARK"]
    assert f"block {dark.id} is incomplete itself" in flat.missing[1].reason
    assert flat.calibrations == ()


def test_beside_an_incomplete_block_the_next_one_is_taken(host, organised, raw, frame) -> None:
    master = frame("master", 59000.0, PRO__CATG="MASTER_DARK", SPEED="fast")
    files = [raw("BIAS", 9), raw("DARK", 0, SPEED="slow"), raw("FLAT"), master]
    assert summary(organised(host, files))["flat0"] == ["bias9", "master"]


def test_blocks_do_not_depend_on_the_order_of_the_files(host, organised, raw) -> None:
    files = [raw(kind, night) for night in range(4) for kind in ("FLAT", "DARK", "BIAS")]
    assert organised(host, files) == organised(host, files[::-1])


# ── Circles ─────────────────────────────────────────────────────────────────

CIRCLE = """
if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
if DPR.TYPE == "DARK" then { DO.CATG = "DARK"; }
select execute(ACTION_BIAS) from inputFiles where DO.CATG == "BIAS" group by ARCFILE;
select execute(ACTION_DARK) from inputFiles where DO.CATG == "DARK" group by ARCFILE;
action ACTION_BIAS {
  minRet = MINIMUM; maxRet = 1;
  select file as MASTER_DARK from calibFiles where PRO.CATG == "MASTER_DARK";
  recipe demo_bias;
  product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; }
}
action ACTION_DARK {
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS";
  recipe demo_dark;
  product MASTER_DARK { PRO.CATG = "MASTER_DARK"; }
}
"""


def test_blocks_that_wait_for_each_other_are_reported(make_host, raw, block_of) -> None:
    host = make_host(CIRCLE.replace("MINIMUM", "1"))
    result = organise_scanned(host, [raw("BIAS"), raw("DARK")])
    (problem,) = result.problems
    assert problem.code == "organise.cycle"
    assert problem.detail.startswith("2 blocks of ACTION_BIAS, ACTION_DARK would wait")
    assert problem.path.endswith("rules.oca:6:1")
    assert [block.is_complete for block in result.blocks] == [False, False]
    reason = block_of(result, "bias0").missing[0].reason
    assert "this one would wait for each other" in reason or "is incomplete itself" in reason


def test_a_circle_is_broken_by_files_where_there_are_some(make_host, raw, frame) -> None:
    host = make_host(CIRCLE.replace("MINIMUM", "0"))
    master = frame("master", 50000.0, PRO__CATG="MASTER_BIAS")
    result = organise_scanned(host, [raw("BIAS"), raw("DARK"), master])
    assert [p.code for p in result.problems] == ["organise.cycle"]
    assert summary(result) == {"bias0": [], "dark0": ["master"]}
    assert all(block.is_complete for block in result.blocks)


CHAIN = """
if DPR.TYPE == "WAVE" then { DO.CATG = "WAVE"; }
select execute(ACTION_WAVE) from inputFiles where DO.CATG == "WAVE" group by ARCFILE;
action ACTION_WAVE {
  minRet = 0; maxRet = 1;
  select file as LINE_TABLE from calibFiles where PRO.CATG == "LINE_TABLE" CONDITION;
  recipe demo_wave;
  product LINE_TABLE { PRO.CATG = "LINE_TABLE"; }
}
"""


def test_a_chain_in_time_is_no_circle_however_long(make_host, organised, raw) -> None:
    host = make_host(CHAIN.replace("CONDITION", "and MJD-OBS < inputFile.MJD-OBS"))
    files = [raw("WAVE", night) for night in range(2000)]
    blocks = organised(host, files[::-1]).blocks
    assert [Path(b.inputs[0].path).stem for b in blocks] == [f"wave{n}" for n in range(2000)]
    assert all(b.depends_on == {a.id} for a, b in itertools.pairwise(blocks))


def test_neighbours_that_would_take_each_other_take_nothing(make_host, raw) -> None:
    host = make_host(CHAIN.replace("CONDITION", ""))
    result = organise_scanned(host, [raw("WAVE", night) for night in (0, 1, 3)])
    assert {p.code for p in result.problems} == {"organise.cycle"}
    assert summary(result) == {"wave0": [], "wave1": [], "wave3": ["wave1"]}


# ── Order ───────────────────────────────────────────────────────────────────


def block(id_: str, *needs: str, time: float | None = 0.0, priority: float = 0) -> ReductionBlock:
    return ReductionBlock(
        id=id_,
        instrument="demo",
        action="A",
        recipe="r",
        name=id_,
        inputs=(),
        calibrations=tuple(BlockInput("T", block=need) for need in needs),
        time_mjd=time,
        priority=priority,
    )


def test_priority_then_time_then_id_decide_where_dependence_leaves_a_choice() -> None:
    blocks = [
        block("d", time=None),
        block("c", time=1.0),
        block("b", time=1.0),
        block("urgent", "late", priority=9),
        block("late", time=8.0),
        block("first", priority=1, time=9.0),
    ]
    assert [b.id for b in in_order(blocks)] == ["first", "b", "c", "late", "urgent", "d"]


@given(st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=10, max_size=10), st.randoms())
def test_each_block_comes_after_those_it_depends_on(needs, random) -> None:
    blocks = [
        block(str(number), *{str(n) for n in wanted if n < number})
        for number, wanted in enumerate(needs)
    ]
    expected = in_order(blocks)
    random.shuffle(blocks)
    assert in_order(blocks) == expected
    done: set[str] = set()
    for each in expected:
        assert each.depends_on <= done
        done.add(each.id)
    assert len(done) == 10
