"""The main job, as a user runs it: raw frames in, products and quality figures out."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

EXPECTED = {
    "uves": {f"MASTER_{k}_{c}" for k in ("BIAS", "DARK", "FLAT") for c in ("BLUE", "REDL", "REDU")},
    "fors": {"MASTER_BIAS", "MASTER_DARK", "MASTER_SCREEN_FLAT_IMG", "MASTER_SKY_FLAT_IMG"},
}


@pytest.fixture(scope="module", params=sorted(EXPECTED))
def instrument(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def raw(instrument: str, dfs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(instrument) / "raw"
    dfs("simulate", instrument, "--out", folder, "--night", "2026-11-22", "--rows", "64")
    return folder


@pytest.fixture(scope="module")
def reduced(raw: Path, dfs) -> tuple[Path, dict]:
    before = fingerprint(raw)
    out = raw.parent / "reduced"
    answer = json.loads(dfs("reduce", raw, "--out", out, "--json").stdout)
    assert fingerprint(raw) == before, "the raw folder was written to"
    return out, answer


def fingerprint(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def products(workspace: Path) -> list[Path]:
    return sorted((workspace / "products").glob("*/*/*.fits"))  # blocks are symbolic links


def test_every_frame_is_classified(raw: Path, dfs) -> None:
    answer = json.loads(dfs("classify", *sorted(raw.glob("*.fits")), "--json").stdout)
    assert len(answer["frames"]) == len(list(raw.glob("*.fits")))
    assert all(frame["tag"] for frame in answer["frames"])
    assert answer["problems"] == []


def test_every_block_is_complete_and_comes_after_what_it_needs(raw: Path, dfs) -> None:
    blocks = json.loads(dfs("organise", raw, "--json").stdout)["blocks"]
    seen: set[str] = set()
    for block in blocks:
        assert block["missing"] == []
        assert {c["block"] for c in block["calibrations"] if c["block"]} <= seen
        seen.add(block["id"])
    text = dfs("organise", raw, "--explain", blocks[-1]["id"]).stdout
    assert blocks[-1]["id"] in text


def test_every_product_is_made(instrument: str, reduced: tuple[Path, dict]) -> None:
    workspace, _ = reduced
    assert {fits.getval(p, "ESO PRO CATG") for p in products(workspace)} == EXPECTED[instrument]


def test_products_carry_planes_provenance_and_checksums(reduced: tuple[Path, dict]) -> None:
    for path in products(reduced[0]):
        with fits.open(path, checksum=True) as hdus:
            header = hdus[0].header
            assert header["ESO PRO REC1 ID"]
            assert header["ESO PRO REC1 RAW1 NAME"]
            assert header["ESO PRO DATANCOM"] >= 3
            assert header["ARCFILE"].endswith(".fits")
            assert "ESO DPR CATG" not in header
            assert any(key.startswith("ESO QC ") for key in header)
            data, error, quality = (hdu.data for hdu in hdus[:3])
            assert data.shape == error.shape == quality.shape
            good = quality == 0
            assert good.mean() > 0.9
            assert np.isfinite(data[good]).all()
            assert (error[good] > 0).all()


@pytest.mark.skipif(shutil.which("fitsverify") is None, reason="fitsverify is not installed")
def test_fitsverify_finds_nothing(reduced: tuple[Path, dict]) -> None:
    paths = [str(p) for p in products(reduced[0])]
    done = subprocess.run(["fitsverify", "-q", *paths], capture_output=True, text=True, check=False)
    assert [
        line for line in done.stdout.splitlines() if not line.startswith("verification OK")
    ] == []


def test_every_qc1_value_is_good_or_has_a_reason(reduced: tuple[Path, dict], dfs) -> None:
    answer = json.loads(dfs("qc", "show", "--workspace", reduced[0], "--json").stdout)
    records = answer["measurements"] if isinstance(answer, dict) else answer
    assert records
    assert {record["verdict"] for record in records} == {"good"}


def test_reports_and_logs_lie_where_the_command_says(reduced: tuple[Path, dict]) -> None:
    workspace, answer = reduced
    assert (workspace / "reports" / "index.html").is_file()
    for result in answer["blocks"]:
        assert result["state"] == "done"
        id_ = result["block"]["id"]
        report = workspace / "reports" / id_ / "report.html"
        assert "<img" in report.read_text("utf-8")
        assert (workspace / "logs" / f"{id_}.log").is_file()


def test_reducing_again_gives_the_same_pixels(raw: Path, reduced: tuple[Path, dict], dfs) -> None:
    workspace, _ = reduced
    before = {p: fits.getval(p, "DATAMD5") for p in products(workspace)}
    dfs("reduce", raw, "--out", workspace, "--jobs", "1")
    assert {p: fits.getval(p, "DATAMD5") for p in products(workspace)} == before


def test_a_damaged_frame_costs_its_block_and_nothing_else(raw: Path, dfs, tmp_path: Path) -> None:
    night = tmp_path / "raw"
    shutil.copytree(raw, night)
    first = sorted(night.glob("*.fits"))[0]
    first.write_bytes(first.read_bytes()[: first.stat().st_size // 2])
    (night / "notes.fits").write_text("this is no FITS file")
    done = dfs("reduce", night, "--out", tmp_path / "reduced", "--json")
    assert "fits.truncated" in done.stderr
    assert "fits.not-fits" in done.stderr
    states = [block["state"] for block in json.loads(done.stdout)["blocks"]]
    assert set(states) == {"done"}
