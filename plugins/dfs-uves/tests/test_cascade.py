"""The instrument's own pipeline takes a day of the blue arm from bias to wavelengths.

By way of our rules and runner, on whole frames; what it finds is compared with the truth.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from dfs.foundation.clock import mjd_from_datetime
from dfs.foundation.errors import UserError
from dfs.foundation.fits.write import write_fits
from dfs.host import Host
from dfs.organiser.service import organise
from dfs.plugin import RawFrame, SimulationRequest, Verdict
from dfs.reduction.model import BlockResult, BlockState
from dfs.reduction.runners import Preference, Runners
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace
from dfs_uves.catalogue import RECIPES
from dfs_uves.headers import OVERSCAN_PX, PRESCAN_PX
from dfs_uves.simulate import calibration_day
from dfs_uves.simulate.echelle import Echelle

pytestmark = pytest.mark.cpl

NIGHT = dt.date(2026, 11, 22)
LATER = dt.datetime(2026, 11, 22, 16, tzinfo=dt.UTC)
"""When the arc was taken upside down."""
CASCADE = {
    "uves_cal_mbias": {"MASTER_BIAS_BLUE"},
    "uves_cal_mdark": {"MASTER_DARK_BLUE"},
    "uves_cal_predict": {"ORDER_GUESS_TAB_BLUE", "LINE_GUESS_TAB_BLUE"},
    "uves_cal_orderpos": {"ORDER_TABLE_BLUE"},
    "uves_cal_mflat": {"MASTER_FLAT_BLUE", "BKG_FLAT_BLUE"},
    "uves_cal_wavecal": {"LINE_TABLE_BLUE"},
}


@dataclass(frozen=True)
class Reduced:
    """A reduced day: its folder, the results by recipe, that of the arc upside down."""

    folder: Path
    results: Mapping[str, BlockResult]
    upside_down: BlockResult

    def open(self, category: str) -> fits.HDUList:
        for result in self.results.values():
            for product in result.products:
                if product.category == category:
                    return fits.open(self.folder / product.path)
        raise LookupError(category)

    def measured(self, recipe: str) -> dict[str, float]:
        return {m.name: m.value for m in self.results[recipe].measurements}


@pytest.fixture(scope="module", autouse=True)
def _pipeline() -> None:
    """Skip where esorex or the instrument's pipeline is not installed."""
    try:
        Runners(Preference.ESOREX).choose(RECIPES[0])
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The blue arm's day, and an arc that somebody put in upside down."""
    folder = tmp_path_factory.mktemp("raw")
    for frame in blue_frames():
        write_fits(folder / frame.filename, frame.units, fsync=False)
        if frame.units[0].header["DPR.TYPE"] == "LAMP,WAVE":
            turned = upside_down(frame)
            write_fits(folder / turned.filename, turned.units, fsync=False)
    return folder


def blue_frames() -> Iterator[RawFrame]:
    for frame in calibration_day(SimulationRequest(night=NIGHT, seed=3)):
        if frame.units[0].header["INS.PATH"] == "RED":
            return
        yield frame


def upside_down(frame: RawFrame) -> RawFrame:
    (unit,) = frame.units
    assert unit.data is not None
    data = unit.data.copy()
    light = np.s_[:, PRESCAN_PX:-OVERSCAN_PX]
    data[light] = data[light][::-1, ::-1]
    name = f"UVES.{LATER:%Y-%m-%dT%H:%M:%S}.fits"
    header = {**unit.header, "ARCFILE": name, "MJD-OBS": mjd_from_datetime(LATER)}
    return RawFrame(name, (replace(unit, header=header, data=data),))


def reduce(raw: Path, folder: Path, preference: Preference) -> Reduced:
    host = Host.load()
    organisation = organise(host, [raw], instrument="uves")
    assert not organisation.problems
    with Workspace.open(folder) as workspace:
        report = reduce_blocks(
            host, organisation, workspace, jobs=2, runners=Runners(preference), reports=False
        )
    by_time = sorted(report.results, key=lambda result: result.block.time_mjd or 0.0)
    return Reduced(folder, {r.block.recipe: r for r in by_time[:-1]}, by_time[-1])


@pytest.fixture(scope="module")
def reduced(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Reduced:
    """The day, by the CPL recipes alone."""
    return reduce(raw, tmp_path_factory.mktemp("cpl"), Preference.ESOREX)


@pytest.fixture(scope="module")
def mixed(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Reduced:
    """The day, by our recipes where there are some."""
    return reduce(raw, tmp_path_factory.mktemp("best"), Preference.BEST)


@pytest.fixture(params=["reduced", "mixed"])
def either(request: pytest.FixtureRequest) -> Reduced:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("recipe", CASCADE)
def test_every_recipe_of_the_cascade_makes_its_products(either: Reduced, recipe: str) -> None:
    result = either.results[recipe]
    assert result.state is BlockState.DONE, result.detail
    assert {product.category for product in result.products} == CASCADE[recipe]


@pytest.mark.parametrize("recipe", CASCADE)
def test_a_healthy_instrument_is_judged_good(either: Reduced, recipe: str) -> None:
    scores = either.results[recipe].scores
    assert {score.name: score.verdict for score in scores} == {
        score.name: Verdict.GOOD for score in scores
    }


def test_orders_are_found_where_the_light_is(either: Reduced) -> None:
    echelle = Echelle.of("BLUE")
    with either.open("ORDER_TABLE_BLUE") as units:
        table = units["ORDER_TAB"].data
        # The pipeline counts orders from 1 upwards in y, against their absolute numbers.
        order = echelle.orders[-1] + 1 - table["Order"]
        error_px = table["Yfit"] - echelle.y(order, table["X"].astype(float))
    assert len(np.unique(order)) == len(echelle.orders) == 39
    assert np.std(error_px) < 0.01
    assert np.abs(error_px).max() < 0.05


def test_the_wavelengths_are_those_that_the_lamp_sent(either: Reduced) -> None:
    echelle = Echelle.of("BLUE")
    with either.open("LINE_TABLE_BLUE") as units:
        table = units["LINE_T0_W2_X4"].data  # the middle of the slit
        used = table["NLinSol"] == 1
        order, x = table["Order"][used].astype(float), table["X"][used].astype(float)
        error_px = (table["WaveC"][used] - echelle.wavelengths_a(order, x)) / table["Pixel"][used]
    assert set(np.unique(order)) == set(echelle.orders)
    assert used.sum() > 900
    assert np.std(error_px) < 0.02
    assert np.abs(error_px).max() < 0.15


def test_most_lines_are_identified(either: Reduced) -> None:
    measured = either.measured("uves_cal_wavecal")
    assert measured["QC.LINE.HALFBRIG"] > 85
    assert measured["QC.NLINSEL"] > 1000
    assert measured["QC.LINE.RESIDRMS.PIX"] < 0.03


def test_the_format_is_where_the_model_predicts_it(reduced: Reduced) -> None:
    measured = reduced.measured("uves_cal_predict")
    assert abs(measured["QC.MODEL.DIFFXMED"]) < 1
    assert abs(measured["QC.MODEL.DIFFYMED"]) < 1


def test_an_arc_that_is_upside_down_never_gives_a_good_solution(reduced: Reduced) -> None:
    result = reduced.upside_down
    verdicts = {score.name: score.verdict for score in result.scores}
    assert result.state is BlockState.FAILED or verdicts["QC.LINE.HALFBRIG"] is Verdict.BAD


def test_the_line_list_is_told_of_in_the_product(reduced: Reduced) -> None:
    with reduced.open("LINE_TABLE_BLUE") as units:
        header = units[0].header
        calibrations = {
            header[f"ESO PRO REC1 CAL{i} CATG"]: header[f"ESO PRO REC1 CAL{i} NAME"]
            for i in range(1, 9)
            if f"ESO PRO REC1 CAL{i} CATG" in header
        }
    assert calibrations["LINE_REFER_TABLE"] == "line_refer_table.fits"
    assert set(calibrations) == {
        "LINE_REFER_TABLE",
        "LINE_GUESS_TAB_BLUE",
        "ORDER_TABLE_BLUE",
        "MASTER_BIAS_BLUE",
        "MASTER_FLAT_BLUE",
    }
