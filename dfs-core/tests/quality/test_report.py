"""The reports that a person opens."""

from __future__ import annotations

import datetime as dt
import json
import math
import pickle
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from dfs.foundation.errors import StorageError
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import Limits, Measurement, QualityParameter, Score, Verdict
from dfs.quality.logic import judge
from dfs.quality.model import (
    ReportInput,
    ReportMaterial,
    ReportProduct,
    RunEntry,
    ScoredMeasurement,
)
from dfs.quality.report.block import write_block_report
from dfs.quality.report.folder import write_folder
from dfs.quality.report.gauge import gauge
from dfs.quality.report.run import write_run_report
from dfs.quality.trend import Series, Trend, TrendPoint

VOID = {"meta", "img", "br", "rect", "line", "path", "circle"}
START = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


class Page(HTMLParser):
    """A page, read strictly: what is opened is closed, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(path.read_text("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def material(master_bias: Path, level_parameter: QualityParameter) -> ReportMaterial:
    measurement = Measurement(
        name="QC.BIAS.LEVEL", value=231.5, category="MASTER_BIAS", product="b1.MASTER_BIAS"
    )
    (score,) = judge({level_parameter.name: level_parameter}, [measurement])
    return ReportMaterial(
        block="b1",
        name="night_bias",
        instrument="demo",
        instrument_title="Demonstration camera",
        action="ACTION_BIAS",
        recipe="demo_bias",
        recipe_title="Master bias",
        parameters={"kappa": 4.0},
        setup={"DET.READ.SPEED": "fast"},
        inputs=(
            ReportInput("BIAS", "/raw/bias1.fits"),
            ReportInput("MASTER_DARK", "/raw/dark.fits", "risky", -12.5),
        ),
        products=(
            ReportProduct("b1.MASTER_BIAS", "MASTER_BIAS", str(master_bias), "x.fits", "ADU"),
        ),
        measured=(ScoredMeasurement(measurement, score, level_parameter),),
        log_tail=("a line", "<script>alert(1)</script>"),
        software={"dfs-core": "0.1.0"},
        time_mjd=61002.25,
        started_at=START,
        ended_at=START + dt.timedelta(seconds=75),
        peak_memory_mb=120.0,
    )


def test_a_report_says_what_why_and_of_what(tmp_path: Path, material: ReportMaterial) -> None:
    page = Page(write_block_report(tmp_path / "report", material))
    for told in (
        *("Bad", "231.5 ADU is above the limit 220 ADU", "Demonstration camera", "ACTION_BIAS"),
        *("demo_bias", "180 to 220", "bias1.fits", "risky", "-12.50 days", "kappa", "fast"),
        *("2025-11-23 06:00:00 UTC", "1 min 15 s", "bit 30, no data: 20", "20 of 4,800", "a line"),
    ):
        assert told in page.text


def test_a_report_needs_nothing_but_itself(tmp_path: Path, material: ReportMaterial) -> None:
    page = Page(write_block_report(tmp_path / "report", material))
    assert page.all("script") == page.all("link") == []
    assert [image["src"] or "" for image in page.all("img")] != []
    assert all((image["src"] or "").startswith("data:image/png") for image in page.all("img"))
    assert "url(" not in (tmp_path / "report" / "report.html").read_text("utf-8")


def test_a_report_can_be_read_without_seeing_it(tmp_path: Path, material: ReportMaterial) -> None:
    page = Page(write_block_report(tmp_path / "report", material))
    assert page.all("html") == [{"lang": "en"}]
    assert all(image["alt"] for image in page.all("img"))
    assert all(header["scope"] in {"col", "row"} for header in page.all("th"))
    assert len(page.all("h1")) == 1
    assert all(drawing["aria-hidden"] == "true" for drawing in page.all("svg"))


def test_a_report_charts_what_was_measured_before(
    tmp_path: Path, material: ReportMaterial, level_parameter: QualityParameter
) -> None:
    series = Series("demo", "demo_bias", "QC.BIAS.LEVEL", "MASTER_BIAS", {})
    before = [
        TrendPoint("b", "b", 200.0 + day % 3, 61000.0 + day, Verdict.GOOD) for day in range(10)
    ]
    trend = Trend.of(series, "ADU", level_parameter, before)
    (measured,) = material.measured
    at = measured.measurement.model_copy(update={"time_mjd": 61020.0})
    charted = replace(material, measured=(replace(measured, measurement=at, trend=trend),))
    page = Page(write_block_report(tmp_path / "report", charted))
    assert "median 201 ADU of 10 values" in page.text
    assert len(page.all("circle")) == 10
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["measurements"][0]["trend"]["median"] == 201.0
    plain = Page(write_block_report(tmp_path / "plain", material))
    assert "Control charts" not in plain.text


def test_what_comes_from_outside_is_escaped(tmp_path: Path, material: ReportMaterial) -> None:
    write_block_report(tmp_path / "report", replace(material, name="<b>&"))
    text = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "<script" not in text
    assert "&lt;b&gt;&amp;" in text


def test_the_same_material_gives_the_same_bytes(tmp_path: Path, material: ReportMaterial) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_block_report(first, material)
    write_block_report(second, pickle.loads(pickle.dumps(material)))
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert len(names) == 6
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_the_json_says_what_the_page_says(tmp_path: Path, material: ReportMaterial) -> None:
    write_block_report(tmp_path / "report", material)
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert (report["block"], report["verdict"]) == ("b1", "bad")
    assert report["measurements"][0]["value"] == 231.5
    assert report["measurements"][0]["limits"] == {"low": 180.0, "high": 220.0}
    data, error, quality = report["products"][0]["planes"]
    assert data["statistics"]["missing"] == 20
    assert error["statistics"]["median"] == 0.5
    assert quality["flags"] == {"bit 30, no data": 20}
    assert all((tmp_path / "report" / name).is_file() for name in data["pictures"])


def test_a_value_that_is_no_number_is_null_in_json(
    tmp_path: Path, material: ReportMaterial
) -> None:
    measurement = Measurement(name="QC.BIAS.LEVEL", value=math.nan, category="MASTER_BIAS")
    score = Score(name=measurement.name, category="MASTER_BIAS", verdict=Verdict.BAD, reason="no")
    measured = (ScoredMeasurement(measurement, score),)
    page = Page(write_block_report(tmp_path / "report", replace(material, measured=measured)))
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["measurements"][0]["value"] is None
    assert "not a finite number" in page.text


def test_a_report_survives_products_that_show_nothing(
    tmp_path: Path, material: ReportMaterial
) -> None:
    write_fits(tmp_path / "table.fits", [Hdu({}, None, "")])
    write_fits(tmp_path / "nan.fits", [Hdu({}, np.full((4, 4), np.nan, np.float32), "")])
    (tmp_path / "text.fits").write_text("no FITS at all", "utf-8")
    products = tuple(
        ReportProduct(f"b1.{name}", name.upper(), str(tmp_path / f"{name}.fits"))
        for name in ("table", "nan", "text", "absent")
    )
    page = Page(write_block_report(tmp_path / "report", replace(material, products=products)))
    assert page.all("img") == []
    for told in (
        "It holds no images",
        "every pixel is missing",
        "[fits.not-fits]",
        "[fits.unreadable]",
    ):
        assert told in page.text


@pytest.mark.parametrize(
    "data",
    [
        np.full((8, 8), 7.0, np.float32),
        np.zeros((1, 1), np.uint16),
        np.array([[1e38, -1e38, np.inf]], np.float32),
        np.array([[1e300, -1e300]], np.float64),
        np.full((3, 4), 1e-30, np.float64),
        np.array([[0, 2**31 - 1]], np.int32),
    ],
)
def test_odd_images_are_drawn(
    tmp_path: Path, material: ReportMaterial, data: np.ndarray[tuple[int, int], np.dtype[np.number]]
) -> None:
    write_fits(tmp_path / "odd.fits", [Hdu({}, data, "")])
    product = ReportProduct("b1.ODD", "ODD", str(tmp_path / "odd.fits"), unit="10$^-3$ ADU")
    page = Page(write_block_report(tmp_path / "report", replace(material, products=(product,))))
    assert len(page.all("img")) == 4


def test_a_report_of_a_failed_block_says_so_first(tmp_path: Path, material: ReportMaterial) -> None:
    failed = replace(
        material, state="failed", problem="the recipe was killed", products=(), measured=()
    )
    page = Page(write_block_report(tmp_path / "report", failed))
    assert page.text.index("the recipe was killed") < page.text.index("QC1 parameters")
    assert "To be judged" not in page.text


def test_a_report_replaces_the_earlier_one_as_a_whole(
    tmp_path: Path, material: ReportMaterial
) -> None:
    folder = tmp_path / "report"
    write_block_report(folder, material)
    write_block_report(folder, replace(material, products=()))
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_report_that_cannot_be_written_leaves_the_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write_folder(folder, {"report.html": b"old"})
    with pytest.raises(StorageError, match=r"\[storage.not-writable\]"):
        write_folder(folder, {"report.html": b"new", "no/such/folder": b""})
    assert (folder / "report.html").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_run_lists_every_block_with_its_verdict(tmp_path: Path) -> None:
    def entry(block: str, state: str, *verdicts: Verdict, problem: str = "") -> RunEntry:
        scores = tuple(
            Score(name="QC.X", category="MASTER", verdict=v, reason="so it is") for v in verdicts
        )
        report = f"{block}/report.html" if state == "done" else ""
        told = (block, f"night_{block}", "Demonstration camera", "ACTION", "demo_bias", state)
        return RunEntry(*told, scores, problem, 1.5 if state == "done" else None, report)

    path = write_run_report(
        tmp_path / "reports",
        [
            entry("b1", "done", Verdict.GOOD),
            entry("b2", "done", Verdict.GOOD, Verdict.WARNING),
            entry("b3", "failed", problem="the recipe was killed"),
        ],
    )
    page = Page(path)
    assert [link["href"] for link in page.all("a")] == ["b1/report.html", "b2/report.html"]
    for told in ("1 of 3 blocks made no products", "Warning", "the recipe was killed", "night_b3"):
        assert told in page.text
    index = json.loads((tmp_path / "reports" / "index.json").read_text("utf-8"))
    assert [block["verdict"] for block in index["blocks"]] == ["good", "warning", None]
    assert index["verdicts"] == {"good": 1, "warning": 1, "bad": 0, "to be judged": 0}
    assert index["states"] == {"done": 2, "failed": 1}


def test_a_run_without_blocks_is_told(tmp_path: Path) -> None:
    assert "There was nothing to reduce" in Page(write_run_report(tmp_path, [])).text


def declared(**kw: object) -> QualityParameter:
    told = {"name": "QC.TEST", "help": "A value.", "recipes": ("demo_bias",)}
    return QualityParameter.model_validate(told | kw)


def test_a_gauge_places_the_value_among_its_limits() -> None:
    drawn = gauge(
        declared(limits=Limits(low=0.0, high=10.0), warning=Limits(high=5.0), reference=5.0), 5.0
    )
    assert drawn is not None
    assert (drawn.marker, drawn.reference) == (50.0, 50.0)
    assert drawn.allowed == (16.67, 83.33)
    assert drawn.expected == (16.67, 50.0)


@pytest.mark.parametrize("value", [-1e9, 0.0, 5.0, 1e9])
@pytest.mark.parametrize("limits", [Limits(low=5.0), Limits(high=5.0), Limits(low=5.0, high=5.0)])
def test_a_gauge_stays_within_its_drawing(limits: Limits, value: float) -> None:
    drawn = gauge(declared(limits=limits), value)
    assert drawn is not None
    assert 0.0 <= drawn.allowed[0] <= drawn.allowed[1] <= 100.0
    assert 0.0 <= drawn.marker <= 100.0


def test_there_is_no_gauge_without_limits_or_value() -> None:
    assert gauge(declared(), 1.0) is None
    assert gauge(declared(limits=Limits(low=5.0)), math.nan) is None
