"""A product of several detectors has a unit each, written one after the other."""

from __future__ import annotations

import datetime as dt
import logging
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dfs.foundation.fits.pixels import open_image
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import (
    BadConfiguration,
    DetectorImage,
    QualityParameter,
    Recipe,
    RecipeInput,
    RecipeProduct,
)
from dfs.reduction.context import NativeContext
from dfs.reduction.model import Metric, RecipeTask, TaskFrame
from dfs.testkit.foreign import ForeignView, look
from dfs.testkit.recipes import RecipeRun

RECIPE = Recipe(
    name="demo_dark",
    title="Make a dark",
    function="m:f",
    inputs=(RecipeInput(tag="DARK"),),
    products=(RecipeProduct(category="MASTER_DARK"),),
)
LEVEL = QualityParameter(name="QC.LEVEL", help="Level.", recipes=("demo_dark",))


@pytest.fixture
def context(tmp_path: Path) -> NativeContext:
    raw = tmp_path / "raw.fits"
    coordinates = {"CTYPE1": "RA---TAN", "CRPIX1": 512.0, "CD1_2": 1e-5}
    cards = {"INSTRUME": "DEMO", "DPR.CATG": "CALIB", **coordinates}
    write_fits(raw, [Hdu(cards, np.ones((4, 3), np.uint16))])
    task = RecipeTask(
        id="b1",
        stem="dark",
        recipe=RECIPE,
        frames=(TaskFrame(str(raw), "DARK", is_raw=True),),
        parameters={},
        quality_parameters={"QC.LEVEL": LEVEL},
        pipeline="dfs-demo/1.2",
        system="dfs-0.1.0",
        dictionary="DEMO-1.2",
    )
    return NativeContext(
        task, tmp_path, logging.getLogger("test"), lambda: dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    )


def image(name: str, level: float, *, planes: bool = False) -> DetectorImage:
    data = np.full((4, 3), level, np.float32)
    error, quality = (data / 10, np.zeros((4, 3), np.uint8)) if planes else (None, None)
    return DetectorImage(name, data, error, quality, {"DET.CHIP1.ID": name})


def product(tmp_path: Path) -> ForeignView:
    view = look(tmp_path / "dark_master_dark.fits")
    assert not view.problem
    return view


def test_each_detector_has_its_unit_behind_a_primary_one_without_pixels(context, tmp_path):
    images = [image("CHIP1", 1.0), image("CHIP2", 2.0)]
    context.write_detectors("MASTER_DARK", images, header={"BUNIT": "ADU"})
    primary, *units = product(tmp_path).headers
    assert primary["NAXIS"] == 0
    assert primary["ESO PRO CATG"] == "MASTER_DARK"
    assert [unit["EXTNAME"] for unit in units] == ["CHIP1", "CHIP2"]
    assert [unit["ESO DET CHIP1 ID"] for unit in units] == ["CHIP1", "CHIP2"]
    assert [unit["BUNIT"] for unit in units] == ["ADU", "ADU"]
    for name, level in (("CHIP1", 1.0), ("CHIP2", 2.0)):
        assert (open_image(tmp_path / "dark_master_dark.fits", name).read() == level).all()
    (made,) = context.made().products
    assert (made.category, made.unit) == ("MASTER_DARK", "ADU")


def test_a_unit_without_pixels_has_no_coordinates(context, tmp_path):
    context.write_detectors("MASTER_DARK", [image("CHIP1", 1.0)])
    primary = product(tmp_path).headers[0]
    assert primary["INSTRUME"] == "DEMO"
    assert not {"CTYPE1", "CRPIX1", "CD1_2"} & primary.keys()


def test_error_and_quality_follow_the_data_that_they_belong_to(context, tmp_path):
    images = (image(name, 1.0, planes=True) for name in ("CHIP1", "CHIP2"))
    context.write_detectors("MASTER_DARK", images)
    _, *units = product(tmp_path).headers
    assert [unit["EXTNAME"] for unit in units] == [
        f"{chip}{plane}" for chip in ("CHIP1", "CHIP2") for plane in ("", ".ERR", ".DQ")
    ]
    assert [unit.get("SCIDATA") for unit in units[3:]] == [None, "CHIP2", "CHIP2"]
    assert (units[3]["ERRDATA"], units[3]["QUALDATA"]) == ("CHIP2.ERR", "CHIP2.DQ")


def test_a_detector_is_let_go_of_before_the_next_one_is_made(context, tmp_path):
    alive: list[weakref.ref[np.ndarray]] = []
    others: list[int] = []

    def images() -> Iterator[DetectorImage]:
        for number in range(4):
            others.append(sum(reference() is not None for reference in alive))
            one = image(f"CHIP{number}", float(number), planes=True)
            alive.append(weakref.ref(one.data))
            yield one
            del one

    context.write_detectors("MASTER_DARK", images())
    assert others == [0, 0, 0, 0]
    assert len(product(tmp_path).headers) == 1 + 4 * 3


def test_values_measured_beforehand_are_in_the_header_and_later_ones_are_kept(context, tmp_path):
    context.metric("QC.LEVEL", 1.5)
    context.write_detectors("MASTER_DARK", [image("CHIP1", 1.5)])
    assert product(tmp_path).headers[0]["ESO QC LEVEL"] == 1.5
    assert context.made().metrics == (Metric("QC.LEVEL", 1.5, "MASTER_DARK"),)


def test_a_value_measured_while_detectors_are_made_is_kept(context):
    def images() -> Iterator[DetectorImage]:
        context.metric("QC.LEVEL", 2.5, category="MASTER_DARK")
        yield image("CHIP1", 2.5)

    context.write_detectors("MASTER_DARK", images())
    assert context.made().metrics == (Metric("QC.LEVEL", 2.5, "MASTER_DARK"),)


@pytest.mark.parametrize(
    ("images", "problem"),
    [
        ([], "there is no detector"),
        ([image("CHIP1", 1.0), image("CHIP1", 2.0)], "'CHIP1' does not name one detector"),
        ([image("", 1.0)], "'' does not name one detector"),
        (
            [DetectorImage("CHIP1", np.ones((4, 3)), quality=np.zeros((3, 4), np.uint8))],
            "the quality plane is",
        ),
    ],
)
def test_what_is_no_product_of_detectors_leaves_nothing_behind(context, tmp_path, images, problem):
    with pytest.raises(BadConfiguration, match=problem):
        context.write_detectors("MASTER_DARK", images)
    assert [path.name for path in tmp_path.iterdir()] == ["raw.fits"]
    assert context.made().products == ()


def test_a_recipe_under_test_keeps_each_detector():
    run = RecipeRun(RECIPE, {}, [], logging.getLogger("test"))
    run.write_detectors("MASTER_DARK", [image("CHIP1", 1.0)], header={"BUNIT": "ADU"})
    kept = run.detectors["MASTER_DARK"]["CHIP1"]
    assert kept.data.shape == (4, 3)
    assert kept.header == {"BUNIT": "ADU", "DET.CHIP1.ID": "CHIP1"}
    with pytest.raises(BadConfiguration, match="does not declare"):
        run.write_detectors("SKY", [])


@pytest.mark.parametrize(("highest", "dtype"), [(1 << 14, np.int16), (1 << 30, np.int32)])
def test_flags_take_two_bytes_unless_a_high_one_is_set(context, tmp_path, highest, dtype) -> None:
    flags = np.zeros((4, 3), np.int32)
    flags[1, 2] = highest
    context.write("MASTER_DARK", np.ones((4, 3), np.float32), quality=flags)
    written = open_image(tmp_path / "dark_master_dark.fits", "DQ").read()
    assert written.dtype == dtype
    assert np.array_equal(written, flags)
    bits = 8 * np.dtype(dtype).itemsize
    assert product(tmp_path).headers[1]["HDUCLAS3"] == f"FLAG{bits}BIT"
