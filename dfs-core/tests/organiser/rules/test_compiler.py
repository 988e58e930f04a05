"""Groups, actions, associations and products in the form that the organiser uses."""

from __future__ import annotations

import pickle

from dfs.organiser.rules import Value, compile_rules, parse_rules

RULES = """
if DPR.TYPE == "BIAS" then { RAW.TYPE = "BIAS"; }
if DPR.TYPE == "DARK" then { RAW.TYPE = "DARK"; }

select execute(BIAS) from inputFiles where RAW.TYPE == "BIAS"
  group by DET.BINX, DET.SPEED, TPL.START as (TPL_A, tpl);
minRet = 3; maxRet = 9;
select execute(DARK) from rawFiles where RAW.TYPE == "DARK" cluster by DET.BINX;
select execute(ALL) from inputFiles;

action BIAS { recipe old; }
action BIAS { recipe demo_bias { "--sigma=3"; } recipe demo_check; priority = 2; priority = 3;
  product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; PRO.DIT = DET.DIT; PRO.N = DET.DIT * 2; } }
action DARK
{
  minRet = 0; maxRet = 2;
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS"
    and inputFile.DET.BINX == DET.BINX and DET.SPEED == inputFile.DET.CLOCK
    and MJD-OBS between inputFile.MJD-OBS - 3 and inputFile.MJD-OBS + 3;
  select file as ONE from rawFiles;
  minRet = 2;
  select file as TWO from inputFiles where "LAMP" == DPR.TYPE or DPR.TYPE == "FLAT";
  recipe demo_dark;
}
"""


def test_groups_have_keys_names_and_numbers() -> None:
    bias, dark, everything = compile_rules(parse_rules(RULES)).groups
    assert (bias.action, bias.source) == ("BIAS", "inputFiles")
    assert bias.keys == ("DET.BINX", "DET.SPEED", "TPL.START")
    assert (bias.template, bias.suffix, bias.cluster) == ("TPL_A", "tpl", False)
    assert (bias.minimum, bias.maximum) == (1, None)
    assert (dark.source, dark.keys, dark.cluster) == ("rawFiles", ("DET.BINX",), True)
    assert (dark.minimum, dark.maximum) == (3, 9)
    assert everything.keys == ()


def test_a_group_takes_classified_files() -> None:
    bias, dark, everything = compile_rules(parse_rules(RULES)).groups
    header = {"RAW.TYPE": "BIAS"}
    assert bias.predicate(header)
    assert not dark.predicate(header)
    assert everything.predicate({})


def test_of_two_actions_with_one_name_the_later_is_in_force() -> None:
    actions = compile_rules(parse_rules(RULES)).actions
    assert list(actions) == ["BIAS", "DARK"]
    recipes = [(recipe.name, recipe.options) for recipe in actions["BIAS"].recipes]
    assert recipes == [("demo_bias", ("--sigma=3",)), ("demo_check", ())]
    assert actions["BIAS"].priority == 3
    assert actions["DARK"].priority == 0


def test_a_card_speaks_for_the_next_select_only() -> None:
    first, second, third = compile_rules(parse_rules(RULES)).actions["DARK"].associations
    assert (first.tag, first.minimum, first.maximum) == ("MASTER_BIAS", 0, 2)
    assert (second.tag, second.minimum, second.maximum) == ("ONE", 1, 1)
    assert (third.tag, third.minimum, third.maximum) == ("TWO", 2, 2)


def test_an_association_shows_what_an_index_can_use() -> None:
    first, second, third = compile_rules(parse_rules(RULES)).actions["DARK"].associations
    assert first.source == "calibFiles"
    assert first.equalities == (("DET.BINX", "DET.BINX"), ("DET.CLOCK", "DET.SPEED"))
    assert first.constants == (("PRO.CATG", "MASTER_BIAS"),)
    assert (second.equalities, second.constants) == ((), ())
    assert third.constants == ()


def test_an_association_compares_the_candidate_with_the_file_that_asks() -> None:
    first, second, third = compile_rules(parse_rules(RULES)).actions["DARK"].associations
    asking: dict[str, Value] = {"DET.BINX": 2, "DET.CLOCK": "fast", "MJD-OBS": 60000.0}
    candidate: dict[str, Value] = {
        "PRO.CATG": "MASTER_BIAS",
        "DET.BINX": 2,
        "DET.SPEED": "fast",
        "MJD-OBS": 60003.0,
    }
    assert first.predicate(candidate, asking)
    assert not first.predicate(candidate | {"MJD-OBS": 60003.1}, asking)
    assert not first.predicate(candidate, asking | {"DET.BINX": 1})
    assert not first.predicate(asking, candidate)
    assert second.predicate({}, {})
    assert third.predicate({"DPR.TYPE": "LAMP"}, {})


def test_a_product_has_the_header_of_its_group_with_its_assignments() -> None:
    (product,) = compile_rules(parse_rules(RULES)).actions["BIAS"].products
    assert product.name == "MASTER_BIAS"
    assert product.assign({"DET.DIT": 1.5}) == {
        "PRO.CATG": "MASTER_BIAS",
        "PRO.DIT": 1.5,
        "PRO.N": 3.0,
    }
    assert product.assign({}) == {"PRO.CATG": "MASTER_BIAS"}


def test_the_keywords_are_all_that_are_read_anywhere() -> None:
    assert compile_rules(parse_rules(RULES)).keywords == {
        "DET.BINX", "DET.CLOCK", "DET.DIT", "DET.SPEED", "DPR.TYPE", "MJD-OBS", "PRO.CATG",
        "RAW.TYPE", "TPL.START",
    }  # fmt: skip


def test_compiled_rules_travel_to_another_process() -> None:
    compiled = pickle.loads(pickle.dumps(compile_rules(parse_rules(RULES))))
    assert compiled.classify({"DPR.TYPE": "BIAS"}) == {"RAW.TYPE": "BIAS"}
    assert len(compiled.groups) == 3


def test_a_file_without_rules_compiles() -> None:
    compiled = compile_rules(parse_rules(""))
    assert compiled.classify({"DPR.TYPE": "BIAS"}) == {}
    assert (compiled.groups, dict(compiled.actions), compiled.keywords) == ((), {}, frozenset())


def test_thousands_of_rules_compile() -> None:
    shared = "".join(
        f'if A == "a{n % 7}" and B like "%b{n % 11}%" and C == {n % 3} then {{ D = {n}; }}\n'
        for n in range(3000)
    )
    deep = "".join(
        f"if {' and '.join(f'K{m} == {m}' for m in range(n + 1))} then {{ E = {n}; }}\n"
        for n in range(100)
    )
    compiled = compile_rules(parse_rules(shared + deep))
    header: dict[str, Value] = {"A": "a3", "B": "xb5", "C": 2}
    header |= {f"K{m}": m for m in range(100)}
    assigned = compiled.classify(header)
    assert assigned["E"] == 99
    assert assigned["D"] == max(n for n in range(3000) if (n % 7, n % 11, n % 3) == (3, 5, 2))
