"""Each hook: asked as specified, and failing as its kind fails."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from dfs.foundation.errors import PluginError, UserError
from dfs.host import Host, PluginState
from dfs.plugin import (
    BlockReduced,
    CalibrationPlan,
    Container,
    ContainerKind,
    Instrument,
    InstrumentPackage,
    Limits,
    Measurement,
    Member,
    ObservationBlock,
    QualityParameter,
    RawFrame,
    RawImage,
    Recipe,
    RecipeInput,
    RecipeProduct,
    Resource,
    Rules,
    Score,
    SimulationRequest,
    StaticCalibration,
    Template,
    TemplateKind,
    Verdict,
    Workflow,
    hookimpl,
    hookspecs,
)
from dfs.plugin.calibration import AssociationLevel, AssociationValidity, LevelRange
from dfs.plugin.hookspecs import HOOKS

RECIPE = Recipe(
    name="demo_bias",
    title="Master bias",
    function="demo:run",
    inputs=(RecipeInput(tag="BIAS"),),
    products=(RecipeProduct(category="MASTER_BIAS"),),
)
LEVEL = QualityParameter(
    name="QC.BIAS.LEVEL", unit="ADU", help="Bias level.", recipes=("demo_bias",), limits=Limits()
)
MEASURED = Measurement(name="QC.BIAS.LEVEL", value=200.0, category="MASTER_BIAS")
REQUEST = SimulationRequest(night="2026-03-01")
PACKAGE = InstrumentPackage(
    instrument="demo", instrume="DEMO", version="98.10", templates=(), constraints=()
)
OB = ObservationBlock(
    name="Twice",
    instrument="DEMO",
    package_version="98.10",
    templates=(
        Template(
            name="DEMO_img_obs_cube",
            kind=TemplateKind.SCIENCE,
            parameters={"SEQ.NOFF": 3, "SEQ.RELOFF1": (1.0, 2.0), "DET.UIT": 5.0, "SEQ.CUBES": 10},
        ),
    ),
)
CONCATENATION = Container(
    kind=ContainerKind.CONCATENATION, name="C", members=(Member(item=OB), Member(item=OB))
)
EVENT = BlockReduced(block="b1", instrument="demo", action="A", recipe="demo_bias")


def demo(make_plugin, *functions) -> Host:
    return Host.from_modules({"demo": make_plugin(*functions)})


def refusal(make_plugin, *functions) -> str:
    report = demo(make_plugin, *functions).plugins[0]
    assert report.state is PluginState.BROKEN
    return report.reason


def dfs_recipes():
    return (RECIPE,)


# ── Declarations ────────────────────────────────────────────────────────────


def test_hook_instrument(make_plugin):
    host = demo(make_plugin)

    assert host.instruments["demo"].instrument.instrume == ("DEMO",)


def test_hook_rules(make_plugin):
    def dfs_rules():
        return Rules(files=(Resource(package="dfs", path="py.typed"),))

    registered = demo(make_plugin, dfs_rules).instruments["demo"]

    assert registered.read_text(registered.rules.files[0]) == ""
    assert registered.resource_name(registered.rules.files[0]) == "dfs/py.typed"


@pytest.mark.parametrize("path", ["no.oca", "../dfs/py.typed", "/etc/hostname"])
def test_rules_that_are_not_in_the_package_are_refused(make_plugin, path):
    def dfs_rules():
        return Rules(files=(Resource(package="dfs", path=path),))

    assert "does not contain" in refusal(make_plugin, dfs_rules)


def test_hook_calibration_plan(make_plugin):
    plan = CalibrationPlan(
        validities=(
            AssociationValidity(
                action="DARK",
                tag="MASTER_BIAS",
                ranges=(LevelRange(level=AssociationLevel.PLAN, before_days=3, after_days=3),),
            ),
        )
    )

    def dfs_calibration_plan():
        return plan

    assert demo(make_plugin, dfs_calibration_plan).instruments["demo"].calibration_plan == plan


def test_hook_static_calibrations(make_plugin, tmp_path, monkeypatch):
    package = tmp_path / "dfs_made_static"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "lines.fits").write_bytes(b"")
    monkeypatch.syspath_prepend(str(tmp_path))

    def declaring(name: str):
        resource = Resource(package="dfs_made_static", path=name)

        def dfs_static_calibrations():
            return (StaticCalibration(resource=resource, title="Lines of the lamp"),)

        return dfs_static_calibrations

    registered = demo(make_plugin, declaring("lines.fits")).instruments["demo"]
    (lines,) = registered.static_calibrations
    assert registered.path(lines.resource) == package / "lines.fits"

    assert "names 'stars.fits', which" in refusal(make_plugin, declaring("stars.fits"))


def test_hook_recipes(make_plugin):
    assert demo(make_plugin, dfs_recipes).instruments["demo"].recipes == {"demo_bias": RECIPE}


def test_a_recipe_declared_twice_is_refused(make_plugin):
    def dfs_recipes():
        return (RECIPE, RECIPE)

    assert "recipe demo_bias twice" in refusal(make_plugin, dfs_recipes)


def test_hook_workflows(make_plugin):
    def workflow(target: str = "calibration", **more: object) -> Workflow:
        return Workflow(target=target, title="Masters", actions=("ACTION_BIAS",), **more)

    @hookimpl
    def dfs_recipes():
        return (RECIPE,)

    @hookimpl
    def dfs_workflows():
        return (workflow(), workflow("quick-look", parameters={"demo_bias": {"kappa": 3.0}}))

    host = demo(make_plugin, dfs_recipes, dfs_workflows)
    assert list(host.instruments["demo"].workflows) == ["calibration", "quick-look"]

    @hookimpl
    def dfs_workflows():
        return (workflow(), workflow())

    assert "declares target calibration twice" in refusal(make_plugin, dfs_workflows)

    @hookimpl
    def dfs_workflows():
        return (workflow(parameters={"demo_dark": {"kappa": 3.0}}),)

    assert "demo_dark, which is not declared" in refusal(make_plugin, dfs_recipes, dfs_workflows)


def test_hook_quality_parameters(make_plugin):
    def dfs_quality_parameters():
        return [LEVEL]

    registered = demo(make_plugin, dfs_recipes, dfs_quality_parameters).instruments["demo"]

    assert registered.quality_parameters == {"QC.BIAS.LEVEL": LEVEL}


def test_a_quality_parameter_of_a_recipe_that_is_not_declared_is_refused(make_plugin):
    def dfs_quality_parameters():
        return [LEVEL]

    assert "names the recipe demo_bias" in refusal(make_plugin, dfs_quality_parameters)


def test_a_declaration_that_changes_is_refused(make_plugin):
    answers = iter([(RECIPE,), ()])

    def dfs_recipes():
        return next(answers)

    assert "two different answers" in refusal(make_plugin, dfs_recipes)


def test_a_declaration_of_nothing_is_refused(make_plugin):
    def dfs_rules():
        return None

    assert "dfs_rules returned nothing" in refusal(make_plugin, dfs_rules)


def test_a_declaration_made_piece_by_piece_is_refused(make_plugin):
    def dfs_recipes():
        yield RECIPE

    assert "is a generator" in refusal(make_plugin, dfs_recipes)


# ── Decisions ───────────────────────────────────────────────────────────────


def test_hook_classify(make_plugin):
    def dfs_classify(headers):
        return [{"DO.CATG": header["OBJECT"]} for header in headers]

    host = demo(make_plugin, dfs_classify)

    assert host.classify("demo", [{"OBJECT": "BIAS"}, {"OBJECT": "DARK"}]) == [
        {"DO.CATG": "BIAS"},
        {"DO.CATG": "DARK"},
    ]


def test_without_a_classifier_the_frames_stay_as_they_are(make_plugin):
    assert demo(make_plugin).classify("demo", [{}, {}]) == [{}, {}]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ([], "0 answers for 1 headers"),
        (None, "returned a NoneType"),
        ([{"DO.CATG": object()}], "returned a list that is not what it should be at \\[0\\]"),
        ("B", "returned a str"),
    ],
)
def test_a_wrong_classification_is_an_error_and_never_an_answer(make_plugin, answer, problem):
    def dfs_classify(headers):
        return answer

    with pytest.raises(PluginError, match=problem):
        demo(make_plugin, dfs_classify).classify("demo", [{}])


def test_a_decision_that_raises_names_plugin_hook_and_cause(make_plugin):
    def dfs_classify(headers):
        raise ZeroDivisionError("no frames")

    with pytest.raises(PluginError) as caught:
        demo(make_plugin, dfs_classify).classify("demo", [{}])

    assert (caught.value.plugin, caught.value.hook) == ("demo", "dfs_classify")
    assert "ZeroDivisionError: no frames (test_hooks.py, line" in caught.value.cause


def test_a_decision_is_asked_of_the_one_instrument_concerned(make_plugin):
    def dfs_classify(headers):
        raise AssertionError("asked the wrong instrument")

    host = Host.from_modules(
        {"demo": make_plugin(), "other": make_plugin(dfs_classify, instrume="OTHER")}
    )

    assert host.classify("demo", [{}]) == [{}]


def test_hook_score_quality(make_plugin):
    score = Score(
        name="QC.BIAS.LEVEL", category="MASTER_BIAS", verdict=Verdict.GOOD, reason="as ever"
    )

    def dfs_score_quality(measurements, history):
        return [score] if measurements and not history else []

    assert demo(make_plugin, dfs_score_quality).score_quality("demo", [MEASURED], []) == [score]
    assert demo(make_plugin).score_quality("demo", [MEASURED], []) == ()


def test_hook_simulate(make_plugin):
    frame = RawFrame(filename="DEMO.1.fits", units=(RawImage(),))

    def dfs_simulate(request):
        yield frame

    assert list(demo(make_plugin, dfs_simulate).simulate("demo", REQUEST)) == [frame]


def test_a_plugin_without_a_simulator_says_so(make_plugin):
    with pytest.raises(UserError, match="does not implement dfs_simulate"):
        list(demo(make_plugin).simulate("demo", REQUEST))


def test_a_simulator_that_gives_no_frames_is_an_error(make_plugin):
    def dfs_simulate(request):
        yield None

    with pytest.raises(PluginError, match="gave a NoneType, not a RawFrame"):
        list(demo(make_plugin, dfs_simulate).simulate("demo", REQUEST))


# ── Events ──────────────────────────────────────────────────────────────────


def test_hook_block_reduced(make_plugin):
    told = []

    def dfs_block_reduced(block):
        told.append(block)

    demo(make_plugin, dfs_block_reduced).block_reduced(EVENT)

    assert told == [EVENT]


def test_an_event_that_one_plugin_fails_on_reaches_the_others(make_plugin, caplog):
    told = []

    def failing():
        def dfs_block_reduced(block):
            raise SystemExit("not today")

        return dfs_block_reduced

    def dfs_block_reduced(block):
        told.append(block)

    Host.from_modules(
        {
            "a": make_plugin(failing(), instrume="A"),
            "b": make_plugin(dfs_block_reduced, instrume="B"),
        }
    ).block_reduced(EVENT)

    assert told == [EVENT]
    assert "SystemExit: not today" in caplog.text


# ── Hooks, tests and docs ───────────────────────────────────────────────────

PAGE = Path(__file__).parents[3] / "docs" / "plugins" / "hooks.md"


def test_every_hook_has_a_test_named_after_it():
    files = Path(__file__).parent.glob("test_*hooks.py")
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    tests = {n.name for tree in trees for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}

    assert {name for name in tests if name.startswith("test_hook_")} == {
        name.replace("dfs_", "test_hook_") for name in HOOKS
    }


def test_every_hook_that_is_specified_has_a_kind():
    specified = {name for name in vars(hookspecs) if name.startswith("dfs_")}

    assert specified == set(HOOKS)


def test_every_hook_has_a_heading_with_its_signature_in_the_order_of_the_flow():
    headings = re.findall(r"^### `(.+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings == [
        f"{name}({', '.join(inspect.signature(getattr(hookspecs, name)).parameters)})"
        for name in HOOKS
    ]


@pytest.mark.parametrize("name", HOOKS)
def test_the_page_gives_kind_failure_and_example_of_every_hook(name):
    section = re.split(rf"^### `{name}\(.*$", PAGE.read_text(encoding="utf-8"), flags=re.M)[1]
    section = re.split(r"^##", section, flags=re.M)[0]

    assert f"**Kind:** {HOOKS[name]}" in section
    assert "**When called:**" in section
    assert "**On failure:**" in section
    assert f"def {name}(" in section


EXAMPLES = re.findall(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_of_the_page_make_a_plugin_that_is_ready(tmp_path, monkeypatch):
    """All examples together, as one module with the files that they name."""
    package = tmp_path / "dfs_demo_page"
    (package / "rules").mkdir(parents=True)
    (package / "rules" / "demo.oca").write_text("", encoding="utf-8")
    (package / "data").mkdir()
    (package / "data" / "lines.fits").write_bytes(b"")
    for version in ("98.09", "98.10"):
        (package / "packages" / version).mkdir(parents=True)
        (package / "packages" / version / "package.toml").touch()
    code = "\n".join(EXAMPLES).replace('"dfs_demo"', '"dfs_demo_page"')
    (package / "__init__.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    host = Host.from_modules({"demo": importlib.import_module("dfs_demo_page")})

    assert [p.reason for p in host.plugins] == [""]
    assert all(host.implements("demo", hook) for hook in HOOKS)
    assert host.classify("demo", [{"OBJECT": "SKY,FLAT", "EXPTIME": 2.0}])
    assert next(host.simulate("demo", REQUEST)).units[0].data is not None
    assert host.score_quality("demo", [MEASURED], [MEASURED])
    assert [f.code for f in host.verify_ob("demo", OB, PACKAGE)] == ["demo.offset-lists"]
    assert host.verify_container("demo", CONCATENATION, {"98.10": PACKAGE})
    assert host.execution_time("demo", OB, PACKAGE).total_s == 230.0
    assert "DET.WIN1.UIT1" in host.migrate_ob("demo", OB, PACKAGE, PACKAGE).templates[0].parameters
    document = '<area><tile ra="01:02:03.000" dec="-04:05:06.000"/></area>'
    assert len(host.expand_survey("demo", document, OB, PACKAGE)[0].blocks()) == 1


def test_a_hook_that_is_not_marked_is_pointed_out(make_plugin):
    plugin = make_plugin()
    plugin.dfs_recipes = lambda: (RECIPE,)

    report = Host.from_modules({"demo": plugin}).plugins[0]

    assert report.reason == "dfs_recipes is not marked with @hookimpl"


def test_a_plugin_without_an_instrument_is_refused():
    class Plugin:
        DFS_API = "0.1"

        @staticmethod
        @hookimpl
        def dfs_recipes():
            return ()

    report = Host.from_modules({"demo": Plugin}).plugins[0]

    assert "does not implement dfs_instrument" in report.reason


def test_declarations_are_values_and_not_look_alikes(make_plugin):
    plugin = make_plugin()

    @hookimpl
    def dfs_instrument():
        return {"title": "Demo", "instrume": ("DEMO",)}

    plugin.dfs_instrument = dfs_instrument
    report = Host.from_modules({"demo": plugin}).plugins[0]

    assert "dfs_instrument returned a dict" in report.reason
    assert Instrument.__name__ in report.reason
