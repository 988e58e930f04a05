"""Parameters, sets of frames and lists of products: what esorex tells and is told."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.plugin import CplRecipe, Parameter, Recipe, RecipeInput, RecipeProduct
from dfs.reduction.cpl.files import listed_products, parameter_text, sof_text
from dfs.reduction.cpl.parameters import effective_recipe, read_parameters


def told(**changes: object) -> dict[str, object]:
    entry = {"name": "demo.kappa", "display_name": "kappa", "valtype": "double", "value": 3}
    return entry | {"partype": "value", "description": "Where  to\nclip"} | changes


def declared(cpl: CplRecipe, *parameters: Parameter) -> Recipe:
    return Recipe(
        name="demo_bias",
        title="",
        cpl=cpl,
        inputs=(RecipeInput(tag="BIAS"),),
        products=(RecipeProduct(category="MASTER_BIAS"),),
        parameters=parameters,
    )


def test_a_parameter_has_its_type_default_and_one_line_of_help() -> None:
    (found,) = read_parameters([told()])
    assert found.parameter == Parameter(
        name="kappa", type="float", default=3.0, help="Where to clip"
    )
    assert (found.cpl_name, found.cpl_default) == ("demo.kappa", 3.0)


@pytest.mark.parametrize(
    ("kind", "low", "high", "bounds"),
    [
        ("double", 0.5, 9, (0.5, 9.0)),
        ("double", -1.7976931348623157e308, 1.7976931348623157e308, (None, None)),
        ("int", 0, 2147483647, (0.0, None)),
        ("int", -2147483648, 5, (None, 5.0)),
    ],
)
def test_the_bounds_of_a_type_are_no_bounds(
    kind: str, low: float, high: float, bounds: tuple[float | None, float | None]
) -> None:
    (found,) = read_parameters([told(valtype=kind, partype="range", valmin=low, valmax=high)])
    assert (found.parameter.minimum, found.parameter.maximum) == bounds


def test_what_a_recipe_takes_by_itself_is_allowed() -> None:
    outside, odd = read_parameters(
        [
            told(value=-1, partype="range", valmin=0, valmax=9),
            told(
                name="demo.method",
                display_name="method",
                valtype="string",
                value="auto",
                partype="enum",
                valenum=["mean", "median"],
            ),
        ]
    )
    assert (outside.parameter.minimum, outside.parameter.maximum) == (-1.0, 9.0)
    assert odd.parameter.choices == ("auto", "mean", "median")


def test_names_are_unique_and_have_no_dash() -> None:
    found = read_parameters(
        [
            told(display_name="keep-temp"),
            told(name="demo.other.keep-temp", display_name="keep-temp"),
            told(name="demo.last", display_name="2nd"),
            told(display_name="told-twice"),
        ]
    )
    names = [one.parameter.name for one in found]
    assert names == ["told_twice", "keep_temp", "demo.last"]


@pytest.mark.parametrize("entry", [{"name": "x"}, told(valtype="complex"), 3])
def test_what_esorex_does_not_write_is_refused(entry: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_parameters([entry])  # type: ignore[list-item]


def test_the_declared_meaning_the_pipelines_type_and_the_plugins_default_count() -> None:
    own = Parameter(name="kappa", type="float", default=9.0, maximum=10.0, help="clip above, σ")
    cpl = CplRecipe(pipeline="demo", parameters={"kappa": 4}, memory_mb=77, time_limit_s=5.0)
    recipe = effective_recipe(declared(cpl, own), cpl, read_parameters([told()]))
    assert recipe.parameters == (
        Parameter(name="kappa", type="float", default=4.0, help="clip above, σ"),
    )
    assert (recipe.memory_mb, recipe.time_limit_s) == (77, 5.0)


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [({"sigma": 4.0}, "does not have: sigma"), ({"demo.kappa": "high"}, "not of type float")],
)
def test_a_plugin_cannot_set_what_there_is_not(wanted: dict[str, object], problem: str) -> None:
    cpl = CplRecipe.model_validate({"pipeline": "demo", "parameters": wanted})
    with pytest.raises(ValueError, match=problem):
        effective_recipe(declared(cpl), cpl, read_parameters([told()]))


def test_values_are_spelt_as_esorex_reads_them() -> None:
    values = {"a": True, "b": 3, "c": 2.5, "d": 'it\'s "\\" #1 '}
    assert parameter_text(values) == 'a=TRUE\nb=3\nc=2.5\nd="it\'s \\"\\\\\\" #1 "\n'


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs"))))
def test_any_printable_text_can_be_a_value(value: str) -> None:
    (line,) = parameter_text({"p": value}).splitlines()
    inner = line.removeprefix('p="').removesuffix('"')
    assert re.sub(r"\\(.)", r"\1", inner) == value
    assert not re.search(r'(?<!\\)(?:\\\\)*"', inner)  # none is left without its escape


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="parameter p"):
        parameter_text({"p": "two\nlines"})
    with pytest.raises(ValueError, match="white space"):
        sof_text([("/a b.fits", "BIAS")])


def test_a_set_of_frames_and_a_list_of_products() -> None:
    assert sof_text([("/a.fits", "BIAS"), ("b.fits", "T")]) == "/a.fits BIAS\nb.fits T\n"
    (product,) = listed_products(r'[{"name": "made\/x.fits", "category": "MASTER_BIAS"}]')
    assert (product.path, product.category) == ("made/x.fits", "MASTER_BIAS")


@pytest.mark.parametrize("text", ["", "3", json.dumps([{"name": "x"}]), "[3]"])
def test_a_list_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        listed_products(text)
