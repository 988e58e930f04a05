"""One recipe by hand, on a set of frames."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.foundation.fits.headers import read_header
from dfs.host import Host
from dfs.plugin import Parameter, Recipe, RecipeInput, RecipeProduct
from dfs.reduction.blocks import count_problem, parameter_values
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.model import BlockState
from dfs.reduction.single import find_recipe, list_recipes, run_recipe
from dfs.reduction.sof import SofLine, parse_sof


@pytest.fixture
def biases(raw: Mapping[str, list[str]], tmp_path: Path) -> Path:
    frames = [path for path in raw["demo"] if read_header(path)["DPR.TYPE"] == "BIAS"]
    sof = tmp_path / "bias.sof"
    sof.write_text("# the biases\n\n" + "".join(f"{path} BIAS  # raw\n" for path in frames))
    return sof


def test_a_set_of_frames_is_a_line_a_frame() -> None:
    text = "# a comment\n\n/raw/a b#1.fits BIAS\nb.fits\tDARK # why\n"
    assert parse_sof(text, "x.sof") == (
        SofLine("/raw/a b#1.fits", "BIAS", 3),
        SofLine("b.fits", "DARK", 4),
    )


@pytest.mark.parametrize(
    ("text", "where"), [("a.fits BIAS\nb.fits\n", "x.sof:2"), ("# nothing\n", "x.sof")]
)
def test_a_wrong_line_is_named(text: str, where: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_sof(text, "x.sof")
    assert (caught.value.code.name, caught.value.where) == ("sof.syntax", where)


def test_a_recipe_run_by_hand_leaves_products_and_log(
    host: Host, biases: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = run_recipe(host, "DEMO.demo_bias", biases, out, parameters={"kappa": "3.5"})
    assert result.state is BlockState.DONE
    assert sorted(p.name for p in out.iterdir()) == [
        "demo_bias.log",
        "demo_bias_master_bias.fits",
    ]
    header = read_header(out / "demo_bias_master_bias.fits")
    assert header["PRO.REC1.PARAM1.VALUE"] == "3.5"
    assert header["PRO.DATANCOM"] == 5
    assert [m.name for m in result.measurements] == ["QC.BIAS.LEVEL", "QC.BIAS.RON"]
    assert len(result.scores) == 2


def test_products_in_a_set_are_calibrations(
    host: Host, raw: Mapping[str, list[str]], biases: Path, tmp_path: Path
) -> None:
    run_recipe(host, "demo.demo_bias", biases, tmp_path, engine=InlineEngine())
    dark = next(path for path in raw["demo"] if read_header(path)["DPR.TYPE"] == "DARK")
    sof = tmp_path / "dark.sof"
    sof.write_text(f"demo_bias_master_bias.fits MASTER_BIAS\n{dark} DARK\n")
    result = run_recipe(host, "demo.demo_dark", sof, tmp_path, engine=InlineEngine())
    assert result.state is BlockState.DONE
    header = read_header(tmp_path / "demo_dark_master_dark.fits")
    assert header["PRO.REC1.RAW1.CATG"] == "DARK"
    assert header["PRO.REC1.CAL1.NAME"] == "demo_bias_master_bias.fits"
    assert header["PRO.REC1.CAL1.DATAMD5"]
    assert header["ARCFILE"] == read_header(dark)["ARCFILE"] == header["PRO.ANCESTOR"]
    assert "DPR.TYPE" not in header


def test_a_recipe_that_crashes_leaves_only_its_log(
    host: Host, raw: Mapping[str, list[str]], tmp_path: Path
) -> None:
    frame = next(path for path in raw["faulty"] if path.endswith(".segfault.fits"))
    sof = tmp_path / "x.sof"
    sof.write_text(f"{frame} SEGFAULT\n")
    result = run_recipe(host, "faulty.faulty_segfault", sof, tmp_path / "out")
    assert (result.state, result.code) == (BlockState.FAILED, "recipe.crashed")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["faulty_segfault.log"]


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ("{frame} BIAS\n{frame} SKY\n", "sof.tag", ":2"),
        ("{frame} BIAS\n\ngone.fits BIAS\n{frame} BIAS\n", "sof.missing-file", ":3"),
        ("{frame} BIAS\n", "sof.count", ""),
    ],
)
def test_what_is_wrong_with_a_set_of_frames_is_found_before_anything_runs(
    host: Host,
    raw: Mapping[str, list[str]],
    tmp_path: Path,
    lines: str,
    code: str,
    place: str,
) -> None:
    sof = tmp_path / "x.sof"
    sof.write_text(lines.format(frame=raw["demo"][0]))
    with pytest.raises(UserError) as caught:
        run_recipe(host, "demo.demo_bias", sof, tmp_path / "out", engine=InlineEngine())
    assert caught.value.code.name == code
    assert caught.value.where == f"{sof}{place}"
    assert not (tmp_path / "out").exists()


def test_recipes_are_listed_and_found_by_name(host: Host) -> None:
    assert [r.name for r in list_recipes(host, "DEMO")] == [
        "demo.demo_bias",
        "demo.demo_dark",
        "demo.demo_flat",
    ]
    assert find_recipe(host, "demo.demo_flat").recipe.title == "Master flat"
    for name in ("demo_flat", "demo.demo_sky"):
        with pytest.raises(UserError) as caught:
            find_recipe(host, name)
        assert caught.value.code.name == "recipe.unknown"


def declared(**parameter: object) -> Recipe:
    return Recipe(
        name="r",
        title="",
        function="m:f",
        inputs=(RecipeInput(tag="A", minimum=2, maximum=3),),
        products=(RecipeProduct(category="B"),),
        parameters=(Parameter.model_validate({"name": "p", "help": "", **parameter}),),
    )


@pytest.mark.parametrize(
    ("kind", "default", "given", "value"),
    [
        ("float", 1.0, "2.5", 2.5),
        ("float", 1.0, 2, 2.0),
        ("int", 1, " 7", 7),
        ("bool", False, "TRUE", True),
        ("bool", True, "no", False),
        ("str", "a", "7", "7"),
    ],
)
def test_text_is_read_as_the_declared_type(
    kind: str, default: object, given: object, value: object
) -> None:
    recipe = declared(type=kind, default=default)
    values = parameter_values(recipe, {"p": given})  # type: ignore[dict-item]
    assert values == {"p": value}
    assert type(values["p"]) is type(value)
    assert parameter_values(recipe, {}) == {"p": default}


@pytest.mark.parametrize(
    ("kind", "default", "given"), [("int", 1, "two"), ("bool", True, "maybe"), ("float", 1.0, "11")]
)
def test_a_value_that_is_not_allowed_is_an_error(kind: str, default: object, given: str) -> None:
    recipe = declared(type=kind, default=default, maximum=10)
    with pytest.raises(UserError, match="parameter p of r"):
        parameter_values(recipe, {"p": given})


def test_an_unknown_parameter_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(UserError, match="no parameter 'q'; it has p"):
        parameter_values(declared(type="int", default=1), {"q": "1"})


@pytest.mark.parametrize(
    ("tags", "problem"), [("A", "at least 2"), ("AA", ""), ("AAA", ""), ("AAAA", "at most 3")]
)
def test_frames_are_counted(tags: str, problem: str) -> None:
    found = count_problem(declared(type="int", default=1), tags)
    assert problem in found
    assert bool(found) == bool(problem)
