"""Our masters are those of the instrument's own pipeline, to the tolerances of the documentation.

Both runners are given the same frames: a window of 512 rows of each chip, all kinds of
masters. docs/reference/native-against-cpl.md says where the differences come from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from numpy.polynomial.polynomial import polyvander2d

from dfs.foundation.errors import UserError
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.write import write_fits
from dfs.host import Host
from dfs.plugin import SimulationRequest
from dfs.reduction.runners import Preference, Runners
from dfs.reduction.single import run_recipe
from dfs_uves.catalogue import RECIPES
from dfs_uves.recipes.chips import ChipFrames
from dfs_uves.recipes.orders import OrderTrace
from dfs_uves.simulate import ARMS, BLUE, REDL, REDU, Chip, calibration_day
from dfs_uves.simulate.echelle import Echelle

pytestmark = pytest.mark.cpl

ROWS = 512
CHIPS = [BLUE, REDL, REDU]
Files = Mapping[str, Sequence[Path]]
Reduce = Callable[..., "Made"]


@dataclass(frozen=True)
class Made:
    """What a recipe made: files by category, measurements by name and category."""

    products: Mapping[str, Path]
    measured: Mapping[tuple[str, str], float]

    def pixels(self, category: str) -> np.ndarray:
        with fits.open(self.products[category]) as units:
            return units[0].data.astype(np.float64)


@dataclass(frozen=True)
class Both:
    """The same, made by our recipe and by CPL's."""

    ours: Made
    theirs: Made

    def difference(self, category: str) -> np.ndarray:
        return self.ours.pixels(category) - self.theirs.pixels(category)

    def measured(self, category: str, name: str) -> tuple[float, float]:
        return self.ours.measured[name, category], self.theirs.measured[name, category]


@pytest.fixture(scope="module", autouse=True)
def _pipeline() -> None:
    """Skip where esorex or the instrument's pipeline is not installed."""
    try:
        Runners(Preference.ESOREX).choose(RECIPES[0])
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Frames of a day, by tag."""
    folder = tmp_path_factory.mktemp("raw")
    request = SimulationRequest(night=dt.date(2026, 11, 22), seed=7, window_rows=ROWS)
    frames: dict[str, list[Path]] = {}
    for frame in calibration_day(request):
        header = frame.units[0].header
        tag = f"{str(header['DPR.TYPE']).removeprefix('LAMP,')}_{header['INS.PATH']}"
        frames.setdefault(tag, []).append(folder / frame.filename)
        write_fits(folder / frame.filename, frame.units, fsync=False)
    return frames


@pytest.fixture(scope="module")
def order_tables(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("orders")
    return {f"ORDER_TABLE_{c.id}": [order_table(c, folder / f"{c.id}.fits")] for c in CHIPS}


@pytest.fixture(scope="module")
def reduce(tmp_path_factory: pytest.TempPathFactory) -> Reduce:
    """Run a recipe through ``dfs recipe run``'s service."""
    host = Host.load()

    def run(name: str, frames: Files, preference: Preference, **parameters: str) -> Made:
        out = tmp_path_factory.mktemp(name)
        sof = out / "frames.sof"
        sof.write_text("".join(f"{path} {tag}\n" for tag in frames for path in frames[tag]))
        result = run_recipe(
            host, f"uves.{name}", sof, out, parameters=parameters, runners=Runners(preference)
        )
        assert result.products, result.detail
        return Made(
            {product.category: out / product.path for product in result.products},
            {(m.name, m.category): m.value for m in result.measurements},
        )

    return run


def both(reduce: Reduce, name: str, frames: Files, **parameters: str) -> Both:
    """Let both runners work on the same files."""
    ours, theirs = (
        reduce(name, frames, preference, **parameters)
        for preference in (Preference.NATIVE, Preference.ESOREX)
    )
    return Both(ours, theirs)


def of_arm(frames: Files, kind: str, arm: str) -> dict[str, Sequence[Path]]:
    return {f"{kind}_{arm}": frames[f"{kind}_{arm}"]}


def masters_of(runs: Mapping[str, Both], arm: str) -> dict[str, list[Path]]:
    """The pipeline's own masters, so that only the recipe under test can differ."""
    return {category: [path] for category, path in runs[arm].theirs.products.items()}


@pytest.fixture(scope="module", params=["median", "mean"])
def bias(request: pytest.FixtureRequest, day: Files, reduce: Reduce) -> dict[str, Both]:
    return {
        arm: both(reduce, "uves_cal_mbias", of_arm(day, "BIAS", arm), stack_method=request.param)
        for arm in ARMS
    }


@pytest.fixture(scope="module")
def dark(day: Files, bias: dict[str, Both], reduce: Reduce) -> dict[str, Both]:
    return {
        arm: both(reduce, "uves_cal_mdark", of_arm(day, "DARK", arm) | masters_of(bias, arm))
        for arm in ARMS
    }


@pytest.fixture(scope="module")
def flat(
    day: Files,
    bias: dict[str, Both],
    dark: dict[str, Both],
    order_tables: Files,
    reduce: Reduce,
) -> dict[str, Both]:
    made = {}
    for arm, chips in ARMS.items():
        tables = {tag: order_tables[tag] for tag in (f"ORDER_TABLE_{c.id}" for c in chips)}
        masters = masters_of(bias, arm) | masters_of(dark, arm) | tables
        made[arm] = both(reduce, "uves_cal_mflat", of_arm(day, "FLAT", arm) | masters)
    return made


def arm_of(chip: Chip) -> str:
    return "BLUE" if chip is BLUE else "RED"


def output(chip: Chip) -> str:
    return ChipFrames(chip.id, []).output


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.id)
class TestMasters:
    def test_a_master_bias_is_theirs_within_the_shift_to_a_common_level(self, chip, bias) -> None:
        made = bias[arm_of(chip)]
        difference = made.difference(f"MASTER_BIAS_{chip.id}")
        # A mean of ours leaves out what is beyond 5 σ of the read noise. Theirs compares with
        # the scatter of the five values, of which none can be more than 1.8 σ off.
        clipped = np.abs(difference) > 0.01  # ADU
        assert clipped.mean() < 5e-5
        assert abs(difference[~clipped].mean()) < 1e-4

    def test_the_noise_and_structure_of_the_bias_are_theirs(self, chip, bias) -> None:
        made = bias[arm_of(chip)]
        category = f"MASTER_BIAS_{chip.id}"
        for name, tolerance in (("RON.RAW", 0.01), ("RON.MASTER", 0.01), ("STRUCTY", 0.02)):
            ours, theirs = made.measured(category, f"QC.{output(chip)}.{name}")
            assert ours == pytest.approx(theirs, rel=tolerance), name

    def test_a_master_dark_is_theirs(self, chip, dark) -> None:
        difference = dark[arm_of(chip)].difference(f"MASTER_DARK_{chip.id}")
        assert np.abs(difference).max() < 5e-4  # ADU: float32 beside their float64

    def test_the_dark_signal_of_the_regions_is_theirs(self, chip, dark) -> None:
        for name in ("QC.REG.AVG.AVG", "QC.REG.AVG.RMS"):
            ours, theirs = dark[arm_of(chip)].measured(f"MASTER_DARK_{chip.id}", name)
            assert ours == pytest.approx(theirs, abs=1e-4), name  # ADU

    def test_a_master_flat_is_theirs_where_there_is_light(self, chip, flat) -> None:
        made = flat[arm_of(chip)]
        ours, theirs = (
            each.pixels(f"MASTER_FLAT_{chip.id}") + each.pixels(f"BKG_FLAT_{chip.id}")
            for each in (made.ours, made.theirs)
        )
        lit = theirs > np.percentile(theirs, 70)
        # The frames' relative levels are measured in another way: over the whole chip.
        assert np.abs(ours[lit] / theirs[lit] - 1).max() < 2e-4

    def test_the_light_between_the_orders_is_theirs(self, chip, flat) -> None:
        made = flat[arm_of(chip)]
        category = f"BKG_FLAT_{chip.id}"
        difference, level = made.difference(category), made.theirs.pixels(category).mean()
        # The lowest blue orders leave a gap of four pixels: samples there are on steep flanks.
        apart = difference[len(difference) // 5 :] if chip is BLUE else difference
        assert np.sqrt(np.mean(apart**2)) < 0.02 * level
        assert abs(apart.mean()) < 0.005 * level

    def test_products_say_the_same_of_their_pixels(self, chip, bias, dark, flat) -> None:
        for made, kind in ((bias, "BIAS"), (dark, "DARK"), (flat, "FLAT")):
            ours, theirs = (
                read_header(each.products[f"MASTER_{kind}_{chip.id}"])
                for each in (made[arm_of(chip)].ours, made[arm_of(chip)].theirs)
            )
            same = ["EXPTIME", "MJD-OBS", "PRO.CATG", "PRO.TECH", "PRO.DATANCOM", "DET.OUT1.CONAD"]
            same += [f"C{name}{axis}" for name in ("TYPE", "RVAL", "RPIX", "DELT") for axis in "12"]
            same += [k for k in theirs if k.startswith(("INS.", "DET.WIN1.", "DET.CHIP"))]
            for keyword in same:
                expected = theirs[keyword]
                if isinstance(expected, float):
                    expected = pytest.approx(expected, rel=1e-12)
                assert ours[keyword] == expected, keyword


@pytest.mark.parametrize("arm", ARMS)
def test_their_recipes_take_our_masters(arm, day, bias, order_tables, reduce) -> None:
    ours = {category: [path] for category, path in bias[arm].ours.products.items()}
    dark = reduce("uves_cal_mdark", of_arm(day, "DARK", arm) | ours, Preference.ESOREX)
    ours |= {
        category: [path]
        for category, path in reduce(
            "uves_cal_mdark", of_arm(day, "DARK", arm) | ours, Preference.NATIVE
        ).products.items()
    }
    tables = {tag: order_tables[tag] for tag in (f"ORDER_TABLE_{c.id}" for c in ARMS[arm])}
    flat = reduce("uves_cal_mflat", of_arm(day, "FLAT", arm) | ours | tables, Preference.ESOREX)
    for chip in ARMS[arm]:
        assert np.abs(dark.pixels(f"MASTER_DARK_{chip.id}").mean()) < 5.0
        assert flat.pixels(f"MASTER_FLAT_{chip.id}").mean() > 10.0


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.id)
def test_an_order_table_is_read_as_it_is_meant(chip: Chip, order_tables: Files) -> None:
    trace = OrderTrace.read(str(order_tables[f"ORDER_TABLE_{chip.id}"][0]))
    echelle, first_x = Echelle.of(chip.id), first_column(chip)
    columns = np.arange(0.0, ROWS, 50.0)
    relative = np.arange(1.0, len(echelle.orders) + 1)
    absolute = echelle.orders[::-1][:, np.newaxis]
    expected = echelle.y(absolute, columns + first_x) - 1
    assert np.abs(trace.rows(columns, relative) - expected).max() < 0.01


def first_column(chip: Chip) -> int:
    """Give x, on the whole chip, of the first column of a window's products."""
    echelle = Echelle.of(chip.id)
    return (echelle.nx - ROWS) - (echelle.nx - ROWS) // 2 + 1


def order_table(chip: Chip, path: Path) -> Path:
    """Write an ORDER_TABLE of the window from the simulated geometry, in the pipeline's format."""
    echelle, first_x = Echelle.of(chip.id), first_column(chip)
    relative = np.arange(len(echelle.orders)) + 1
    x, order = (a.ravel().astype(float) for a in np.meshgrid(np.arange(1, ROWS + 1, 10), relative))
    y = echelle.y(echelle.orders[::-1][order.astype(int) - 1], x + first_x - 1)
    shifts, scales = (0.0, ROWS / 2, relative.mean()), (1.0, ROWS / 2, relative.mean())
    design = polyvander2d((x - shifts[1]) / scales[1], (order - shifts[2]) / scales[2], [4, 5])
    terms = np.linalg.lstsq(design, y, rcond=None)[0].reshape(5, 6)
    zero = np.zeros_like(y)
    columns = {
        "Order": ("J", order), "X": ("J", x), "Y": ("D", y), "dY": ("D", zero + 0.01),
        "Residual_Square": ("D", zero), "OrderRMS": ("D", zero), "OrderSlope": ("D", zero),
        "Yfit": ("D", y), "dYfit_Square": ("D", zero), "Residual": ("D", zero),
    }  # fmt: skip
    power_x, power_order = np.indices((8, 8))
    kept = power_x + power_order < 8
    padded = np.zeros((8, 8))
    padded[:5, :6] = terms
    polynomial = {
        "Order1": ("J", [-1] * 6 + power_x[kept].tolist()),
        "Order2": ("J", [-1] * 6 + power_order[kept].tolist()),
        "Coeff": ("D", [*shifts, *scales, *padded[kept]]),
    }
    traces = {"TraceID": ("J", [0]), "Offset": ("D", [0.0]), "Tracemask": ("J", [1])}
    primary = fits.PrimaryHDU()
    primary.header["INSTRUME"] = "UVES"
    for number in (1, 2):
        primary.header[f"HIERARCH ESO DET CHIP{number} ID"] = chip.id
    primary.header["HIERARCH ESO PRO CATG"] = f"ORDER_TABLE_{chip.id}"
    primary.header["HIERARCH ESO PRO REC1 DRS ID"] = "cpl-7.2.3"  # else the format is an older one
    tables = [
        fits.BinTableHDU.from_columns(
            [fits.Column(key, form, array=values) for key, (form, values) in each.items()],
            name=name,
        )
        for name, each in (
            ("ORDER_TAB", columns), ("ORDER_POL", polynomial), ("ORDER_INFO", traces),
        )
    ]  # fmt: skip
    fits.HDUList([primary, *tables]).writeto(path)
    return path
