"""What each frame is, and what is said where nobody knows."""

from __future__ import annotations

import pytest

from dfs.organiser.classification import BATCH
from dfs.organiser.service import organise_scanned

RULES = """
if DPR.TYPE == "BIAS" then { RAW.TYPE = "BIAS"; }
if DPR.TYPE == "DARK" then { RAW.TYPE = "DARK"; DO.CLASS = "DARK_CLASS"; }
if DPR.TYPE == "FLAT" then { RAW.TYPE = "A"; DO.CLASS = "B"; REFLEX.CATG = "C"; }
if DPR.TYPE == "SKY" then { RAW.TYPE = "A"; DO.CLASS = "B"; REFLEX.CATG = "C"; DO.CATG = "D"; }
"""
DESCRIBED = {"DPR__CATG": "CALIB", "DPR__TECH": "IMAGE"}


@pytest.mark.parametrize(
    ("kind", "tag"), [("BIAS", "BIAS"), ("DARK", "DARK_CLASS"), ("FLAT", "C"), ("SKY", "D")]
)
def test_the_class_that_a_recipe_sees_comes_before_those_of_older_rules(
    make_host, organised, frame, kind, tag
) -> None:
    result = organised(make_host(RULES), [frame("a", DPR__TYPE=kind)])
    assert [f.tag for f in result.frames] == [tag]


def test_a_product_is_of_its_category(make_host, organised, frame) -> None:
    result = organised(make_host(RULES), [frame("master", PRO__CATG="MASTER_BIAS")])
    assert [(f.tag, f.is_product) for f in result.frames] == [("MASTER_BIAS", True)]


def test_an_undescribed_frame_is_reported_with_what_its_header_lacks(make_host, frame) -> None:
    result = organise_scanned(make_host(RULES), [frame("a", DPR__CATG="CALIB")])
    (problem,) = result.problems
    assert problem.code == "organise.unclassified"
    assert problem.detail == "no rule applies; DPR.TYPE, DPR.TECH missing from the header"
    assert [f.tag for f in result.frames] == [""]


def test_a_frame_that_no_rule_knows_is_reported_with_what_it_says(make_host, frame) -> None:
    (problem,) = organise_scanned(
        make_host(RULES), [frame("a", DPR__TYPE="TEST", **DESCRIBED)]
    ).problems
    assert problem.detail == (
        "no rule applies to DPR.CATG 'CALIB', DPR.TYPE 'TEST', DPR.TECH 'IMAGE'"
    )


@pytest.mark.parametrize(
    ("instrume", "words"),
    [("ELSE", "INSTRUME is 'ELSE'; ready plugins serve DEMO"), ("", "INSTRUME is missing")],
)
def test_a_foreign_frame_is_reported_and_left_out(make_host, frame, instrume, words) -> None:
    result = organise_scanned(make_host(RULES), [frame("a", INSTRUME=instrume)])
    (problem,) = result.problems
    assert (problem.code, problem.detail) == ("organise.no-instrument", words)
    assert result.frames == ()


def test_without_rules_frames_are_recognised_but_unclassified(make_host, frame) -> None:
    result = organise_scanned(make_host(None), [frame("a", DPR__TYPE="BIAS")])
    assert [f.instrument for f in result.frames] == ["demo"]
    assert [p.detail for p in result.problems] == ["the rules of demo do not exist"]


def test_rules_that_do_not_parse_are_reported_at_their_place(make_host, frame) -> None:
    result = organise_scanned(make_host("if DPR.TYPE = 'BIAS' then {}"), [frame("a")])
    assert [p.code for p in result.problems] == ["rules.syntax", "organise.unclassified"]
    assert result.problems[0].path.endswith("rules.oca:1:13")


def test_hook_dfs_classify(make_host, organised, frame) -> None:
    asked = []

    def dfs_classify(headers):
        asked.append(len(headers))
        return [{"DO.CATG": f"{h['RAW.TYPE']}_LONG"} if h["EXPTIME"] > 60 else {} for h in headers]

    files = [
        frame(f"{n:04}", DPR__TYPE="BIAS", EXPTIME=90.0 if n % 2 else 1.0) for n in range(BATCH + 1)
    ]
    result = organised(make_host(RULES, dfs_classify=dfs_classify), files)
    assert asked == [BATCH, 1]
    assert [f.tag for f in result.frames[:2]] == ["BIAS", "BIAS_LONG"]
    assert result.frames[1].assigned == {"RAW.TYPE": "BIAS", "DO.CATG": "BIAS_LONG"}
    assert result.frames[1].header["DO.CATG"] == "BIAS_LONG"


@pytest.mark.parametrize(
    "answer",
    [
        lambda headers: 1 / 0,
        lambda headers: [],
        lambda headers: None,
        lambda headers: [{"DO.CATG": object()} for _ in headers],
    ],
    ids=["raises", "too few", "nothing", "no values"],
)
def test_a_failing_hook_leaves_its_frames_unclassified_and_says_so(
    make_host, frame, answer
) -> None:
    def dfs_classify(headers):
        return answer(headers)

    host = make_host(RULES, dfs_classify=dfs_classify)
    result = organise_scanned(host, [frame("a", DPR__TYPE="BIAS"), frame("b", DPR__TYPE="BIAS")])
    assert [f.tag for f in result.frames] == ["", ""]
    assert [p.code for p in result.problems] == ["plugin.hook-failed"] * 2
    assert "dfs_classify" in result.problems[0].detail
    assert result.blocks == ()


def test_the_time_is_that_of_the_instruments_keyword_or_else_date_obs(make_host, frame) -> None:
    host = make_host(RULES, instrument={"time_keyword": "DET.EXP.START"})
    files = [
        frame("a", DPR__TYPE="BIAS", DET__EXP__START=59000.5),
        frame("b", None, DPR__TYPE="BIAS", **{"DATE-OBS": "2020-05-31T12:00:00"}),
        frame("c", None, DPR__TYPE="BIAS", **{"DATE-OBS": "yesterday"}),
    ]
    result = organise_scanned(host, files)
    assert [f.time_mjd for f in result.frames] == [59000.5, 59000.5, None]
    assert [(p.path, p.code) for p in result.problems] == [("/raw/c.fits", "organise.no-time")]


def test_of_two_files_with_one_identity_the_first_is_taken(make_host, frame) -> None:
    same = {"DPR__TYPE": "BIAS", "ARCFILE": "DEMO.1.fits"}
    files = [frame("b", **same), frame("a", **same), frame("c", 60001.0, **same)]
    for order in (files, files[::-1]):
        result = organise_scanned(make_host(RULES), order)
        assert [f.path for f in result.frames] == ["/raw/a.fits"]
        assert [(p.path, p.code) for p in result.problems] == [
            ("/raw/b.fits", "organise.duplicate-identity"),
            ("/raw/c.fits", "organise.duplicate-identity"),
        ]
        assert "/raw/a.fits" in result.problems[0].detail
        assert result.problems[0].detail.endswith("the headers agree")
        assert result.problems[1].detail.endswith("the headers differ")


def test_products_inherit_their_frames_identity_and_are_no_duplicates(
    make_host, organised, frame
) -> None:
    files = [
        frame("raw", DPR__TYPE="BIAS", ARCFILE="DEMO.1.fits"),
        frame("x", PRO__CATG="MASTER_BIAS", ARCFILE="DEMO.1.fits"),
        frame("y", PRO__CATG="BPM", ARCFILE="DEMO.1.fits"),
    ]
    assert len(organised(make_host(RULES), files).frames) == 3


def test_frames_without_an_identity_are_known_by_their_path(make_host, organised, frame) -> None:
    files = [frame(name, DPR__TYPE="BIAS", ARCFILE="") for name in ("a", "b")]
    result = organised(make_host(RULES), files)
    assert [f.identity for f in result.frames] == ["/raw/a.fits", "/raw/b.fits"]
