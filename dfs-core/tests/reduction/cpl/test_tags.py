"""Which frames a recipe takes and makes, as the ways of its authors tell it."""

from __future__ import annotations

from dfs.organiser.rules.parser import parse_rules
from dfs.organiser.rules.summary import summary
from dfs.reduction.cpl.declare import declaration
from dfs.reduction.cpl.tags import CplTag, CplTags, tags_in_rules, tags_in_text

TABLES = """
This recipe makes a flat.

Input files:

  DO category:      Type:   Explanation:          Required:
  SCREEN_FLAT       Raw     Flat field exposures     Y
  MASTER_BIAS       Calib   Bias frame               Y
  GRISM_TABLE       Calib   Settings                 .

Output files:

  DO category:      Data type:  Explanation:
  MASTER_SCREEN_FLAT_NORMALISED FITS image  Normalised flat
  (none)            FITS image  Not used

The parameters of MOS mode are explained elsewhere.
"""

ONE_TABLE = """
The program accepts the following files in the SOF:

    Tag                   Description
    -----------------------------------------------------------------------
    DARK                  A list of raw dark images
    REFERENCE_DARK_OF_THE_YEAR Optional reference dark
If no REFERENCE_DARK is given, nothing is compared.
"""

LIST = """
  Input Frames :
    - [UVB] A set of n RAW frames (Format=RAW, n >=3, Tag = BIAS_arm)
    - [OPTIONAL] A map of bad pixels (Format=QUP, Tag = BP_MAP_arm)
  Products :
    - A master bias frame (Format=PRE, PRO.CATG = MASTER_BIAS_arm)
"""

PROSE = """
The input flat field frames must match (D|T|)FLAT_(BLUE|RED). Also, a master bias
(MASTER_BIAS_xxxx, xxxx = BLUE, REDL, REDU) must be provided. A master dark
(MASTER_(P)DARK_BLUE) may optionally be provided. The recipe produces FLATTENED_BLUE.
"""


def named(tags: tuple[CplTag, ...]) -> list[str]:
    return [f"{tag.name}{'?' if tag.is_optional else ''}" for tag in tags]


def test_tables_of_inputs_and_outputs() -> None:
    tags = tags_in_text(TABLES)
    assert named(tags.inputs) == ["SCREEN_FLAT", "MASTER_BIAS", "GRISM_TABLE?"]
    assert named(tags.products) == ["MASTER_SCREEN_FLAT_NORMALISED"]
    assert tags.inputs[0].help == "Raw Flat field exposures"
    assert not tags.is_guess


def test_a_table_of_inputs_alone() -> None:
    tags = tags_in_text(ONE_TABLE)
    assert named(tags.inputs) == ["DARK", "REFERENCE_DARK_OF_THE_YEAR?"]
    assert tags.products == ()


def test_a_list_that_names_tags_and_categories() -> None:
    tags = tags_in_text(LIST)
    assert named(tags.inputs) == ["BIAS_arm", "BP_MAP_arm?"]
    assert named(tags.products) == ["MASTER_BIAS_arm"]
    assert tags.inputs[1].help == "A map of bad pixels"


def test_prose_is_a_guess_with_its_abbreviations_written_out() -> None:
    tags = tags_in_text(PROSE)
    assert tags.is_guess
    assert named(tags.inputs) == [
        *("DFLAT_BLUE", "DFLAT_RED", "TFLAT_BLUE", "TFLAT_RED", "FLAT_BLUE", "FLAT_RED"),
        *("MASTER_BIAS_BLUE", "MASTER_BIAS_REDL", "MASTER_BIAS_REDU"),
        *("MASTER_DARK_BLUE?", "MASTER_PDARK_BLUE?"),
    ]
    assert named(tags.products) == ["FLATTENED_BLUE"]


def test_rules_tell_what_an_action_gives_to_a_recipe() -> None:
    rules = parse_rules(
        'select execute(ACTION_FLAT) from inputFiles where DO.CATG == "FLAT" group by TPL.START;'
        "action ACTION_FLAT {"
        "  minRet = 1; maxRet = 1;"
        '  select file as MASTER_BIAS from calibFiles where PRO.CATG == "X";'
        "  minRet = 0; maxRet = 1;"
        '  select file as MASTER_DARK from calibFiles where PRO.CATG == "Y";'
        "  recipe demo_flat;"
        '  product MASTER { PRO.CATG = "MASTER_FLAT"; }'
        "}"
        "action ACTION_OTHER { recipe demo_other; }"
    )
    tags = tags_in_rules(summary(rules), "demo_flat")
    assert named(tags.inputs) == ["FLAT", "MASTER_BIAS", "MASTER_DARK?"]
    assert named(tags.products) == ["MASTER_FLAT"]
    assert tags_in_rules(summary(rules), "demo_third") == CplTags()


def test_a_declaration_is_python_that_a_plugin_can_begin_with() -> None:
    from dfs import plugin

    text = declaration("demo", "demo_flat", 'Make a "flat"', tags_in_text(TABLES))
    recipe = eval(text, vars(plugin))
    assert recipe.title == 'Make a "flat"'
    assert recipe.cpl == plugin.CplRecipe(pipeline="demo")
    assert [i.minimum for i in recipe.inputs] == [1, 1, 0]
    assert [p.category for p in recipe.products] == ["MASTER_SCREEN_FLAT_NORMALISED"]


def test_a_declaration_says_what_it_does_not_know() -> None:
    text = declaration("demo", "demo_flat", "", tags_in_text(PROSE))
    assert "check each" in text
    assert "Its manual names none" in declaration("demo", "x", "", CplTags())
