"""Each criterion finds what it looks for: a plugin is broken in one way at a time."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits

from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.organiser.model import MissingInput
from dfs.organiser.rules import parse_rules
from dfs.plugin import (
    AssociationLevel,
    AssociationValidity,
    CalibrationPlan,
    LevelRange,
    QualityParameter,
    RecipeProduct,
    Verdict,
)
from dfs.reduction.model import BlockState
from dfs.testkit.bench import Bench
from dfs.testkit.conformance import CRITERIA, check, check_instrument
from dfs.testkit.report import Check, ConformanceReport, Level


def failures(report: ConformanceReport) -> dict[str, str]:
    return {check.name: check.detail for check in report.failures}


def with_rules(bench: Bench, change: Callable[[str], str]) -> None:
    (resource,) = bench.instrument.rules.files
    text = change(bench.instrument.read_text(resource))
    bench.__dict__["rules"] = parse_rules(text, "demo.oca")


def declare(bench: Bench, **changes: object) -> None:
    bench.instrument = dataclasses.replace(bench.instrument, **changes)


def with_recipe(bench: Bench, name: str, **changes: object) -> None:
    recipes = dict(bench.instrument.recipes)
    recipes[name] = recipes[name].model_copy(update=changes)
    declare(bench, recipes=recipes)


def declares(bench: Bench) -> dict[str, str]:
    return failures(check(bench, "declares"))


def operates(bench: Bench) -> dict[str, str]:
    return failures(check(bench, "operates"))


def reduces(bench: Bench) -> dict[str, str]:
    return failures(check(bench, "reduces"))


# ── The report ──────────────────────────────────────────────────────────────


def test_the_demonstration_instrument_passes_every_level(host: Host) -> None:
    report = check_instrument(host, "DEMO", window_rows=32)
    assert report.passed, str(report)
    assert [c.name for c in report.checks] == [c.name for c in CRITERIA]
    assert report.actions == {"ACTION_BIAS", "ACTION_DARK", "ACTION_FLAT"}
    assert report.products == {"MASTER_BIAS", "MASTER_DARK", "MASTER_FLAT"}


def test_a_report_is_plain_values_with_a_line_for_each_check(demo: Bench) -> None:
    report = check(demo, "declares")
    assert json.loads(json.dumps(report.to_json()))["passed"] is True
    assert len(str(report).splitlines()) == len(report.checks)
    assert [level for level, _ in report.by_level()] == [Level.DECLARES]


def test_a_level_is_reached_only_when_the_one_before_is_passed(demo: Bench) -> None:
    with_recipe(demo, "demo_bias", function="dfs_demo.recipes:nowhere")
    assert {c.level for c in check(demo).checks} == {Level.DECLARES}


def test_a_plugin_that_is_not_there_is_no_report(host: Host) -> None:
    with pytest.raises(UserError, match=r"plugin\.unknown"):
        check_instrument(host, "nowhere")


def test_a_failed_check_says_where_and_what(demo: Bench) -> None:
    failed = Check(Level.DECLARES, "the rules parse", ok=False, detail="demo.oca:3:1: no")
    assert str(failed) == "FAIL declares: the rules parse: demo.oca:3:1: no"


# ── Declares ────────────────────────────────────────────────────────────────


def test_a_syntax_error_of_the_rules_is_reported_with_its_place(
    demo: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(demo.instrument), "read_text", lambda *_: "if then {")
    assert "demo.oca:1:4" in declares(demo)["the rules parse"]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("unknown-recipe", lambda text: text.replace("recipe demo_dark", "recipe demo_drak")),
        ("undefined-action", lambda text: text.replace("action ACTION_DARK", "action DARK")),
        ("inverted-limits", lambda text: text.replace("minRet = 0;", "minRet = 2;")),
        ("unproduced-tag", lambda text: text.replace('{ PRO.CATG = "MASTER_BIAS"; }', "{}")),
    ],
)
def test_a_mistake_that_the_linter_finds_is_a_failure(
    rule: str, change: Callable[[str], str], demo: Bench
) -> None:
    with_rules(demo, change)
    assert rule in declares(demo)["the rules have no mistake"]


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("dfs_demo.nowhere:run", "dfs_demo.nowhere"),
        ("dfs_demo.recipes:nowhere", "no such function"),
        ("dfs_demo.recipes:S_PER_H", "no such function"),
        ("dfs_demo.recipes:write", "not one argument"),
        ("dfs_demo.simulate:frames", "not a plain function"),
    ],
)
def test_a_recipe_that_could_not_run_is_a_failure(function: str, reason: str, demo: Bench) -> None:
    with_recipe(demo, "demo_bias", function=function)
    assert reason in declares(demo)["every recipe can be imported"]


def test_a_product_that_no_recipe_declares_is_a_failure(demo: Bench) -> None:
    with_recipe(demo, "demo_dark", products=(RecipeProduct(category="DARK_SUM"),))
    found = declares(demo)["every action has a recipe that makes its products"]
    assert found == "ACTION_DARK: no recipe of it declares the product MASTER_DARK"


def test_a_calibration_that_the_recipe_does_not_take_is_a_failure(demo: Bench) -> None:
    bias = demo.instrument.recipes["demo_bias"]
    with_recipe(demo, "demo_dark", inputs=bias.inputs)
    found = declares(demo)["every action has a recipe that makes its products"]
    assert found == "ACTION_DARK: demo_dark does not take MASTER_BIAS"


def test_a_plan_for_an_association_that_no_rule_makes_is_a_failure(demo: Bench) -> None:
    ranges = (LevelRange(level=AssociationLevel.PLAN, before_days=1, after_days=1),)
    entry = AssociationValidity(action="ACTION_BIAS", tag="MASTER_DARK", ranges=ranges)
    declare(demo, calibration_plan=CalibrationPlan(validities=(entry,)))
    found = declares(demo)["the calibration plan speaks of the rules"]
    assert found == "no action ACTION_BIAS of the rules takes MASTER_DARK"


# ── Operates ────────────────────────────────────────────────────────────────


def rewrite(path: Path, **cards: object) -> None:
    with fits.open(path, mode="update") as hdus:
        for keyword, value in cards.items():
            hdus[0].header[keyword.replace("_", "-")] = value
        hdus[0].add_checksum()


def test_a_plugin_without_simulator_does_not_operate(
    demo: Bench, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    implements = host.implements
    monkeypatch.setattr(
        host, "implements", lambda id_, hook: hook != "dfs_simulate" and implements(id_, hook)
    )
    assert "plugin.no-simulator" in operates(demo)["a day is simulated"]


def test_frames_that_differ_from_run_to_run_are_a_failure(demo: Bench) -> None:
    rewrite(demo.raw[0], OBSERVER="noise")
    assert "differs" in operates(demo)["the same request gives the same bytes"]


def test_frames_with_wrong_checksums_are_a_failure(demo: Bench) -> None:
    content = bytearray(demo.raw[0].read_bytes())
    content[-1] ^= 1
    demo.raw[0].write_bytes(content)
    assert "Checksum" in operates(demo)["every file is valid FITS with right checksums"]


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ({"EXPTIME": 10}, "EXPTIME is int"),
        ({"CRVAL1": 1}, "CRVAL1 is int"),
        ({"OBJECT": 5}, "OBJECT is int"),
    ],
)
def test_an_integer_where_a_float_belongs_is_a_failure(
    cards: dict[str, object], reason: str, demo: Bench
) -> None:
    rewrite(demo.raw[0], **cards)
    assert reason in operates(demo)["keywords have one type, and floats are floats"]


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ({"INSTRUME": "OTHER"}, "INSTRUME is 'OTHER'"),
        ({"MJD_OBS": "today"}, "MJD-OBS is no float"),
        ({"ARCFILE": "DEMO.2026-11-22T20:00:30.000.fits"}, "2 frames have ARCFILE"),
    ],
)
def test_a_frame_that_does_not_say_who_and_when_is_a_failure(
    cards: dict[str, object], reason: str, demo: Bench
) -> None:
    rewrite(demo.raw[0], **cards)
    assert reason in operates(demo)["every frame says who made it and when"]


def test_a_frame_that_no_rule_knows_is_a_failure(demo: Bench) -> None:
    with fits.open(demo.raw[0], mode="update") as hdus:
        hdus[0].header["HIERARCH ESO DPR TYPE"] = "TEAPOT"
    found = operates(demo)["every frame is classified"]
    assert found.startswith(f"{demo.raw[0].name}: no rule applies")


# ── Reduces ─────────────────────────────────────────────────────────────────


def with_result(bench: Bench, **changes: object) -> None:
    first, *others = bench.reduction.results
    results = (dataclasses.replace(first, **changes), *others)
    bench.__dict__["reduction"] = dataclasses.replace(bench.reduction, results=results)


def with_block(bench: Bench, **changes: object) -> None:
    first, *others = bench.organisation.blocks
    blocks = (dataclasses.replace(first, **changes), *others)
    bench.__dict__["organisation"] = dataclasses.replace(bench.organisation, blocks=blocks)


@pytest.fixture(scope="module")
def day(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Give a reduced day."""
    from dfs.plugin import SimulationRequest
    from dfs.testkit.conformance import NIGHT

    request = SimulationRequest(night=NIGHT, window_rows=16)
    bench = Bench(host, host.resolve("demo"), request, tmp_path_factory.mktemp("day"))
    assert check(bench).passed
    return bench


@pytest.fixture
def reduced(day: Bench, tmp_path: Path) -> Bench:
    """Give a copy of the reduced day, to be spoilt."""
    shutil.copytree(day.folder, tmp_path / "day", dirs_exist_ok=True)
    copy = dataclasses.replace(day, folder=tmp_path / "day")
    kept = ("organisation", "reduction")
    copy.__dict__.update({name: getattr(day, name) for name in kept})
    copy.__dict__["raw"] = [copy.folder / "raw" / path.name for path in day.raw]
    return copy


def test_a_missing_calibration_is_a_failure_with_its_reason(reduced: Bench) -> None:
    missing = MissingInput("MASTER_BIAS", 1, 0, "the nearest is a year old")
    with_block(reduced, missing=(missing,))
    assert "a year old" in reduces(reduced)["every calibration is found"]


def test_a_frame_without_use_is_a_failure(reduced: Bench) -> None:
    unused = reduced.organisation.blocks[0].inputs[0]
    with_block(reduced, inputs=reduced.organisation.blocks[0].inputs[1:])
    assert Path(unused.path).name in reduces(reduced)["every frame has a use"]


def test_too_few_frames_for_a_recipe_are_a_failure(reduced: Bench) -> None:
    with_block(reduced, inputs=reduced.organisation.blocks[0].inputs[:1])
    assert "gets 1 BIAS" in reduces(reduced)["recipes take what the rules give them"]


def test_a_block_that_fails_is_a_failure_with_code_and_detail(reduced: Bench) -> None:
    with_result(reduced, state=BlockState.FAILED, code="recipe.crashed", detail="it died")
    assert "it died [recipe.crashed]" in reduces(reduced)["every block is reduced"]


def test_a_promised_product_that_was_not_made_is_a_failure(reduced: Bench) -> None:
    with_result(reduced, products=())
    found = reduces(reduced)["the products are those that the rules promise"]
    assert found.endswith("demo_bias made no MASTER_BIAS")


def test_a_damaged_product_is_a_failure(reduced: Bench) -> None:
    (path,) = reduced.made("MASTER_BIAS")
    path.write_bytes(path.read_bytes()[:-2880])
    assert path.name in reduces(reduced)["every product is valid"]


@pytest.mark.parametrize(
    ("unit", "value", "reason"),
    [(0, "nan", "no value"), (1, "-1", "no error")],
)
def test_good_pixels_without_value_or_error_are_a_failure(
    unit: int, value: str, reason: str, reduced: Bench
) -> None:
    (path,) = reduced.made("MASTER_BIAS")
    with fits.open(path, mode="update", checksum=True) as hdus:
        hdus[unit].data[0, 0] = float(value)
    assert reason in reduces(reduced)["every product is valid"]


def test_a_product_that_says_it_is_another_is_a_failure(reduced: Bench) -> None:
    (path,) = reduced.made("MASTER_BIAS")
    with fits.open(path, mode="update", checksum=True) as hdus:
        hdus[0].header["HIERARCH ESO PRO CATG"] = "MASTER_DARK"
    assert "not 'MASTER_BIAS'" in reduces(reduced)["every product is valid"]


def test_a_parameter_that_is_never_measured_is_a_failure(reduced: Bench) -> None:
    parameter = QualityParameter(name="QC.BIAS.MOON", help="Moonlight.", recipes=("demo_bias",))
    declared = {**reduced.instrument.quality_parameters, parameter.name: parameter}
    declare(reduced, quality_parameters=declared)
    found = reduces(reduced)["every QC1 parameter is measured"]
    assert found == "demo_bias does not measure QC.BIAS.MOON"


def test_a_healthy_instrument_that_is_judged_bad_is_a_failure(reduced: Bench) -> None:
    score = reduced.reduction.results[0].scores[0].model_copy(update={"verdict": Verdict.BAD})
    with_result(reduced, scores=(score,))
    assert "is bad" in reduces(reduced)["no simulated frame is judged bad"]
