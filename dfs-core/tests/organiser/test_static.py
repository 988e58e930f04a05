"""Static calibrations: what comes with the plugin is at hand in every folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.organiser.service import explain, organise_scanned
from dfs.plugin import Resource, StaticCalibration

RULES = """
if DPR.TYPE == "ARC" then { DO.CATG = "ARC"; }
if PRO.CATG == "LINE_LIST" then { DO.CATG = PRO.CATG; }
select execute(ACTION_ARC) from inputFiles where DO.CATG == "ARC" group by TPL.START;
action ACTION_ARC {
  minRet = 1; maxRet = 1;
  select file as LINE_LIST from calibFiles
    where PRO.CATG == "LINE_LIST" and inputFile.INS.LAMP == INS.LAMP;
  recipe demo_wave;
  product WAVE_TABLE { PRO.CATG = "WAVE_TABLE"; }
}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Make a package with the line lists of two lamps, and one that nobody knows."""
    site = tmp_path_factory.mktemp("static")
    folder = site / "dfs_static_demo"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    sys.path.insert(0, str(site))
    yield folder
    sys.path.remove(str(site))


@pytest.fixture(scope="module")
def line_lists(package):
    for lamp in ("ThAr", "HgCd"):
        header = {"INSTRUME": "DEMO", "PRO.CATG": "LINE_LIST", "INS.LAMP": lamp}
        write_fits(package / f"{lamp}.fits", [Hdu(header)], fsync=False)
    return ("ThAr.fits", "HgCd.fits")


def declared(*names: str) -> tuple[StaticCalibration, ...]:
    return tuple(
        StaticCalibration(resource=Resource(package="dfs_static_demo", path=name), title="Lines")
        for name in names
    )


@pytest.fixture(scope="module")
def host(make_host, line_lists):
    return make_host(RULES, dfs_static_calibrations=lambda: declared(*line_lists))


def taken(organisation) -> list[str]:
    (block,) = organisation.blocks
    return [Path(calibration.path).name for calibration in block.calibrations]


def test_hook_dfs_static_calibrations(host, frame, package) -> None:
    arc = frame("arc", DPR__TYPE="ARC", INS__LAMP="HgCd")
    organised = organise_scanned(host, [arc])
    assert organised.problems == ()
    assert [found.path for found in organised.frames] == [arc.path]
    assert taken(organised) == ["HgCd.fits"]
    (block,) = organised.blocks
    assert block.is_complete
    assert block.calibrations[0].path == str(package / "HgCd.fits")
    assert block.calibrations[0].distance_days is None


def test_a_file_of_the_folder_goes_before_the_one_that_comes_with_the_plugin(host, frame) -> None:
    arc = frame("arc", DPR__TYPE="ARC", INS__LAMP="ThAr")
    timeless = frame("z_mine", None, PRO__CATG="LINE_LIST", INS__LAMP="ThAr")
    assert taken(organise_scanned(host, [arc, timeless])) == ["z_mine.fits"]
    old = frame("old", 50000.0, PRO__CATG="LINE_LIST", INS__LAMP="ThAr")
    assert taken(organise_scanned(host, [arc, old])) == ["old.fits"]


def test_without_a_static_calibration_that_fits_the_block_is_incomplete(host, frame) -> None:
    organised = organise_scanned(host, [frame("arc", DPR__TYPE="ARC", INS__LAMP="Ne")])
    (missing,) = organised.blocks[0].missing
    assert missing.tag == "LINE_LIST"
    assert "INS.LAMP" in missing.reason


def test_the_choice_among_static_calibrations_is_explained(host, frame) -> None:
    organised = organise_scanned(host, [frame("arc", DPR__TYPE="ARC", INS__LAMP="HgCd")])
    (explained,) = explain(host, organised, organised.blocks[0].id).inputs
    fates = {Path(c.path).name: c.fate.value for c in explained.candidates}
    assert fates == {"HgCd.fits": "chosen", "ThAr.fits": "condition"}


def test_a_static_calibration_that_is_no_fits_file_is_a_problem(make_host, frame, package) -> None:
    (package / "broken.fits").write_bytes(b"no FITS")
    host = make_host(RULES, dfs_static_calibrations=lambda: declared("broken.fits"))
    organised = organise_scanned(host, [frame("arc", DPR__TYPE="ARC", INS__LAMP="ThAr")])
    assert [Path(problem.path).name for problem in organised.problems] == ["broken.fits"]
    assert not organised.blocks[0].is_complete
