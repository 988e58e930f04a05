"""Targets: only what is wanted is kept, with all that it needs."""

from __future__ import annotations

import pytest

from dfs.foundation.errors import UserError
from dfs.organiser.service import organise_scanned
from dfs.organiser.targets import restrict
from dfs.plugin import Parameter, Recipe, RecipeInput, RecipeProduct, Workflow

RULES = """
if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
if DPR.TYPE == "DARK" then { DO.CATG = "DARK"; }
if DPR.TYPE == "FLAT" then { DO.CATG = "FLAT"; }
select execute(ACTION_BIAS) from inputFiles where DO.CATG == "BIAS" group by TPL.START;
select execute(ACTION_DARK) from inputFiles where DO.CATG == "DARK" group by TPL.START;
select execute(ACTION_FLAT) from inputFiles where DO.CATG == "FLAT" group by TPL.START;
action ACTION_BIAS {
  recipe demo_bias {"--kappa=5";}
  product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; }
}
action ACTION_DARK {
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS";
  recipe demo_dark;
  product MASTER_DARK { PRO.CATG = "MASTER_DARK"; }
}
action ACTION_FLAT {
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS";
  recipe demo_flat;
  product MASTER_FLAT { PRO.CATG = "MASTER_FLAT"; }
}
"""


@pytest.fixture(scope="module")
def host(make_host):
    def recipe(name: str, tag: str) -> Recipe:
        return Recipe(
            name=name,
            title=name,
            function="demo:run",
            inputs=(RecipeInput(tag=tag),),
            products=(RecipeProduct(category=f"MASTER_{tag}"),),
            parameters=(Parameter(name="kappa", type="float", default=4.0, help="clip"),),
        )

    quick = Workflow(
        target="quick-look",
        title="Fit for use?",
        actions=("ACTION_FLAT",),
        parameters={"demo_bias": {"kappa": 3.0}},
    )
    science = Workflow(target="science", title="Science", actions=("ACTION_SCIENCE",))
    recipes = (
        recipe("demo_bias", "BIAS"),
        recipe("demo_dark", "DARK"),
        recipe("demo_flat", "FLAT"),
    )
    return make_host(RULES, dfs_recipes=lambda: recipes, dfs_workflows=lambda: (quick, science))


@pytest.fixture
def night(host, raw):
    return organise_scanned(host, [raw("BIAS"), raw("DARK"), raw("FLAT"), raw("BIAS", 9)])


def actions(organisation) -> list[str]:
    return sorted(block.action for block in organisation.blocks)


def test_hook_dfs_workflows(host, night) -> None:
    kept = restrict(night, "quick-look", host.instruments)
    assert actions(kept) == ["ACTION_BIAS", "ACTION_FLAT"]
    assert kept.frames == night.frames
    bias, flat = kept.blocks
    assert flat.depends_on == {bias.id}
    assert bias.parameters == {"kappa": 3.0}
    assert flat.parameters == {}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("all", ["ACTION_BIAS", "ACTION_BIAS", "ACTION_DARK", "ACTION_FLAT"]),
        ("ACTION_DARK", ["ACTION_BIAS", "ACTION_DARK"]),
        ("MASTER_FLAT", ["ACTION_BIAS", "ACTION_FLAT"]),
        ("MASTER_BIAS", ["ACTION_BIAS", "ACTION_BIAS"]),
        ("science", []),
    ],
)
def test_a_target_an_action_or_a_product_may_be_wanted(host, night, target, expected) -> None:
    assert actions(restrict(night, target, host.instruments)) == expected


def test_what_nothing_is_called_is_refused_with_all_names(host, night) -> None:
    with pytest.raises(UserError) as caught:
        restrict(night, "sience", host.instruments)
    assert caught.value.code.name == "organise.unknown-target"
    for name in ("all", "quick-look", "science", "ACTION_DARK", "MASTER_FLAT"):
        assert name in caught.value.detail
