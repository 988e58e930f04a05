"""The header of a product, card by card, and what a recipe may not do with it."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dfs.foundation.fits.encode import encode_card
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import (
    BadConfiguration,
    HeaderCards,
    Parameter,
    QualityParameter,
    Recipe,
    RecipeInput,
    RecipeProduct,
)
from dfs.reduction.context import NativeContext
from dfs.reduction.model import Made, Metric, RecipeTask, TaskFrame
from dfs.reduction.pixels import pixel_statistics
from dfs.reduction.product_header import ProductFacts, product_header

NOW = dt.datetime(2026, 11, 23, 8, 0, 0, 500, tzinfo=dt.UTC)
RAW: HeaderCards = {
    "INSTRUME": "DEMO",
    "ARCFILE": "DEMO.1.fits",
    "MJD-OBS": 61000.25,
    "DPR.CATG": "SCIENCE",
    "DPR.TECH": "SPECTRUM",
    "INS.MODE": "A",
    "DET.WIN1.UIT1": 0.0,
    "CHECKSUM": "x",
    "BUNIT": "ADU",
    "DATAMIN": 1.0,
    "PRO.CATG": "OLD",
    "QC.OLD": 1.0,
}
RECIPE = Recipe(
    name="demo_bias",
    title="",
    function="m:f",
    inputs=(RecipeInput(tag="BIAS"),),
    products=(RecipeProduct(category="MASTER_BIAS"), RecipeProduct(category="NOISE")),
    parameters=(
        Parameter(name="clean", type="bool", default=False, help="Clean traps — really"),
        Parameter(name="kappa", type="float", default=5.0, help="Clip"),
    ),
)


def parameter(name: str, unit: str = "") -> QualityParameter:
    return QualityParameter(name=name, unit=unit, help="Level.", recipes=("demo_bias",))


def task(*frames: TaskFrame) -> RecipeTask:
    names = ("QC.BIAS.LEVEL", "QC.BIAS.RON")
    return RecipeTask(
        id="b1",
        stem="bias",
        recipe=RECIPE,
        frames=frames,
        parameters={"clean": True, "kappa": 3.0},
        quality_parameters={name: parameter(name, "ADU") for name in names},
        pipeline="dfs-demo/1.2",
        system="dfs-0.1.0",
        dictionary="DEMO-1.2",
        setup_keywords=("INS.MODE", "INS.ABSENT"),
    )


def header(cards: HeaderCards, *metrics: Metric, calibration: str = "m.fits") -> dict[str, object]:
    frames = (
        TaskFrame("/raw/a.fits", "BIAS", is_raw=True),
        TaskFrame(f"/out/{calibration}", "MASTER_DARK", is_raw=False),
    )
    facts = ProductFacts(
        task=task(*frames),
        headers=(RAW, {"DATAMD5": "abc"}),  # type: ignore[arg-type]
        category="MASTER_BIAS",
        filename="bias_master_bias.fits",
        metrics=metrics,
        statistics=pixel_statistics(np.array([[1.0, 2.0], [np.nan, 6.0]])),
        cards=cards,
        started_at=NOW,
        written_at=NOW + dt.timedelta(seconds=2),
    )
    return dict(product_header(facts))


def value(card: object) -> object:
    return card[0] if isinstance(card, tuple) else card


def test_the_first_raw_frame_hands_down_its_keywords_but_not_what_it_was() -> None:
    made = header({})
    for keyword in ("INSTRUME", "ARCFILE", "MJD-OBS", "INS.MODE", "DET.WIN1.UIT1"):
        assert value(made[keyword]) == RAW[keyword]
    for keyword in ("DPR.CATG", "DPR.TECH", "CHECKSUM", "BUNIT", "QC.OLD"):
        assert keyword not in made


def test_provenance_is_complete() -> None:
    made = {keyword: value(card) for keyword, card in header({}).items()}
    wanted = {
        "PIPEFILE": "bias_master_bias.fits",
        "DATAMIN": 1.0,
        "DATAMAX": 6.0,
        "PRO.DID": "PRO-1.15",
        "PRO.CATG": "MASTER_BIAS",
        "PRO.TYPE": "REDUCED",
        "PRO.TECH": "SPECTRUM",
        "PRO.SCIENCE": True,
        "PRO.ANCESTOR": "DEMO.1.fits",
        "PRO.DATANCOM": 1,
        "PRO.DATAMED": 2.0,
        "PRO.DATAAVG": 3.0,
        "PRO.REC1.ID": "demo_bias",
        "PRO.REC1.DRS.ID": "dfs-0.1.0",
        "PRO.REC1.PIPE.ID": "dfs-demo/1.2",
        "PRO.REC1.RAW1.NAME": "a.fits",
        "PRO.REC1.RAW1.CATG": "BIAS",
        "PRO.REC1.CAL1.NAME": "m.fits",
        "PRO.REC1.CAL1.CATG": "MASTER_DARK",
        "PRO.REC1.CAL1.DATAMD5": "abc",
        "PRO.REC1.PARAM1.NAME": "clean",
        "PRO.REC1.PARAM1.VALUE": "true",
        "PRO.REC1.PARAM2.VALUE": "3.0",
        "PRO.REC1.START": "2026-11-23T08:00:00",
        "PRO.REC1.STOP": "2026-11-23T08:00:02",
    }
    assert {keyword: made[keyword] for keyword in wanted} == wanted
    assert header({})["PRO.REC1.PARAM2.VALUE"] == ("3.0", "Default: 5.0")
    assert header({})["PRO.REC1.PARAM1.NAME"] == ("clean", "Clean traps ? really")


def test_a_long_file_name_is_cut_because_pipelines_read_no_continued_strings() -> None:
    name = "DEMO.2026-11-22T08_00_00.000_template_master_dark.fits"
    made = header({}, calibration=name)
    kept, comment = made["PRO.REC1.CAL1.NAME"]
    assert name.startswith(kept)
    assert len(kept) > 40
    assert b"CONTINUE" not in encode_card("PRO.REC1.CAL1.NAME", kept, comment)


def test_the_recipe_may_say_what_the_data_are_but_not_where_they_come_from() -> None:
    made = header({"PRO.TECH": "IMAGE", "BUNIT": "e-", "PRO.CATG": "LIE", "PRO.REC1.ID": "lie"})
    assert value(made["PRO.TECH"]) == "IMAGE"
    assert value(made["BUNIT"]) == "e-"
    assert value(made["PRO.CATG"]) == "MASTER_BIAS"
    assert value(made["PRO.REC1.ID"]) == "demo_bias"


def test_quality_values_carry_their_unit_and_one_that_is_not_finite_is_left_out() -> None:
    made = header({}, Metric("QC.BIAS.LEVEL", 200), Metric("QC.BIAS.RON", float("nan")))
    assert made["QC.BIAS.LEVEL"] == (200.0, "[ADU] Level.")
    assert isinstance(value(made["QC.BIAS.LEVEL"]), float)
    assert value(made["QC.DID"]) == "DEMO-1.2"
    assert "QC.BIAS.RON" not in made
    assert "QC.DID" not in header({})


def test_standard_keywords_come_first() -> None:
    long = ["." in keyword for keyword in header({"BUNIT": "e-"}, Metric("QC.BIAS.LEVEL", 1.0))]
    assert long == sorted(long)


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.integers(1, 6)),
        elements=st.floats(-9, 9, width=32),
    )
)
def test_statistics_agree_with_the_plain_formulas(data: np.ndarray[tuple[int, int]]) -> None:
    found = pixel_statistics(data)
    assert found is not None
    assert (found.minimum, found.maximum) == (data.min(), data.max())
    assert found.median == pytest.approx(float(np.median(data)))
    assert found.mean == pytest.approx(data.mean(dtype=float))
    assert found.rms == pytest.approx(data.std(dtype=float), abs=1e-6)


def test_a_product_without_a_finite_pixel_has_no_statistics() -> None:
    assert pixel_statistics(np.full((2, 2), np.nan)) is None


# ── What a recipe may do ────────────────────────────────────────────────────


@pytest.fixture
def context(tmp_path: Path) -> NativeContext:
    frames = []
    for number, time_mjd in enumerate((61000.5, 61000.25)):
        path = tmp_path / f"{number}.fits"
        write_fits(path, [Hdu({**RAW, "MJD-OBS": time_mjd}, np.zeros((2, 2), np.uint16))])
        frames.append(TaskFrame(str(path), "BIAS", is_raw=True))
    return NativeContext(task(*frames), tmp_path, logging.getLogger("test"), lambda: NOW)


PIXELS = np.ones((4, 3), np.float32)


def test_frames_come_oldest_first(context: NativeContext) -> None:
    assert [frame.header["MJD-OBS"] for frame in context.frames("BIAS")] == [61000.25, 61000.5]
    assert context.frames("SKY") == ()
    assert len(context.frames()) == 2


def test_a_value_belongs_to_its_product_or_to_each_later_one(
    context: NativeContext, tmp_path: Path
) -> None:
    context.metric("QC.BIAS.LEVEL", 1.0)
    context.metric("QC.BIAS.RON", 2.0, category="NOISE")
    context.write("MASTER_BIAS", PIXELS)
    context.write("NOISE", PIXELS, header={"BUNIT": "e-"})
    made = context.made()
    assert made.metrics == (
        Metric("QC.BIAS.LEVEL", 1.0, "MASTER_BIAS"),
        Metric("QC.BIAS.LEVEL", 1.0, "NOISE"),
        Metric("QC.BIAS.RON", 2.0, "NOISE"),
    )
    assert made.setup == {"INS.MODE": "A"}
    assert [product.unit for product in made.products] == ["", "e-"]
    assert "QC.BIAS.RON" not in read_header(tmp_path / "bias_master_bias.fits")
    assert read_header(tmp_path / "bias_noise.fits")["QC.BIAS.RON"] == 2.0


def test_a_value_of_one_product_wins_over_that_of_all(context: NativeContext) -> None:
    context.metric("QC.BIAS.LEVEL", 2.0, category="NOISE")
    context.metric("QC.BIAS.LEVEL", 1.0)
    context.write("NOISE", PIXELS)
    assert context.made().metrics == (Metric("QC.BIAS.LEVEL", 2.0, "NOISE"),)


def test_a_value_measured_too_late_is_a_mistake(context: NativeContext) -> None:
    context.write("MASTER_BIAS", PIXELS)
    with pytest.raises(BadConfiguration, match="written already"):
        context.metric("QC.BIAS.LEVEL", 1.0, category="MASTER_BIAS")
    context.metric("QC.BIAS.LEVEL", 1.0)
    with pytest.raises(BadConfiguration, match="no such product was written afterwards"):
        context.made()


def test_what_the_declaration_does_not_say_is_a_mistake(context: NativeContext) -> None:
    with pytest.raises(BadConfiguration, match=r"QC\.SKY is not declared"):
        context.metric("QC.SKY", 1.0)
    with pytest.raises(BadConfiguration, match="SKY is not a declared product"):
        context.write("SKY", PIXELS)
    with pytest.raises(BadConfiguration, match="the error plane is"):
        context.write("NOISE", PIXELS, error=PIXELS[:2])
    context.write("NOISE", PIXELS)
    with pytest.raises(BadConfiguration, match="was written already"):
        context.write("NOISE", PIXELS)
    context.metric("QC.BIAS.RON", 1.0)
    with pytest.raises(BadConfiguration, match="measured twice"):
        context.metric("QC.BIAS.RON", 1.0)


def test_a_recipe_that_does_nothing_has_made_nothing(context: NativeContext) -> None:
    assert context.made() == Made((), (), {"INS.MODE": "A"})
