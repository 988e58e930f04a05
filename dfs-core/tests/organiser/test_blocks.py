"""Groups of frames: one block for each distinct tuple of values, named for good."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.organiser.blocks import recipe_parameters
from dfs.organiser.service import organise_scanned
from dfs.plugin import Parameter, Recipe, RecipeInput, RecipeProduct


def rules(grouping: str = "", cards: str = "", action: str = "recipe demo_bias;") -> str:
    return f"""
    if DPR.TYPE == "BIAS" then {{ DO.CATG = "BIAS"; }}
    {cards} select execute(ACTION_BIAS) from inputFiles where DO.CATG == "BIAS" {grouping};
    action ACTION_BIAS {{ {action} }}
    """


def members(organisation) -> list[list[str]]:
    return [[Path(i.path).stem for i in block.inputs] for block in organisation.blocks]


@pytest.fixture
def biases(frame):
    """Make bias frames a minute apart, of the values given."""

    def make(*values: object, keyword: str = "DET.WIN1.BINX"):
        return [
            frame(
                f"{number}",
                60000 + number / 1440,
                DPR__TYPE="BIAS",
                **({} if value is None else {keyword: value}),
            )
            for number, value in enumerate(values)
        ]

    return make


def test_frames_with_equal_values_form_a_block_oldest_first(make_host, organised, biases) -> None:
    files = biases(1, 2, 1, 2)
    result = organised(make_host(rules("group by DET.WIN1.BINX")), files[::-1])
    assert members(result) == [["0", "2"], ["1", "3"]]
    assert [block.setup for block in result.blocks] == [{"DET.WIN1.BINX": 1}, {"DET.WIN1.BINX": 2}]


def test_without_keys_all_frames_form_one_block(make_host, organised, biases) -> None:
    assert members(organised(make_host(rules()), biases(1, 2))) == [["0", "1"]]


def test_values_that_the_rules_call_equal_group_together(make_host, organised, biases) -> None:
    result = organised(make_host(rules("group by DET.WIN1.BINX")), biases(1, 1.0, "1", True))
    assert members(result) == [["0", "1", "2"], ["3"]]


def test_a_missing_keyword_is_a_value_of_its_own(make_host, organised, biases) -> None:
    host = make_host(rules("group by DET.WIN1.BINX"))
    result = organised(host, biases(None, 1, None))
    assert members(result) == [["0", "2"], ["1"]]
    assert result.blocks[0].setup == {}


def test_a_cluster_ends_where_another_set_up_comes_in_between(make_host, organised, biases) -> None:
    files = biases(1, 1, 2, 1)
    result = organised(make_host(rules("cluster by DET.WIN1.BINX")), files)
    assert members(result) == [["0", "1"], ["2"], ["3"]]


def test_a_group_with_too_many_frames_is_cut_in_time(make_host, organised, biases) -> None:
    host = make_host(rules("group by INSTRUME", cards="minRet = 1; maxRet = 2;"))
    assert members(organised(host, biases(1, 1, 1))) == [["0", "1"], ["2"]]


def test_a_group_with_too_few_frames_is_an_incomplete_block(make_host, organised, biases) -> None:
    (block,) = organised(make_host(rules(cards="minRet = 3;")), biases(1, 1)).blocks
    (missing,) = block.missing
    assert (missing.tag, missing.minimum, missing.found) == ("BIAS", 3, 2)
    assert not block.is_complete


def test_a_block_keeps_its_id_wherever_its_frames_lie(make_host, organised, biases) -> None:
    host = make_host(rules("group by DET.WIN1.BINX"))
    files = biases(1, 1)
    moved = [type(f)(f.path.replace("/raw/", "/elsewhere/"), f.header) for f in files[::-1]]
    (first,), (second,) = organised(host, files).blocks, organised(host, moved).blocks
    assert first.id == second.id
    assert first.id.startswith("bias-")
    assert organised(host, files[:1]).blocks[0].id != first.id


def test_frames_that_two_rules_group_alike_are_reduced_once(make_host, organised, biases) -> None:
    again = 'select execute(ACTION_BIAS) from inputFiles where DPR.TYPE like "BIAS%";'
    assert len(organised(make_host(rules() + again), biases(1)).blocks) == 1


def test_a_block_is_named_after_its_first_frame_and_the_group(make_host, organised, frame) -> None:
    host = make_host(rules("group by INSTRUME as (TPL_A,tpl)"))
    file = frame("a", DPR__TYPE="BIAS", ARCFILE="DEMO.2026-11-22T20:00:00.000.fits")
    assert organised(host, [file]).blocks[0].name == "DEMO.2026-11-22T20_00_00.000_tpl"


def test_a_group_for_an_action_that_is_not_there_is_reported(make_host, biases) -> None:
    host = make_host(rules().replace("action ACTION_BIAS", "action OTHER"))
    result = organise_scanned(host, biases(1, 1))
    assert result.blocks == ()
    assert [(p.code, p.detail) for p in result.problems] == [
        ("organise.no-action", "there is no action ACTION_BIAS")
    ]


def test_of_several_recipes_the_first_runs_and_it_is_said(make_host, biases) -> None:
    host = make_host(rules(action="recipe one; recipe two;"))
    result = organise_scanned(host, biases(1))
    assert result.blocks[0].recipe == "one"
    assert [p.code for p in result.problems] == ["organise.several-recipes"]


def test_unclassified_frames_and_products_are_not_grouped(make_host, frame) -> None:
    text = "select execute(A) from inputFiles; action A { recipe r; }"
    result = organise_scanned(make_host(text), [frame("a"), frame("b", PRO__CATG="MASTER_BIAS")])
    assert result.blocks == ()


@pytest.fixture(scope="module")
def by_binning(make_host):
    return make_host(rules("group by DET.WIN1.BINX"))


@given(st.permutations(range(6)), st.lists(st.sampled_from([1, 2, None]), min_size=6, max_size=6))
def test_blocks_do_not_depend_on_the_order_of_the_files(by_binning, frame, order, values) -> None:
    files = [
        frame(str(n), 60000 + n // 2, DPR__TYPE="BIAS", **({"DET.WIN1.BINX": v} if v else {}))
        for n, v in enumerate(values)
    ]
    shuffled = [files[n] for n in order]
    assert organise_scanned(by_binning, shuffled) == organise_scanned(by_binning, files)


# ── Signals of the on-line pipeline ─────────────────────────────────────────


def test_a_rule_for_each_frame_that_arrives_makes_a_block_a_frame(
    make_host, organised, biases
) -> None:
    host = make_host(rules().replace("where", "where SIG.FRAME == 1 and"))
    assert members(organised(host, biases(1, 1))) == [["0"], ["1"]]


def test_a_rule_for_the_end_of_a_template_makes_a_block_a_template(
    make_host, organised, biases
) -> None:
    host = make_host(
        rules().replace('DO.CATG == "BIAS" ', 'SIG.TEMPLATE == 1 and LF.DO.CATG == "BIAS"')
    )
    files = biases("first", "first", "second", None, keyword="TPL.START")
    assert members(organised(host, files)) == [["0", "1"], ["2"], ["3"]]


def test_the_last_frame_of_a_template_speaks_for_it(make_host, organised, frame) -> None:
    host = make_host("""
    if DPR.TYPE == "FLAT" then { DO.CATG = "FLAT"; }
    if DPR.TYPE == "WAVE" then { DO.CATG = "WAVE"; }
    select execute(CALIB) from inputFiles where SIG.TEMPLATE == 1 and LF.DO.CATG == "WAVE";
    action CALIB { recipe demo_calib; }
    """)
    files = [
        frame(f"{kind}{start}", 60000.0 + minute / 1440, DPR__TYPE=kind, TPL__START=start)
        for minute, (kind, start) in enumerate(
            [("FLAT", "A"), ("WAVE", "A"), ("WAVE", "B"), ("FLAT", "B")]
        )
    ]
    assert members(organised(host, files)) == [["FLATA", "WAVEA"]]


# ── Options of recipes ──────────────────────────────────────────────────────


def test_options_are_read_as_what_they_look_like() -> None:
    options = ("--degree=4", "--kappa=5.0 --merge", "--clean=FALSE", "--method=median", "--n=-1")
    assert recipe_parameters(options, None) == {
        "degree": 4,
        "kappa": 5.0,
        "merge": True,
        "clean": False,
        "method": "median",
        "n": -1,
    }


def test_options_are_read_as_the_recipe_declares_them() -> None:
    recipe = Recipe(
        name="demo_bias",
        title="Master bias",
        function="m:f",
        inputs=(RecipeInput(tag="BIAS"),),
        products=(RecipeProduct(category="MASTER_BIAS"),),
        parameters=(
            Parameter(name="kappa", type="float", default=4.0, help="σ"),
            Parameter(name="mode", type="str", default="1", help="a name"),
        ),
    )
    assert recipe_parameters(("--kappa=5", "--mode=2"), recipe) == {"kappa": 5.0, "mode": "2"}
    assert isinstance(recipe_parameters(("--kappa=5",), recipe)["kappa"], float)
