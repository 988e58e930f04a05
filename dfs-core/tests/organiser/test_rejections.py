"""What quality control has rejected is not associated, neither as a file nor when it is coming."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.organiser import commands
from dfs.organiser.model import Fate
from dfs.organiser.service import explain, organise_scanned

RULES = """
if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
if DPR.TYPE == "FLAT" then { DO.CATG = "FLAT"; }
select execute(ACTION_BIAS) from inputFiles where DO.CATG == "BIAS" group by TPL.START;
select execute(ACTION_FLAT) from inputFiles where DO.CATG == "FLAT" group by TPL.START;
action ACTION_BIAS { recipe demo_bias; product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; } }
action ACTION_FLAT {
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS";
  recipe demo_flat;
}
"""


class Rejected(dict[str, str]):
    """Rejected products with their reasons."""

    def reason(self, product_id: str) -> str:
        return self.get(product_id, "")


@pytest.fixture(scope="module")
def host(make_host):
    return make_host(RULES)


def taken(result) -> list[str]:
    """Give the ids of what the flat takes."""
    (flat,) = [block for block in result.blocks if block.action == "ACTION_FLAT"]
    return [c.path or f"{c.block}.{c.category}" for c in flat.calibrations]


def test_the_next_best_is_taken_in_the_place_of_a_rejected_coming_product(host, raw) -> None:
    files = [raw("FLAT"), raw("BIAS"), raw("BIAS", 2)]
    (near,) = taken(organise_scanned(host, files))
    (far,) = taken(organise_scanned(host, files, rejected=Rejected({near: "a gradient"})))
    assert far != near
    both = Rejected({near: "a gradient", far: "saturated"})
    result = organise_scanned(host, files, rejected=both)
    assert taken(result) == []
    (flat,) = [block for block in result.blocks if not block.is_complete]
    assert flat.missing[0].reason.endswith("quality control rejected it: a gradient")


def test_a_rejected_master_is_known_by_its_header(host, raw, frame) -> None:
    master = {"PRO__CATG": "MASTER_BIAS", "PRO__DFS__ID": "bias-1.MASTER_BIAS"}
    files = [raw("FLAT"), frame("near", **master), frame("far", 60002.0, PRO__CATG="MASTER_BIAS")]
    assert taken(organise_scanned(host, files)) == ["/raw/near.fits"]
    rejected = Rejected({"bias-1.MASTER_BIAS": "a gradient"})
    assert taken(organise_scanned(host, files, rejected=rejected)) == ["/raw/far.fits"]


def test_the_rejection_is_told_with_its_reason(host, raw, frame) -> None:
    product = "bias-1.MASTER_BIAS"
    files = [raw("FLAT"), frame("master", PRO__CATG="MASTER_BIAS", PRO__DFS__ID=product)]
    rejected = Rejected({product: "a gradient"})
    result = organise_scanned(host, files, rejected=rejected)
    explanation = explain(host, result, "flat", rejected=rejected)
    (candidate,) = explanation.inputs[0].candidates
    assert (candidate.fate, candidate.reason) == (
        Fate.REJECTED,
        "quality control rejected it: a gradient",
    )


def test_a_product_that_nobody_rejected_is_taken(host, raw) -> None:
    files = [raw("FLAT"), raw("BIAS")]
    unaware = organise_scanned(host, files)
    assert organise_scanned(host, files, rejected=Rejected()) == unaware


def test_the_command_asks_the_workspace_that_is_named(host, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("dfs.host.load_host", lambda: host)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    headers: Mapping[str, dict[str, str]] = {
        "flat": {"DPR.TYPE": "FLAT", "ARCFILE": "flat"},
        "master": {"PRO.CATG": "MASTER_BIAS", "PRO.DFS.ID": "bias-1.MASTER_BIAS"},
    }
    (tmp_path / "raw").mkdir()
    for name, header in headers.items():
        cards = {"INSTRUME": "DEMO", "MJD-OBS": 60000.0, **header}
        write_fits(tmp_path / "raw" / f"{name}.fits", [Hdu(cards)], fsync=False)

    class Ports:
        def rejections(self, workspace: Path) -> Rejected:
            assert workspace == tmp_path / "workspace"
            return Rejected({"bias-1.MASTER_BIAS": "a gradient"})

    app = typer.Typer()
    app.command()(commands.organise)

    def blocks(*options: str) -> list[dict[str, list[str]]]:
        command = [str(tmp_path / "raw"), "--json", *options]
        result = CliRunner().invoke(app, command, obj=Ports(), catch_exceptions=False)
        return json.loads(result.stdout)["blocks"]

    (unaware,) = blocks()
    (aware,) = blocks("--workspace", str(tmp_path / "workspace"))
    assert (unaware["missing"], len(aware["missing"])) == ([], 1)
