"""Which calibration a block takes: the best level, then the nearest in time, for good reasons."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.organiser.association import in_time
from dfs.organiser.breakpoints import Timeline
from dfs.organiser.model import Breakpoint
from dfs.organiser.rules import parse_rules
from dfs.organiser.rules.interpreter import holds
from dfs.organiser.service import organise_scanned
from dfs.plugin import AssociationLevel

PLAN = ("ACTION_SCIENCE", "MASTER_BIAS", ("PLAN", 1, 1), ("GOOD", 3, 5), ("RISKY", 30, 30))


def rules(cards: str = "minRet = 1; maxRet = 1;", condition: str = "inputFile.BINX == BINX") -> str:
    return f"""
    if DPR.TYPE == "OBJECT" then {{ DO.CATG = "SCIENCE"; }}
    if DPR.TYPE == "LAMP" then {{ DO.CATG = "LAMP"; }}
    select execute(ACTION_SCIENCE) from inputFiles where DO.CATG == "SCIENCE" group by ARCFILE;
    action ACTION_SCIENCE {{
      {cards} select file as MASTER_BIAS from calibFiles
        where PRO.CATG == "MASTER_BIAS" and {condition};
      recipe demo_science;
    }}
    """


@pytest.fixture(scope="session")
def taken():
    """Give the names of the calibrations of the one block."""

    def names(organisation) -> list[str]:
        (block,) = organisation.blocks
        return [Path(c.path).stem for c in block.calibrations]

    return names


@pytest.fixture(scope="session")
def science(frame):
    def make(time_mjd: float | None = 60000.0, name: str = "science", **keywords):
        return frame(name, time_mjd, DPR__TYPE="OBJECT", **({"BINX": 1} | keywords))

    return make


@pytest.fixture(scope="session")
def master(frame):
    def make(name: str, time_mjd: float | None, **keywords):
        return frame(name, time_mjd, PRO__CATG="MASTER_BIAS", **({"BINX": 1} | keywords))

    return make


def test_the_nearest_in_time_is_taken(make_host, organised, science, master, taken) -> None:
    files = [science(), master("far", 59990.0), master("near", 60000.5), master("x", 60000.6)]
    result = organised(make_host(rules()), files)
    assert taken(result) == ["near"]
    assert result.blocks[0].calibrations[0].distance_days == pytest.approx(0.5)


def test_what_must_be_equal_is_equal(make_host, organised, science, master, taken) -> None:
    files = [science(), master("other", 60000.0, BINX=2), master("same", 60009.0)]
    assert taken(organised(make_host(rules()), files)) == ["same"]


def test_of_two_equally_near_the_order_of_names_decides(
    make_host, organised, science, master, taken
) -> None:
    files = [science(), master("b", 59999.0), master("a", 60001.0), master("c", 60001.0)]
    for order in (files, files[::-1]):
        assert taken(organised(make_host(rules()), order)) == ["a"]


def test_as_many_are_taken_as_the_rule_allows(make_host, organised, science, master, taken) -> None:
    files = [science(), *(master(f"m{n}", 60000.0 + n) for n in range(5))]
    host = make_host(rules("minRet = 2; maxRet = 3;"))
    result = organised(host, files)
    assert taken(result) == ["m0", "m1", "m2"]
    assert result.blocks[0].is_complete


def test_too_few_make_the_block_incomplete(make_host, organised, science, master, taken) -> None:
    result = organised(make_host(rules("minRet = 2; maxRet = 3;")), [science(), master("a", 6e4)])
    assert taken(result) == ["a"]
    (missing,) = result.blocks[0].missing
    assert (missing.tag, missing.minimum, missing.found) == ("MASTER_BIAS", 2, 1)


def test_what_is_optional_may_be_absent(make_host, organised, science) -> None:
    (block,) = organised(make_host(rules("minRet = 0; maxRet = 1;")), [science()]).blocks
    assert block.is_complete
    assert block.calibrations == ()


def test_none_of_none_is_never_taken(make_host, organised, science, master) -> None:
    host = make_host(rules("minRet = 0; maxRet = 0;"))
    (block,) = organised(host, [science(), master("a", 60000.0)]).blocks
    assert (block.calibrations, block.missing) == ((), ())


def test_a_calibration_without_a_time_comes_last(
    make_host, organised, science, master, taken
) -> None:
    host = make_host(rules())
    files = [science(), master("table", None)]
    assert taken(organised(host, files)) == ["table"]
    assert taken(organised(host, [*files, master("dated", 50000.0)])) == ["dated"]


def test_raw_frames_are_associated_but_never_the_blocks_own(
    make_host, organised, frame, science
) -> None:
    text = rules().replace(
        "recipe",
        "minRet = 0; maxRet = 9; select file as ARC from rawFiles where BINX == inputFile.BINX;"
        "recipe",
        1,
    )
    host = make_host(text.replace("minRet = 1", "minRet = 0", 1))
    files = [science(), science(name="other"), frame("lamp", 60001.0, DPR__TYPE="LAMP", BINX=1)]
    block = next(b for b in organised(host, files).blocks if "science" in b.inputs[0].path)
    assert [(c.tag, Path(c.path).stem) for c in block.calibrations] == [
        ("ARC", "other"),
        ("ARC", "lamp"),
    ]


# ── The calibration plan ────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("offset", "level"),
    [
        (-1.0, "PLAN"),
        (1.0, "PLAN"),
        (-1.5, "GOOD"),
        (4.0, "GOOD"),
        (-4.0, "RISKY"),
        (30.0, "RISKY"),
        (-30.5, None),
        (31.0, None),
    ],
)
def test_hook_dfs_calibration_plan(
    make_host, organised, science, master, taken, offset, level
) -> None:
    host = make_host(rules(), plan=[PLAN])
    (block,) = organised(host, [science(), master("a", 60000.0 + offset)]).blocks
    assert [c.level.name for c in block.calibrations] == ([level] if level else [])
    assert block.is_complete == (level is not None)
    if level is None:
        assert "the calibration plan allows 30 d before and 30 d after" in block.missing[0].reason


def test_a_better_level_comes_before_a_nearer_time(
    make_host, organised, science, master, taken
) -> None:
    # 4 d after is good, 3.5 d before only risky.
    files = [science(), master("nearer", 59996.5), master("better", 60004.0)]
    result = organised(make_host(rules(), plan=[PLAN]), files)
    assert taken(result) == ["better"]
    assert result.blocks[0].level is AssociationLevel.GOOD


def test_without_an_entry_in_the_plan_any_time_will_do(
    make_host, organised, science, master
) -> None:
    plan = [("ACTION_SCIENCE", "OTHER_TAG", ("PLAN", 1, 1))]
    (block,) = organised(make_host(rules(), plan=plan), [science(), master("a", 10.0)]).blocks
    assert block.level is AssociationLevel.PLAN


def test_where_the_plan_limits_the_time_it_must_be_known(
    make_host, organised, science, master
) -> None:
    host = make_host(rules(), plan=[PLAN])
    (block,) = organised(host, [science(), master("a", None)]).blocks
    assert "its is unknown" in block.missing[0].reason


# ── Interventions ───────────────────────────────────────────────────────────


def test_no_association_crosses_an_intervention(
    make_host, organised, science, master, taken
) -> None:
    files = [science(), master("near", 59999.9), master("far", 60020.0)]
    exchanged = [Breakpoint("DEMO", 59999.95, "detector exchanged")]
    result = organised(make_host(rules()), files, breakpoints=exchanged)
    assert taken(result) == ["far"]
    result = organised(make_host(rules()), files[:2], breakpoints=exchanged)
    assert "an intervention lies between: detector exchanged" in result.blocks[0].missing[0].reason


def test_an_intervention_elsewhere_concerns_nobody(
    make_host, organised, science, master, taken
) -> None:
    moved = [Breakpoint("other", 59999.95, "moved")]
    files = [science(), master("near", 59999.9)]
    assert taken(organised(make_host(rules()), files, breakpoints=moved)) == ["near"]


# ── What is missing ─────────────────────────────────────────────────────────


def test_a_missing_calibration_is_explained_by_what_comes_nearest(
    make_host, organised, science, master
) -> None:
    def reason(*files) -> str:
        (block,) = organised(make_host(rules()), files).blocks
        return block.missing[0].reason

    assert reason(science()) == "there is no other such file, and no block makes one"
    assert reason(science(), master("a", 60000.0, BINX=2)) == (
        "1 candidate of this class; the nearest, /raw/a.fits: "
        "not inputFile.BINX == BINX: the block's BINX is 1, BINX is 2"
    )


# ── Equal to a plain search, whatever the order ─────────────────────────────

CONDITION = 'inputFile.BINX == BINX and MODE != "TEST" and MJD-OBS > inputFile.MJD-OBS - 4'
TIMES = st.integers(-40, 40).map(lambda quarter: 60000 + quarter / 4)
MASTERS = st.lists(
    st.tuples(TIMES, st.sampled_from([1, 1.0, 2, None]), st.sampled_from(["A", "TEST", None])),
    max_size=12,
)
BREAKPOINTS = st.lists(TIMES, max_size=2)


@pytest.fixture(scope="module")
def searched(make_host):
    return make_host(rules("minRet = 1; maxRet = 2;", CONDITION), plan=[PLAN])


def plain_search(science, masters, breakpoints):
    """Look at every file, as the rules and the plan are written."""
    rule = parse_rules(f"select execute(A) from inputFiles where {CONDITION};")
    timeline = Timeline(tuple(Breakpoint("demo", time, "") for time in sorted(breakpoints)))
    found = []
    for master in masters:
        distance = master.header["MJD-OBS"] - science.header["MJD-OBS"]
        level = next(
            (
                AssociationLevel[name]
                for name, before, after in PLAN[2:]
                if -before <= distance <= after
            ),
            None,
        )
        crosses = timeline.between(master.header["MJD-OBS"], science.header["MJD-OBS"])
        condition = rule.organisations[0].condition
        if level is not None and not crosses and holds(condition, master.header, science.header):
            found.append((level, abs(distance), master.path))
    return sorted(found)[:2]


@given(masters=MASTERS, breakpoints=BREAKPOINTS, data=st.data())
def test_association_equals_a_plain_search_in_any_order(
    searched, frame, science, masters, breakpoints, data
) -> None:
    asking = science()
    files = [
        frame(
            f"m{n:02}",
            time,
            PRO__CATG="MASTER_BIAS",
            **{k: v for k, v in (("BINX", binning), ("MODE", mode)) if v is not None},
        )
        for n, (time, binning, mode) in enumerate(masters)
    ]
    order = data.draw(st.permutations([asking, *files]))
    interventions = [Breakpoint("demo", time, "") for time in breakpoints]
    (block,) = organise_scanned(searched, order, breakpoints=interventions).blocks
    expected = plain_search(asking, files, breakpoints)
    assert [(c.level, abs(c.distance_days), c.path) for c in block.calibrations] == expected
    assert block.is_complete == bool(expected)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.0, "at the same time"),
        (-0.01, "14 min before"),
        (0.1, "2.4 h after"),
        (12.3, "12 d after"),
    ],
)
def test_distances_are_told_in_the_unit_that_fits(days: float, words: str) -> None:
    assert in_time(days) == words
