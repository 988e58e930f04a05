from __future__ import annotations

import numpy as np
import pytest

from dfs.plugin import BadConfiguration, RecipeProduct
from dfs.testkit.bench import Bench
from dfs.testkit.recipes import RecipeRun, run_recipe


def run(bench: Bench, name: str, **parameters: float) -> RecipeRun:
    kind = name.removeprefix("demo_").upper()
    raw = [frame.path for frame in bench.organisation.frames if frame.tag == kind]
    return run_recipe(bench.instrument.recipes[name], {kind: raw}, **parameters)


def test_a_recipe_is_run_by_itself_with_its_products_at_hand(demo: Bench) -> None:
    done = run(demo, "demo_bias")
    master = done.products["MASTER_BIAS"]
    assert master.data.shape == master.error.shape == master.quality.shape == (16, 256)
    assert done.metrics["", "QC.BIAS.LEVEL"] == pytest.approx(200.0, abs=0.2)


def test_a_product_is_saved_for_the_next_recipe(demo: Bench) -> None:
    first = run(demo, "demo_bias")
    path = first.products["MASTER_BIAS"].save(demo.folder / "master_bias.fits")
    raw = [frame.path for frame in demo.organisation.frames if frame.tag == "DARK"]
    recipe = demo.instrument.recipes["demo_dark"]
    second = run_recipe(recipe, {"DARK": raw, "MASTER_BIAS": [path]})
    assert np.median(second.products["MASTER_DARK"].data) == pytest.approx(0.01, abs=0.01)


@pytest.mark.parametrize(("name", "reason"), [("kappa", "below"), ("kapa", "not declared")])
def test_a_parameter_that_the_recipe_does_not_allow_is_refused(
    name: str, reason: str, demo: Bench
) -> None:
    with pytest.raises(ValueError, match=reason):
        run(demo, "demo_bias", **{name: 0.5})


def test_a_product_that_is_not_declared_is_refused(demo: Bench) -> None:
    other = demo.instrument.recipes["demo_bias"].model_copy(
        update={"products": (RecipeProduct(category="OTHER"),)}
    )
    raw = [frame.path for frame in demo.organisation.frames if frame.tag == "BIAS"]
    with pytest.raises(BadConfiguration, match="MASTER_BIAS"):
        run_recipe(other, {"BIAS": raw})
