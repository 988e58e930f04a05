"""A product, traced back to the raw frames."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dfs.foundation.errors import UserError
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.quality import service as quality
from dfs.quality.certification import Decision
from dfs.reduction.provenance.header import changed_parameters, told_parameters
from dfs.reduction.provenance.record import read_record, write_record
from dfs.reduction.provenance.service import trace_product
from dfs.reduction.provenance.tree import FileState, Source, Standing, TracedFile, files, runs
from dfs.reduction.provenance.views import branch, to_json
from dfs.reduction.workspace import Workspace
from dfs.ui.console import Branch

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)


def result(root: Path, block: str) -> Path:
    """The folder of a block's only result."""
    (folder,) = (root / "results" / "demo" / block).iterdir()
    return folder


def lines(branch: Branch, depth: int = 0) -> list[str]:
    told = [f"{'  ' * depth}{branch.label}"]
    for child in branch.children:
        told += lines(child, depth + 1)
    return told


def taken(file: TracedFile, tag: str) -> TracedFile:
    assert file.maker is not None
    return next(used for used in file.maker.inputs if used.tag == tag)


def test_a_product_is_traced_back_to_the_raw_frames(reduced: Path) -> None:
    trace = trace_product("id-of-flat.MASTER_FLAT", reduced)
    flat = trace.product
    assert trace.troubles == ()
    assert (flat.state, flat.standing) == (FileState.OK, Standing.CURRENT)
    assert [run.record.recipe for run in runs(flat)] == ["demo_bias", "demo_dark", "demo_flat"]
    assert all(run.source is Source.RECORD for run in runs(flat))
    raw = [file for file in files(flat) if file.maker is None]
    assert {file.tag for file in raw} == {"BIAS", "DARK", "FLAT"}
    assert {file.state for file in files(flat)} == {FileState.OK}
    assert len(raw) == 5 + 3 + 6


@pytest.mark.parametrize("target", ["id-of-flat.MASTER_FLAT", "id-of-flat", "id-of-f", "path"])
def test_a_product_is_named_by_path_or_id_or_the_beginning_of_it(
    target: str, flat: Path, workspace_copy: Path
) -> None:
    found = trace_product(str(flat) if target == "path" else target, workspace_copy)
    assert found.product.product == "id-of-flat.MASTER_FLAT"
    assert found.product.standing is Standing.CURRENT


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("id-of-arc", "trace.unknown-product", "nothing here is called 'id-of-arc'"),
        ("id-of-", "trace.ambiguous-product", "id-of-bias, id-of-dark, id-of-flat"),
        ("id-of-flat.NONE", "trace.unknown-product", "block id-of-flat has MASTER_FLAT"),
        ("", "trace.unknown-product", "nothing here is called ''"),
    ],
)
def test_a_name_that_names_nothing_or_much_is_an_error(
    target: str, code: str, message: str, reduced: Path
) -> None:
    with pytest.raises(UserError, match=message) as said:
        trace_product(target, reduced)
    assert said.value.code.name == code


def test_a_folder_that_is_no_workspace_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\[reduce.no-workspace\]"):
        trace_product("id-of-flat", tmp_path)


def test_a_copy_elsewhere_is_known_by_its_content(
    flat: Path, workspace_copy: Path, tmp_path: Path
) -> None:
    shutil.copy(flat, tmp_path / "copy.fits")
    found = trace_product(str(tmp_path / "copy.fits"), workspace_copy).product
    assert (found.path, found.state) == (str(tmp_path / "copy.fits"), FileState.OK)
    assert len(list(runs(found))) == 3


def test_a_copy_that_was_changed_is_known_by_the_key_in_its_header(
    flat: Path, workspace_copy: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.fits"
    content = bytearray(flat.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    found = trace_product(str(copy), workspace_copy).product
    assert found.state is FileState.CHANGED
    assert len(list(runs(found))) == 3


def test_without_its_record_a_product_is_traced_as_far_as_its_header_tells(
    flat: Path, tmp_path: Path
) -> None:
    shutil.copy(flat, tmp_path / "copy.fits")
    found = trace_product(str(tmp_path / "copy.fits"), tmp_path / "nowhere").product
    assert "its record is not at hand" in found.note
    assert found.product == "id-of-flat.MASTER_FLAT"
    (run,) = runs(found)
    assert (run.source, run.record.recipe, run.record.runner) == (
        Source.HEADER,
        "demo_flat",
        "native",
    )
    assert [used.tag for used in run.inputs[-2:]] == ["MASTER_BIAS", "MASTER_DARK"]
    assert {used.state for used in run.inputs} == {FileState.UNKNOWN}
    assert all(len(used.sha256) == 32 for used in run.inputs)
    assert run.record.software["dfs-core"].version
    assert run.record.started_at is not None


def test_a_raw_frame_comes_from_nowhere(raw: Mapping[str, list[str]], tmp_path: Path) -> None:
    found = trace_product(raw["demo"][0], tmp_path).product
    assert found.maker is None
    assert lines(branch(found)) == [raw["demo"][0]]


def test_a_workspace_is_traced_without_its_book(workspace_copy: Path) -> None:
    (workspace_copy / "dfs.sqlite").unlink()
    assert len(list(runs(trace_product("id-of-flat", workspace_copy).product))) == 3


def test_a_workspace_whose_book_is_damaged_is_traced_by_its_records(workspace_copy: Path) -> None:
    (workspace_copy / "dfs.sqlite").write_bytes(b"no database at all" * 1000)
    trace = trace_product("id-of-flat", workspace_copy)
    assert "traced by the records alone" in trace.troubles[0]
    assert {file.state for file in files(trace.product)} == {FileState.OK}


def test_parameters_that_were_changed_are_told(reduced: Path) -> None:
    (run,) = runs(trace_product("id-of-bias", reduced).product)
    assert (dict(run.record.parameters), run.changed) == ({"kappa": 4.0}, {})


# ── What became of the files ────────────────────────────────────────────────


def test_frames_that_are_gone_or_changed_are_told(workspace_copy: Path, tmp_path: Path) -> None:
    folder = result(workspace_copy, "id-of-bias")
    record = read_record(folder)
    other = tmp_path / "other.fits"
    shutil.copy(record.inputs[0].path, other)
    with other.open("ab") as file:
        file.write(b"more")
    inputs = (
        replace(record.inputs[0], path=str(other)),
        replace(record.inputs[1], path=str(tmp_path / "gone.fits")),
        *record.inputs[2:],
    )
    write_record(folder, replace(record, inputs=inputs))
    found = trace_product("id-of-bias", workspace_copy).product
    assert found.maker is not None
    states = [used.state for used in found.maker.inputs]
    assert states == [FileState.CHANGED, FileState.GONE, *[FileState.OK] * 3]
    assert "BIAS gone.fits (gone)" in "\n".join(lines(branch(found)))


def test_the_very_result_is_traced_though_another_is_current(workspace_copy: Path) -> None:
    old = result(workspace_copy, "id-of-bias")
    new = old.with_name("ffffffffffffffff-0000")
    shutil.copytree(old, new)
    record = read_record(new)
    (product,) = record.products
    with (new / product.filename).open("ab") as file:
        file.write(b"\0" * 2880)
    changed = replace(product, sha256="f" * 64, content="f" * 64)
    write_record(new, replace(record, key="f" * 64, products=(changed,)))
    with Workspace.open(workspace_copy) as workspace:
        workspace.make_current(new, "demo", "id-of-bias")
    bias = taken(trace_product("id-of-flat", workspace_copy).product, "MASTER_BIAS")
    assert (bias.standing, bias.state) == (Standing.SUPERSEDED, FileState.OK)
    assert bias.maker is not None
    assert bias.maker.place == str(old)
    assert trace_product("id-of-bias", workspace_copy).product.state is FileState.CHANGED


def test_a_result_made_again_alike_stands_for_one_that_is_gone(workspace_copy: Path) -> None:
    folder = result(workspace_copy, "id-of-bias")
    record = read_record(folder)
    again = replace(record.products[0], sha256="e" * 64)
    write_record(folder, replace(record, products=(again,)))
    bias = taken(trace_product("id-of-flat", workspace_copy).product, "MASTER_BIAS")
    assert bias.note == "the very file is gone; this one was made alike"
    assert bias.maker is not None


def test_the_database_tells_of_a_pruned_product_how_it_was_made(workspace_copy: Path) -> None:
    kept = read_record(result(workspace_copy, "id-of-bias"))
    shutil.rmtree(result(workspace_copy, "id-of-bias"))
    bias = taken(trace_product("id-of-flat", workspace_copy).product, "MASTER_BIAS")
    assert (bias.standing, bias.state) == (Standing.PRUNED, FileState.GONE)
    assert bias.maker is not None
    assert bias.maker.record == kept
    assert {file.tag for file in bias.maker.inputs} == {"BIAS"}


def test_without_the_database_a_pruned_product_ends_the_tree(workspace_copy: Path) -> None:
    shutil.rmtree(result(workspace_copy, "id-of-bias"))
    (workspace_copy / "dfs.sqlite").unlink()
    found = trace_product("id-of-flat", workspace_copy).product
    bias = taken(found, "MASTER_BIAS")
    assert (bias.standing, bias.maker) == (Standing.PRUNED, None)
    assert bias.product == "id-of-bias.MASTER_BIAS"
    assert len(list(runs(found))) == 2


def test_a_rejected_product_says_why(workspace_copy: Path) -> None:
    with Workspace.open(workspace_copy) as workspace:
        decision = {"who": "A. Person", "reason": "light leak", "now": NOW}
        quality.decide(workspace.database, "id-of-bias", Decision.REJECTED, **decision)
    found = trace_product("id-of-flat", workspace_copy).product
    assert taken(found, "MASTER_BIAS").rejected == "light leak (A. Person, 2026-11-24)"
    assert "rejected: light leak" in "\n".join(lines(branch(found)))


def test_a_damaged_record_is_told_and_the_rest_is_traced(workspace_copy: Path) -> None:
    (result(workspace_copy, "id-of-bias") / "provenance.json").write_text("{")
    trace = trace_product("id-of-flat", workspace_copy)
    assert len(trace.troubles) == 1
    assert "[provenance.damaged]" in trace.troubles[0]
    assert [run.record.recipe for run in runs(trace.product)] == ["demo_dark", "demo_flat"]


def test_a_record_that_names_its_own_product_ends_in_no_circle(workspace_copy: Path) -> None:
    folder = result(workspace_copy, "id-of-bias")
    record = read_record(folder)
    product = record.products[0]
    own = replace(
        record.inputs[0],
        product=product.id,
        sha256=product.sha256,
        content=product.content,
        path=str(folder / product.filename),
    )
    write_record(folder, replace(record, inputs=(own, *record.inputs[1:])))
    trace = trace_product("id-of-flat", workspace_copy)
    assert "its product is among what it was made of" in trace.troubles[0]
    assert len(list(runs(trace.product))) == 3


def test_a_master_that_was_given_is_followed_to_the_workspace_that_made_it(
    workspace_copy: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(workspace_copy, elsewhere, symlinks=True)
    shutil.rmtree(workspace_copy / "results" / "demo" / "id-of-bias")
    folder = result(workspace_copy, "id-of-dark")
    record = read_record(folder)
    (given,) = (elsewhere / "products" / "demo" / "id-of-bias").glob("*.fits")
    inputs = [
        replace(used, path=str(given), product="") if used.tag == "MASTER_BIAS" else used
        for used in record.inputs
    ]
    write_record(folder, replace(record, inputs=tuple(inputs)))
    bias = taken(trace_product("id-of-dark", workspace_copy).product, "MASTER_BIAS")
    assert bias.path == str(given)
    assert bias.maker is not None
    assert bias.maker.place.startswith(str(elsewhere))


# ── Headers ─────────────────────────────────────────────────────────────────


def cards(*lines: str) -> bytes:
    return b"".join(line.ljust(80).encode() for line in lines)


def test_defaults_of_parameters_are_read_from_comments() -> None:
    told = told_parameters(
        cards(
            "HIERARCH ESO PRO REC1 PARAM1 NAME = 'stack_method' / how",
            "HIERARCH ESO PRO REC1 PARAM1 VALUE = 'MEDIAN  ' / Default: 'median'",
            "HIERARCH ESO PRO REC1 PARAM2 NAME = 'klow    ' / Kappa",
            "HIERARCH ESO PRO REC1 PARAM2 VALUE = '5.0     ' / Default: 4.0",
            "HIERARCH ESO PRO REC1 PARAM3 NAME = 'a-b     ' / no default",
            "HIERARCH ESO PRO REC1 PARAM3 VALUE = 'x/y     '",
            "HIERARCH ESO PRO REC1 PARAM4 NAME = 'long    '",
            "HIERARCH ESO PRO REC1 PARAM4 VALUE = '" + "x" * 24 + "' / Default: xxxxx",
        )
    )
    assert {name: parameter.is_default for name, parameter in told.items()} == {
        "stack_method": True,
        "klow": False,
        "a-b": False,
        "long": False,
    }
    assert told["klow"].default == "4.0"
    assert told["long"].default is None
    values = {"stack_method": "MEDIAN", "klow": 5.0, "a_b": "x/y"}
    assert changed_parameters(values, told) == {"klow": 5.0, "a_b": "x/y"}
    assert changed_parameters(values, {}) is None
    assert changed_parameters({}, {}) == {}


def test_a_product_of_another_system_is_traced_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "foreign.fits"
    header = {
        "INSTRUME": "DEMO",
        "PRO.CATG": "MASTER_BIAS",
        "PRO.REC1.ID": "demo_bias",
        "PRO.REC1.DRS.ID": "cpl-7.2.3",
        "PRO.REC1.PIPE.ID": "demo/1.0.2",
        "PRO.REC1.START": "no time at all",
        "PRO.REC1.RAW1.NAME": "raw.fits",
        "PRO.REC1.RAW1.CATG": "BIAS",
    }
    write_fits(path, [Hdu(header, np.zeros((2, 2), np.float32))])
    found = trace_product(str(path), tmp_path).product
    (run,) = runs(found)
    software = {name: known.version for name, known in run.record.software.items()}
    assert software == {"cpl": "7.2.3", "demo": "1.0.2"}
    assert (run.seconds, run.changed) == (None, {})
    assert "BIAS raw.fits" in "\n".join(lines(branch(found)))


# ── What is shown ───────────────────────────────────────────────────────────


def test_the_tree_draws_a_run_once_in_full(reduced: Path) -> None:
    told = lines(branch(trace_product("id-of-flat", reduced).product))
    assert told[0].startswith("MASTER_FLAT ")
    assert sum("← demo.demo_bias, native" in line for line in told) == 1
    assert sum(line.strip() == "← demo_bias, see above" for line in told) == 1
    assert [line for line in told if line.startswith("      BIAS ")] == []


def test_the_tree_is_cut_where_that_is_wanted(reduced: Path) -> None:
    flat = trace_product("id-of-flat", reduced).product
    assert lines(branch(flat, 0))[-1].strip() == "… 8 files"
    told = lines(branch(flat, 1))
    assert sum("demo.demo_" in line for line in told) == 3
    assert sum("… " in line for line in told) == 2
    assert to_json(flat, 0)["made_by"]["inputs"] is None


def test_the_json_nests_what_was_made_of_what(reduced: Path) -> None:
    told: dict[str, Any] = to_json(trace_product("id-of-flat", reduced).product)
    json.dumps(told, allow_nan=False)
    made = told["made_by"]
    assert (made["recipe"], made["runner"], made["source"]) == ("demo_flat", "native", "record")
    assert made["parameters"] == {"kappa": 4.0}
    assert {frame["state"] for frame in made["inputs"]} == {"ok"}
    assert {frame["tag"] for frame in made["inputs"]} == {"FLAT", "MASTER_BIAS", "MASTER_DARK"}
    assert made["seconds"] > 0
    bias = next(frame for frame in made["inputs"] if frame["tag"] == "MASTER_BIAS")
    assert bias["product"] == "id-of-bias.MASTER_BIAS"
    assert len(bias["made_by"]["inputs"]) == 5


def test_the_command_shows_the_tree(
    workspace_copy: Path, shell: Mapping[str, str], tmp_path: Path
) -> None:
    def dfs(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["dfs", "trace", "--workspace", str(workspace_copy), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=shell, cwd=tmp_path
        )

    said = dfs("id-of-flat")
    assert said.returncode == 0, said.stderr
    assert "← demo.demo_bias, native" in said.stdout
    assert json.loads(dfs("id-of-flat", "--json").stdout)["standing"] == "current"
    missing = dfs("id-of-arc")
    assert (missing.returncode, "[trace.unknown-product]" in missing.stderr) == (1, True)
    (result(workspace_copy, "id-of-bias") / "provenance.json").write_text("{")
    assert "[provenance.damaged]" in dfs("id-of-flat").stderr
