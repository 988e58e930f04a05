"""A CPL recipe is run like any other; whatever goes wrong has a code and a reason."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits
from typer.testing import CliRunner

from dfs.foundation.errors import UserError
from dfs.foundation.files import sha256_file
from dfs.foundation.fits.headers import read_header
from dfs.host import Host
from dfs.organiser.model import BlockInput, Organisation, ReductionBlock
from dfs.plugin import CplRecipe, Recipe
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.model import BlockResult, BlockState
from dfs.reduction.recipe_commands import app as recipe_app
from dfs.reduction.runners import Preference, RunnerKind, Runners, runner_kinds
from dfs.reduction.service import plan_blocks, reduce_blocks
from dfs.reduction.single import run_recipe
from dfs.reduction.workspace import Workspace

Hosts = Callable[..., Host]

FAULTS = {
    "segfault": ("recipe.crashed", "esorex was killed by SIGSEGV"),
    "abort": ("recipe.crashed", "esorex was killed by SIGABRT"),
    "memory": ("recipe.memory", "was refused memory"),
    "table": ("cpl.missing-input", "No LINE_TABLE found in SOF"),
    "words": ("cpl.missing-input", "No master bias found (exit code 255)"),
    "types": ("cpl.type-mismatch", "BSCALE is int"),
    "input": ("cpl.illegal-input", "the frames differ in size"),
    "singular": ("cpl.no-solution", "Singular matrix"),
    "other": ("cpl.failed", "it did not work (exit code 1)"),
    "silent": ("cpl.failed", "no reason given"),
    "nothing": ("recipe.no-product", "ended well, but made no product"),
    "wrong": ("cpl.wrong-category", "made OTHER only; it declares MASTER_BIAS"),
    "lie": ("cpl.wrong-category", "listed as MASTER_BIAS, but its header says OTHER"),
    "truncated": ("cpl.damaged-product", "MASTER_BIAS in bias.fits is no whole FITS file"),
    'a "b" \\': ("", ""),
}


@pytest.fixture
def bias(
    bias_host: Hosts, runners: Runners, sof: Path, tmp_path: Path
) -> Callable[..., BlockResult]:
    """Run the recipe by hand in this process; a fault is named by a parameter."""

    def run(fault: str = "none", *, host: Host | None = None, **parameters: float) -> BlockResult:
        return run_recipe(
            host or bias_host(),
            "demo.demo_bias",
            sof,
            tmp_path / "out",
            parameters={"fault": fault, **parameters},
            engine=InlineEngine(),
            runners=runners,
        )

    return run


def with_cpl(recipe: Recipe, **changes: object) -> Recipe:
    assert recipe.cpl is not None
    return recipe.model_copy(update={"cpl": recipe.cpl.model_copy(update=changes)})


@pytest.fixture
def declared(bias_host: Hosts) -> Recipe:
    return bias_host().instruments["demo"].recipes["demo_bias"]


def test_products_are_ours_with_their_provenance_and_sums(
    bias: Callable[..., BlockResult], tmp_path: Path
) -> None:
    result = bias(level=42.5)
    assert (result.state, result.code) == (BlockState.DONE, "")
    (product,) = result.products
    path = tmp_path / "out" / product.path
    assert (product.id, path.name) == ("demo_bias.MASTER_BIAS", "demo_bias_master_bias.fits")
    assert product.unit == "ADU"
    header = read_header(path)
    assert header["PIPEFILE"] == path.name
    assert header["PRO.DATANCOM"] == 2
    assert (header["PRO.DFS.ID"], header["PRO.DFS.RUNNER"]) == (product.id, "esorex")
    software = [str(header[f"PRO.DFS.SOFT{i}"]) for i in (1, 2, 3)]
    assert software == ["esorex 3.13.6", "cpl 7.2.3", "demo 1.10.0"]
    with fits.open(path) as hdus:
        assert hdus[0].verify_checksum() == 1
        assert hdus[0].verify_datasum() == 1


def test_figures_are_taken_from_the_header(bias: Callable[..., BlockResult]) -> None:
    (measurement,) = bias(level=42.5).measurements
    assert (measurement.name, measurement.value) == ("QC.BIAS.LEVEL", 42.5)
    assert (measurement.category, measurement.setup) == ("MASTER_BIAS", {"INS.MODE": "BIN"})


def test_names_of_the_pipeline_become_the_declared_ones(
    bias: Callable[..., BlockResult], bias_host: Hosts, declared: Recipe
) -> None:
    recipe = with_cpl(
        declared,
        categories={"BIAS_COMBINED": "MASTER_BIAS"},
        quality={"QC.BIAS.LEVEL": "QC.MASTER.LEVEL"},
        parameters={"level": 7.0},
    )
    result = bias("renamed", host=bias_host(recipe))
    assert [m.name for m in result.measurements] == ["QC.MASTER.LEVEL"]
    assert result.measurements[0].value == 7.0
    assert [p.category for p in result.products] == ["MASTER_BIAS"]


def test_figures_of_several_detectors_are_told_apart(
    bias: Callable[..., BlockResult], bias_host: Hosts, declared: Recipe
) -> None:
    names = {f"QC.BIAS.LEVEL[CHIP{i}]": f"QC.CHIP{i}.LEVEL" for i in (1, 2)}
    result = bias(host=bias_host(with_cpl(declared, quality=names)), level=10)
    values = {measured.name: measured.value for measured in result.measurements}
    assert values == {"QC.BIAS.LEVEL": 10.0, "QC.CHIP1.LEVEL": 11.0, "QC.CHIP2.LEVEL": 12.0}


def test_its_log_is_the_blocks_and_no_variable_of_esorex_reaches_it(
    bias: Callable[..., BlockResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESOREX_MSG_LEVEL", "off")
    log = (tmp_path / "out" / bias(level=3).log).read_text()
    assert " INFO dfs.recipe.demo_bias: demo_bias: level 3.0" in log
    assert " WARNING dfs.recipe.demo_bias: demo: the lamp is old" in log
    assert "0 errors and 1 warnings" in log
    assert "environment {}" in log


@pytest.mark.parametrize("fault", FAULTS)
def test_each_end_has_a_code_and_a_reason(
    bias: Callable[..., BlockResult], tmp_path: Path, fault: str
) -> None:
    code, reason = FAULTS[fault]
    result = bias(fault)
    assert result.code == code, result.detail
    assert reason in result.detail
    made = sorted(path.suffix for path in (tmp_path / "out").iterdir())
    assert made == ([".log"] if code else [".fits", ".log"])


def test_what_is_not_declared_is_left_out_and_said(
    bias: Callable[..., BlockResult], tmp_path: Path
) -> None:
    result = bias("more")
    assert [p.category for p in result.products] == ["MASTER_BIAS"]
    assert "left out x.fits: OTHER is not declared" in (tmp_path / "out" / result.log).read_text()


def test_products_of_one_category_are_numbered(
    bias: Callable[..., BlockResult], tmp_path: Path
) -> None:
    products = bias("several").products
    assert [p.path for p in products] == [f"demo_bias_master_bias_{i}.fits" for i in (1, 2, 3)]
    ids = [f"demo_bias.MASTER_BIAS{end}" for end in ("", ".2", ".3")]
    assert [p.id for p in products] == ids
    assert [read_header(tmp_path / "out" / p.path)["PRO.DFS.ID"] for p in products] == ids


def test_a_value_that_no_parameter_file_can_hold_is_refused(
    bias: Callable[..., BlockResult],
) -> None:
    result = bias("two\nlines")
    assert (result.code, "parameter demo.bias.fault" in result.detail) == (
        "recipe.bad-configuration",
        True,
    )


def test_a_parameter_out_of_its_range_is_refused_before_anything_runs(
    bias: Callable[..., BlockResult],
) -> None:
    with pytest.raises(UserError, match=r"level of demo_bias: -1\.0 is below 0\.0"):
        bias(level=-1.0)


# ── Workers ─────────────────────────────────────────────────────────────────


def test_a_run_that_hangs_is_ended_with_its_program(
    bias_host: Hosts, runners: Runners, sof: Path, tmp_path: Path, declared: Recipe
) -> None:
    host = bias_host(with_cpl(declared, time_limit_s=1.0))
    began = time.monotonic()
    result = run_recipe(
        host,
        "demo.demo_bias",
        sof,
        tmp_path / "out",
        parameters={"fault": "hang"},
        runners=runners,
    )
    assert result.code == "recipe.timeout"
    assert time.monotonic() - began < 20
    assert not [line for line in processes() if str(tmp_path) in line]


def processes() -> list[str]:
    return subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_esorex_does_not_outlive_its_worker(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from dfs.reduction.cpl.program import run\n"
        "child = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "run([sys.executable, '-c', child],"
        " pathlib.Path('.'), lambda line: print(line, flush=True), memory_mb=1000)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_alive(pid):
        time.sleep(0.02)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux refuses memory")
def test_esorex_is_refused_memory_beyond_the_declared(
    bias_host: Hosts, runners: Runners, sof: Path, tmp_path: Path, declared: Recipe
) -> None:
    host = bias_host(with_cpl(declared, memory_mb=1))
    result = run_recipe(host, "demo.demo_bias", sof, tmp_path / "out", runners=runners)
    assert result.state is BlockState.FAILED  # not even Python starts in so little


# ── The choice, and the plan ────────────────────────────────────────────────


def test_the_function_is_best_where_there_is_one(runners: Runners, declared: Recipe) -> None:
    both = declared.model_copy(update={"function": "demo:run"})
    assert runner_kinds(declared) == (RunnerKind.ESOREX,)
    assert runner_kinds(both) == (RunnerKind.NATIVE, RunnerKind.ESOREX)
    assert runners.choose(declared).kind is RunnerKind.ESOREX
    assert runners.choose(both).kind is RunnerKind.NATIVE
    wanted = Runners(Preference.ESOREX, esorex=runners.installation().program)
    assert wanted.choose(both).kind is RunnerKind.ESOREX
    assert wanted.choose(both).software == {"esorex": "3.13.6", "cpl": "7.2.3", "demo": "1.10.0"}


def test_a_recipe_is_asked_for_once(runners: Runners, declared: Recipe) -> None:
    assert runners.choose(declared) is runners.choose(declared)


@pytest.mark.parametrize(
    ("preference", "changes", "code"),
    [
        (Preference.NATIVE, {}, "reduce.no-runner"),
        (Preference.ESOREX, {"cpl": None, "function": "demo:run"}, "reduce.no-runner"),
        (Preference.BEST, {"cpl": CplRecipe(pipeline="other")}, "cpl.no-pipeline"),
        (Preference.BEST, {"cpl": CplRecipe(pipeline="demo", name="x")}, "reduce.no-runner"),
        (
            Preference.BEST,
            {"cpl": CplRecipe(pipeline="demo", parameters={"x": 1})},
            "reduce.no-runner",
        ),
    ],
)
def test_a_recipe_that_cannot_be_run_says_why(
    esorex: Path, declared: Recipe, preference: Preference, changes: dict[str, object], code: str
) -> None:
    runners = Runners(preference, esorex=esorex)
    for _ in range(2):
        with pytest.raises(UserError) as caught:
            runners.choose(declared.model_copy(update=changes))
        assert caught.value.code.name == code


@pytest.fixture
def blocks(sof: Path) -> Organisation:
    frames = tuple(
        BlockInput("BIAS", line.removesuffix(" BIAS")) for line in sof.read_text().splitlines()
    )
    return Organisation(
        frames=(),
        blocks=tuple(
            ReductionBlock(
                id=name,
                instrument="demo",
                action="ACTION_BIAS",
                recipe="demo_bias",
                name=name,
                inputs=frames,
                parameters={"fault": fault},
                time_mjd=61000.0,
            )
            for name, fault in (("good", "none"), ("bad", "segfault"))
        ),
    )


def test_blocks_are_reduced_in_workers_and_a_crash_is_one_blocks_own(
    bias_host: Hosts, runners: Runners, blocks: Organisation, tmp_path: Path
) -> None:
    with Workspace.open(tmp_path / "out") as workspace:
        report = reduce_blocks(
            bias_host(), blocks, workspace, jobs=2, runners=runners, reports=False
        )
        good, bad = report.results
        assert (good.state, good.code) == (BlockState.DONE, "")
        header = read_header(workspace.root / good.products[0].path)
        digests = {
            Path(frame.path).name.replace(" ", "_"): sha256_file(frame.path)[:32]
            for frame in good.block.inputs
        }
        for number in (1, 2):
            stem = f"PRO.REC1.RAW{number}"
            assert header[f"{stem}.SHA256"] == digests[str(header[f"{stem}.NAME"])]
        assert good.peak_memory_mb is not None
        assert (bad.state, bad.code) == (BlockState.FAILED, "recipe.crashed")


def test_without_esorex_blocks_are_incomplete(
    bias_host: Hosts, blocks: Organisation, tmp_path: Path
) -> None:
    plan = plan_blocks(bias_host(), blocks, Runners(esorex=tmp_path / "esorex"))
    assert {(p.state, p.code) for p in plan} == {(BlockState.INCOMPLETE, "cpl.missing")}


# ── Commands ────────────────────────────────────────────────────────────────


@pytest.fixture
def recipe_command(esorex: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("DFS_REDUCTION__ESOREX", str(esorex))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(recipe_app, arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_what_esorex_can_run_is_shown(recipe_command: Callable[..., str]) -> None:
    assert "demo\t1.10.0\t1\t" in recipe_command("discover")
    assert "demo.demo_bias\tCombines frames without light\t3" in recipe_command("discover", "demo")
    assert "STATIC_TABLE\tmay be\tCalib A table" in recipe_command("discover", "demo.demo_bias")


def test_what_esorex_can_run_is_told_to_programs(recipe_command: Callable[..., str]) -> None:
    (pipeline,) = json.loads(recipe_command("discover", "--json"))["pipelines"]
    assert (pipeline["version"], pipeline["recipes"]) == ("1.10.0", ["demo_bias"])
    (recipe,) = json.loads(recipe_command("discover", "demo", "--json"))["recipes"]
    assert recipe == {"name": "demo_bias", "title": "Combines frames without light"}
    told = json.loads(recipe_command("discover", "demo.demo_bias", "--json"))
    assert told["parameters"][0]["cpl_name"] == "demo.bias.level"
    assert [tag["name"] for tag in told["inputs"]] == ["BIAS", "STATIC_TABLE"]


def test_a_plugins_author_gets_a_declaration_from_manual_or_rules(
    recipe_command: Callable[..., str], tmp_path: Path
) -> None:
    rules = tmp_path / "x.oca"
    rules.write_text('action A { recipe demo_bias; product P { PRO.CATG = "RULED"; } }')
    told = recipe_command("discover", "demo.demo_bias", "--declare")
    assert 'cpl=CplRecipe(pipeline="demo")' in told
    assert 'RecipeProduct(category="MASTER_BIAS"' in told
    told = recipe_command("discover", "demo.demo_bias", "--declare", "--rules", str(rules))
    assert 'RecipeProduct(category="RULED")' in told
    rules.write_text("action A { recipe demo_other; }")
    told = recipe_command("discover", "demo.demo_bias", "--declare", "--rules", str(rules))
    assert 'RecipeProduct(category="MASTER_BIAS"' in told
