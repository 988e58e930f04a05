"""Why a block takes what it takes, and why the others lost."""

from __future__ import annotations

import pytest

from dfs.foundation.errors import UserError
from dfs.organiser.model import Breakpoint, Fate
from dfs.organiser.service import explain, explanation_to_json, organise_scanned
from dfs.organiser.views import explanation_tree, organisation_tree, problem_lines

RULES = """
if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
if DPR.TYPE == "FLAT" then { DO.CATG = "FLAT"; }
select execute(ACTION_BIAS) from inputFiles where DO.CATG == "BIAS" group by ARCFILE;
select execute(ACTION_FLAT) from inputFiles where DO.CATG == "FLAT" group by ARCFILE, INS.MODE;
action ACTION_BIAS {
  minRet = 0; maxRet = 1;
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS" and X > 0;
  minRet = NEEDED; maxRet = 2;
  select file as BPM from calibFiles where PRO.CATG == "BPM";
  recipe demo_bias;
  product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; }
}
action ACTION_FLAT {
  minRet = 1; maxRet = 1;
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS"
    and inputFile.SPEED == SPEED;
  recipe demo_flat;
}
"""
PLAN = [("ACTION_FLAT", "MASTER_BIAS", ("PLAN", 1, 1), ("GOOD", 5, 5))]


@pytest.fixture(scope="module")
def host(make_host):
    return make_host(RULES.replace("NEEDED", "0"), plan=PLAN)


@pytest.fixture(scope="module")
def files(frame):
    made = [frame("flat", 60000.0, DPR__TYPE="FLAT", SPEED="fast", INS__MODE="IMG")]
    for name, offset, speed in (
        ("near", 0.5, "fast"),
        ("nearer", -0.25, "fast"),
        ("slow", 0.1, "slow"),
        ("far", -9.0, "fast"),
        ("before", -3.0, "fast"),
    ):
        made.append(frame(name, 60000.0 + offset, PRO__CATG="MASTER_BIAS", SPEED=speed))
    made.append(frame("undated", None, PRO__CATG="MASTER_BIAS", SPEED="fast"))
    return made


BREAKPOINTS = [Breakpoint("demo", 59998.0, "mirror recoated")]


def test_every_candidate_has_its_reason(host, organised, files, block_of) -> None:
    result = organised(host, files, breakpoints=BREAKPOINTS)
    explanation = explain(host, result, block_of(result, "flat").id, breakpoints=BREAKPOINTS)
    (entry,) = explanation.inputs
    assert (entry.tag, entry.minimum, entry.maximum, entry.chosen) == ("MASTER_BIAS", 1, 1, 1)
    assert [(c.path[5:-5], c.fate, c.reason) for c in entry.candidates] == [
        ("nearer", Fate.CHOSEN, "the nearest at the best level: 6.0 h before, level plan"),
        ("slow", Fate.CONDITION, "not inputFile.SPEED == SPEED: the block's SPEED is \"fast\", "
         "SPEED is \"slow\""),
        ("near", Fate.FARTHER, "it fits, 12 h after, level plan, but a better one is taken"),
        ("before", Fate.BREAKPOINT, "an intervention lies between: mirror recoated"),
        ("far", Fate.BREAKPOINT, "an intervention lies between: mirror recoated"),
        ("undated", Fate.NO_TIME,
         "the calibration plan limits the time, and its is unknown"),
    ]  # fmt: skip
    assert (explanation.condition, explanation.keys) == (
        'DO.CATG == "FLAT"',
        ("ARCFILE", "INS.MODE"),
    )
    assert explanation.where.endswith("rules.oca:5:1")


def test_what_lies_outside_the_plan_is_told_with_its_limits(host, organised, files) -> None:
    result = organised(host, files)
    (entry,) = explain(host, result, "flat-").inputs
    (far,) = [c for c in entry.candidates if c.path == "/raw/far.fits"]
    assert far.fate is Fate.OUTSIDE
    assert far.reason == (
        "it was taken 9.0 d before; the calibration plan allows 5 d before and 5 d after"
    )


def test_a_coming_product_of_an_incomplete_block_is_told(make_host, organised, frame) -> None:
    host = make_host(RULES.replace("NEEDED", "1"))
    files = [
        frame("flat", DPR__TYPE="FLAT", SPEED="fast", INS__MODE="IMG"),
        frame("bias", DPR__TYPE="BIAS", SPEED="fast"),
    ]
    result = organised(host, files)
    (candidate,) = explain(host, result, "flat").inputs[0].candidates
    assert (candidate.fate, candidate.category) == (Fate.INCOMPLETE, "MASTER_BIAS")
    own, none = explain(host, result, "bias").inputs
    assert [c.fate for c in own.candidates] == [Fate.OWN]
    assert none.candidates == ()


def test_only_the_nearest_losers_are_told_and_the_rest_is_counted(host, organised, files) -> None:
    result = organised(host, files)
    (entry,) = explain(host, result, "flat", most=2).inputs
    assert len(entry.candidates) == 3
    assert entry.not_shown == 3


def test_a_block_is_found_by_the_beginning_of_its_id(host, organised, files, frame) -> None:
    files = [*files, frame("bias", DPR__TYPE="BIAS"), frame("other", 1.0, DPR__TYPE="BIAS")]
    result = organised(host, files)
    assert explain(host, result, "flat").block.action == "ACTION_FLAT"
    with pytest.raises(UserError, match=r"'bias' is the beginning of 2 blocks") as caught:
        explain(host, result, "bias")
    assert caught.value.code.name == "organise.unknown-block"
    with pytest.raises(UserError, match=r"no block 'flax'; the nearest names are flat-"):
        explain(host, result, "flax")


# ── What people see ─────────────────────────────────────────────────────────


def lines(branch, depth=0):
    yield "  " * depth + branch.label
    for child in branch.children:
        yield from lines(child, depth + 1)


def test_an_explanation_is_told_as_a_tree(host, organised, files) -> None:
    result = organised(host, files)
    text = "\n".join(lines(explanation_tree(explain(host, result, "flat"))))
    assert "alike in ARCFILE DEMO.flat.fits, INS.MODE IMG" in text
    assert "    taken: nearer.fits: the nearest at the best level" in text
    assert "    not taken: slow.fits: not inputFile.SPEED == SPEED" in text


def test_a_cascade_is_told_from_the_top(make_host, organised, frame) -> None:
    host = make_host(RULES.replace("NEEDED", "0"))
    files = [
        frame("bias", 60000.0, DPR__TYPE="BIAS", SPEED="fast"),
        *(
            frame(name, 60000.5, DPR__TYPE="FLAT", SPEED=speed)
            for name, speed in (("one", "fast"), ("two", "fast"), ("slow", "slow"))
        ),
    ]
    result = organised(host, files)
    found = list(lines(organisation_tree(result, "night")))
    bias = next(b for b in result.blocks if b.action == "ACTION_BIAS").id
    assert found[0] == "night: 4 frames, 4 blocks, 1 INCOMPLETE"
    drawn = f"    MASTER_BIAS (plan, 12 h before) from {bias}: demo_bias, 1 × BIAS, "
    assert [line.removeprefix(drawn) for line in found if f"from {bias}" in line] == [
        "2023-02-25 00:00"
    ] * 2
    (missing,) = [line for line in found if "MISSING" in line]
    assert missing.startswith("    MISSING MASTER_BIAS: 0 of 1; 1 candidate of this class")
    assert sum("INCOMPLETE" in line for line in found) == 2


def test_many_problems_of_one_kind_are_counted(make_host, frame) -> None:
    result = organise_scanned(make_host(""), [frame(str(n), INSTRUME="X") for n in range(9)])
    told = list(problem_lines(result.problems))
    assert len(told) == 6
    assert told[-1] == "and 4 more [organise.no-instrument]"


def test_an_explanation_is_plain_values_as_json(host, organised, files) -> None:
    document = explanation_to_json(explain(host, organised(host, files), "flat"))
    assert document["inputs"][0]["candidates"][0]["fate"] == "chosen"
    assert document["block"]["recipe"] == "demo_flat"
