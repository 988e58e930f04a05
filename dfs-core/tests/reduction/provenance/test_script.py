"""A reduction, written down as a script, and run."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.quality.compare.service import compare_files
from dfs.reduction.provenance.model import (
    ProvenanceRecord,
    RecordedProduct,
    Software,
    UsedFrame,
)
from dfs.reduction.provenance.record import read_record, write_record
from dfs.reduction.provenance.recreate import write_script
from dfs.reduction.provenance.script import EsorexCall, plan_script
from dfs.reduction.provenance.service import trace_product
from dfs.reduction.provenance.tree import FileState, Source, TracedFile, TracedRun
from dfs.reduction.runners import Runners

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(shell: Mapping[str, str], tmp_path: Path) -> Run:
    """Run a script from elsewhere."""

    def run(script: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(script / "reduce.sh")],
            capture_output=True,
            text=True,
            check=False,
            env={**shell, **variables},
            cwd=tmp_path,
        )

    return run


def move_raw(workspace: Path, block: str, folder: Path) -> None:
    """Move the raw frames of a block, and let its record say that they were there."""
    (result,) = (workspace / "results" / "demo" / block).iterdir()
    record = read_record(result)
    folder.mkdir(parents=True)
    inputs = []
    for number, used in enumerate(record.inputs):
        if used.product:
            inputs.append(used)
            continue
        path = folder / f"it's $HOME {number}.fits"
        shutil.copy(used.path, path)
        inputs.append(replace(used, path=str(path)))
    write_record(result, replace(record, inputs=tuple(inputs)))


def test_a_script_makes_the_same_pixels_again(
    host: Host, workspace_copy: Path, flat: Path, run: Run, tmp_path: Path
) -> None:
    move_raw(workspace_copy, "id-of-dark", tmp_path / "a folder; with a 'name'")
    script = tmp_path / "the script's folder"
    found = trace_product("id-of-flat", workspace_copy).product
    assert write_script(host, found, script, Runners()) == ()
    done = run(script)
    assert done.returncode == 0, done.stderr
    made = script / done.stdout.strip()
    assert made.name == flat.name
    comparison = compare_files(made, flat)
    assert comparison.agree, comparison.reasons
    assert [unit.name for unit in comparison.units] == ["PRIMARY", "ERR", "DQ"]
    # Once more: nothing that the first run left is in the way.
    assert run(script).returncode == 0


def test_a_script_does_not_run_on_other_inputs(
    host: Host, workspace_copy: Path, run: Run, tmp_path: Path
) -> None:
    move_raw(workspace_copy, "id-of-bias", tmp_path / "raw")
    found = trace_product("id-of-bias", workspace_copy).product
    write_script(host, found, tmp_path / "script", Runners())
    assert run(tmp_path / "script").returncode == 0
    victim = next((tmp_path / "raw").glob("*.fits"))
    with victim.open("ab") as file:
        file.write(b"\0")
    done = run(tmp_path / "script")
    assert done.returncode == 1
    assert "an input is not what it was" in done.stderr
    assert victim.name.replace(" ", "_").replace("'", "_").replace("$", "_") in done.stderr
    victim.unlink()
    assert run(tmp_path / "script").returncode == 1


def test_a_script_finds_inputs_that_were_moved(
    host: Host, workspace_copy: Path, run: Run, tmp_path: Path
) -> None:
    move_raw(workspace_copy, "id-of-bias", tmp_path / "raw")
    found = trace_product("id-of-bias", workspace_copy).product
    write_script(host, found, tmp_path / "script", Runners())
    (tmp_path / "raw").rename(tmp_path / "moved")
    assert run(tmp_path / "script").returncode == 1
    assert run(tmp_path / "script", RAW="moved").returncode == 0


def test_a_script_insists_on_the_versions_that_made_the_product(
    host: Host, workspace_copy: Path, run: Run, tmp_path: Path
) -> None:
    (result,) = (workspace_copy / "results" / "demo" / "id-of-bias").iterdir()
    record = read_record(result)
    software = {**record.software, "dfs-core": Software("0.0.9", "abcdef")}
    write_record(result, replace(record, software=software))
    found = trace_product("id-of-bias", workspace_copy).product
    write_script(host, found, tmp_path / "script", Runners())
    done = run(tmp_path / "script")
    assert done.returncode == 1
    assert f"made with dfs-core 0.0.9; here is {record.software['dfs-core'].version}" in done.stderr
    done = run(tmp_path / "script", ANYWAY="1")
    assert done.returncode == 0, done.stderr
    assert "made with dfs-core 0.0.9" in done.stderr


def test_what_is_missing_is_said_when_the_script_is_written(
    host: Host, workspace_copy: Path, tmp_path: Path
) -> None:
    move_raw(workspace_copy, "id-of-bias", tmp_path / "raw")
    victim = next((tmp_path / "raw").glob("*.fits"))
    victim.unlink()
    found = trace_product("id-of-flat", workspace_copy).product
    troubles = write_script(host, found, tmp_path / "script", Runners())
    assert troubles == (f"{victim} is gone; the script will say so and stop",)


def test_a_master_that_was_pruned_is_made_again_as_the_database_tells(
    host: Host, workspace_copy: Path, flat: Path, run: Run, tmp_path: Path
) -> None:
    shutil.rmtree(workspace_copy / "results" / "demo" / "id-of-bias")
    found = trace_product("id-of-flat", workspace_copy).product
    assert write_script(host, found, tmp_path / "script", Runners()) == ()
    assert run(tmp_path / "script").returncode == 0
    (made,) = (tmp_path / "script").glob("*/*master_flat.fits")
    comparison = compare_files(made, flat)
    assert comparison.agree, comparison.reasons


def test_a_master_that_was_pruned_is_taken_as_it_lies_or_the_script_is_refused(
    host: Host, workspace_copy: Path, run: Run, tmp_path: Path
) -> None:
    (result,) = (workspace_copy / "results" / "demo" / "id-of-bias").iterdir()
    (bias,) = result.glob("*.fits")
    bias = bias.rename(tmp_path / "bias.fits")
    shutil.rmtree(result)
    (workspace_copy / "dfs.sqlite").unlink()  # it would tell how the master was made
    (result,) = (workspace_copy / "results" / "demo" / "id-of-dark").iterdir()
    record = read_record(result)
    inputs = [replace(f, path=str(bias)) if f.product else f for f in record.inputs]
    write_record(result, replace(record, inputs=tuple(inputs)))
    found = trace_product("id-of-dark", workspace_copy).product
    assert write_script(host, found, tmp_path / "script", Runners()) == ()
    assert run(tmp_path / "script").returncode == 0
    bias.unlink()
    found = trace_product("id-of-dark", workspace_copy).product
    with pytest.raises(UserError, match=r"id-of-bias.MASTER_BIAS is gone, and so is its record"):
        write_script(host, found, tmp_path / "other", Runners())
    assert not (tmp_path / "other").exists()


def test_a_product_without_its_record_cannot_be_written_down(
    host: Host, flat: Path, tmp_path: Path
) -> None:
    shutil.copy(flat, tmp_path / "copy.fits")
    found = trace_product(str(tmp_path / "copy.fits"), tmp_path / "nowhere").product
    with pytest.raises(UserError, match=r"\[trace.not-on-record\]"):
        write_script(host, found, tmp_path / "script", Runners())


def test_a_folder_with_something_in_it_is_left_alone(
    host: Host, reduced: Path, tmp_path: Path
) -> None:
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "mine.txt").touch()
    found = trace_product("id-of-bias", reduced).product
    with pytest.raises(UserError, match=r"\[usage.script-folder\]"):
        write_script(host, found, tmp_path / "script", Runners())
    assert [path.name for path in (tmp_path / "script").iterdir()] == ["mine.txt"]


# ── Through esorex ──────────────────────────────────────────────────────────

ESOREX = r"""#!/bin/sh
case "$*" in
    *--version*) printf 'ESO Recipe Execution Tool, version 3.13.6 ***\n\nused: CPL = 7.2.3, X\n';;
    *--params*) printf '  recipe-dir   : %s\n' "$FAKE_PLUGINS";;
    *)
        for argument; do sof=$recipe; recipe=$argument; done
        echo "running" >&2
        { echo "$*"; cat parameters.rc; while read -r path tag; do
            echo "$tag"; cat "$path"; done < "$recipe"; } > made.fits
        printf './made.fits  THEIR_MASTER' > products.sof;;
esac
"""
"""What esorex would do: an executable that writes down what it was told."""


def traced_by_esorex(raw: Path) -> tuple[TracedFile, dict[str, EsorexCall]]:
    """Two runs of esorex, the second on the product of the first."""
    software = {
        "dfs-core": Software("0.1.0"),
        "esorex": Software("3.13.6"),
        "cpl": Software("7.2.3"),
        "pipe": Software("1.2.3"),
    }

    def run(place: str, recipe: str, category: str, *inputs: TracedFile) -> TracedFile:
        filename = f"night {category.lower()}.fits"
        product = RecordedProduct(
            f"{place}.{category}", category, filename, place[0] * 64, "", 1, 1
        )
        record = ProvenanceRecord(
            key=place * 4,
            block={"id": place},
            instrument="demo",
            action="",
            recipe=recipe,
            stem="night",
            runner="esorex",
            software=software,
            parameters={"kappa": 3.0},
            inputs=tuple(UsedFrame(f.tag, f.is_raw, f.path, f.sha256, "") for f in inputs),
            products=(product,),
            started_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
        )
        maker = TracedRun(record, Source.RECORD, f"/results/{place}", {}, inputs)
        path = f"/results/{place}/{filename}"
        return TracedFile(path, FileState.OK, product.sha256, category, maker=maker)

    digest = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"  # of foo\n
    frame = TracedFile(str(raw), FileState.OK, digest, "BIAS", is_raw=True)
    bias = run("a-bias", "demo_bias", "MASTER_BIAS", frame)
    dark = run("b-dark", "demo_dark", "MASTER_DARK", replace(frame, tag="DARK"), bias)

    def call(recipe: str, category: str) -> EsorexCall:
        parameters = {f"pipe.{recipe}.kappa": 3.0, f"pipe.{recipe}.name": 'a "b"', "x.y": True}
        return EsorexCall("pipe", recipe, parameters, {category: "THEIR_MASTER"})

    return dark, {
        "/results/a-bias": call("pipe_bias", "MASTER_BIAS"),
        "/results/b-dark": call("pipe_dark", "MASTER_DARK"),
    }


@pytest.fixture
def esorex(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Write the script of two runs of esorex and run it where only a fake one is installed."""
    raw = tmp_path / "a b" / "raw frame.fits"
    raw.parent.mkdir()
    raw.write_text("foo\n")
    product, calls = traced_by_esorex(raw)
    for name, text in plan_script(product, calls).files.items():
        path = tmp_path / "script" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    program = tmp_path / "bin" / "esorex"
    program.parent.mkdir()
    program.write_text(ESOREX)
    program.chmod(0o755)

    def run(*pipelines: str) -> subprocess.CompletedProcess[str]:
        for pipeline in pipelines:
            (tmp_path / "plugins" / pipeline).mkdir(parents=True)
        path = f"{program.parent}:/usr/local/bin:/usr/bin:/bin"
        environment = {"PATH": path, "FAKE_PLUGINS": f"/nowhere:{tmp_path / 'plugins'}"}
        return subprocess.run(
            ["sh", "script/reduce.sh"],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=tmp_path,
        )

    return run


def test_recipes_of_esorex_are_run_without_this_system(
    esorex: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = esorex("pipe-1.2.3", "other-2.0")
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "script" / done.stdout.strip()).read_text()
    assert done.stdout == "2-demo_dark/night_master_dark.fits\n"
    assert "--recipe-config=parameters.rc" in made
    assert "pipe.pipe_dark.kappa=3.0\n" in made
    assert 'pipe.pipe_dark.name="a \\"b\\""\n' in made
    assert "x.y=TRUE\n" in made
    # It was made of the raw frame and of the product of the first step.
    assert "\nDARK\nfoo\nMASTER_BIAS\n" in made
    assert "pipe_bias frames.sof" in made
    sof = (tmp_path / "script" / "2-demo_dark" / "frames.sof").read_text()
    assert sof == (
        "../inputs/raw_frame.fits DARK\n../1-demo_bias/night_master_bias.fits MASTER_BIAS\n"
    )


def test_another_version_of_a_pipeline_is_refused(
    esorex: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = esorex("pipe-1.2.10")
    assert done.returncode == 1
    assert "it was made with pipe 1.2.3; here is 1.2.10" in done.stderr
