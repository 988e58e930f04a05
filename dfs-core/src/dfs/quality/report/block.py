"""The report of one reduction block."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dfs.foundation.errors import DfsError
from dfs.plugin import Limits, Verdict
from dfs.quality.logic import overall
from dfs.quality.model import ReportMaterial, ReportProduct, ScoredMeasurement
from dfs.quality.report.control import control_chart
from dfs.quality.report.folder import write_folder
from dfs.quality.report.gauge import gauge
from dfs.quality.report.rendering import render
from dfs.quality.report.survey import Plane, PlaneRole, survey_product
from dfs.quality.serialise import statistics_to_json

__all__ = ["write_block_report"]


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture with the words that stand for it."""

    file: str
    png: bytes
    title: str
    alt: str

    @property
    def uri(self) -> str:
        """The picture itself, to stand in the page."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True, slots=True)
class _PlaneView:
    plane: Plane
    pictures: tuple[_Picture, ...]


@dataclass(frozen=True, slots=True)
class _ProductView:
    """A product as far as it could be read; ``problem`` says why not further."""

    product: ReportProduct
    planes: tuple[_PlaneView, ...]
    problem: str = ""

    @property
    def sampled_every(self) -> int:
        """The widest step of a sample among the planes."""
        found = [v.plane.statistics for v in self.planes if v.plane.statistics is not None]
        return max((statistics.sampled_every for statistics in found), default=1)


def write_block_report(folder: Path, material: ReportMaterial) -> Path:
    """Write the report of a block: ``report.html``, ``report.json`` and pictures.

    The page holds its pictures and needs nothing else; the same pictures lie beside it
    as files. A product that is missing, damaged or without images is reported as such.

    Parameters
    ----------
    folder : where to; a report that is there is replaced as a whole.
    material : what to report.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    products = [_view(number, p) for number, p in enumerate(material.products, 1)]
    verdict, reason = overall([m.score for m in material.measured])
    page = render(
        "block.html",
        material=material,
        verdict=verdict,
        reason=reason,
        products=products,
        charts=[c for m in material.measured if (c := control_chart(m)) is not None],
        gauges=[m.parameter and gauge(m.parameter, m.measurement.value) for m in material.measured],
    )
    document = _document(material, verdict, reason, products)
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False, default=str)
    pictures = {
        picture.file: picture.png
        for product in products
        for view in product.planes
        for picture in view.pictures
    }
    write_folder(folder, {"report.html": page, "report.json": f"{text}\n".encode()} | pictures)
    return folder / "report.html"


def _view(number: int, product: ReportProduct) -> _ProductView:
    try:
        planes = survey_product(product.path)
    except DfsError as error:
        return _ProductView(product, (), f"{error.detail} [{error.code}]")
    views = tuple(
        _PlaneView(plane, _draw(plane, product, f"{number}-{index}"))
        for index, plane in enumerate(planes, 1)
    )
    return _ProductView(product, views)


def _draw(plane: Plane, product: ReportProduct, number: str) -> tuple[_Picture, ...]:
    """Draw a data plane; errors and flags are told in figures."""
    if (
        plane.role is not PlaneRole.DATA
        or plane.statistics is None
        or plane.thumbnail is None
        or plane.histogram is None
        or plane.row_profile is None
        or plane.column_profile is None
    ):
        return ()
    # matplotlib takes most of a second to import, which a block without images need not pay.
    from dfs.quality.report import pictures

    what = f"{product.category} {plane.name}".strip()
    stem = f"{re.sub('[^a-z0-9]+', '-', what.lower()).strip('-')}-{number}"
    unit, statistics, cell = product.unit, plane.statistics, plane.cell
    from_to = f"{statistics.minimum:.6g} to {statistics.maximum:.6g} {unit}".strip()
    black, white = (f"{cut:.6g} {unit}".strip() for cut in plane.cuts)
    each = "" if cell == (1, 1) else f"; each point is the mean of {cell[1]} × {cell[0]} pixels"
    outside = plane.histogram.below + plane.histogram.above
    return (
        _Picture(
            f"{stem}-image.png",
            pictures.draw_thumbnail(plane.thumbnail, plane.cuts),
            f"Image: black {black}, white {white}{each}",
            f"Image of {what}, {plane.shape[1]} columns by {plane.shape[0]} rows",
        ),
        _Picture(
            f"{stem}-histogram.png",
            pictures.draw_histogram(plane.histogram, unit),
            f"Histogram of all pixels; {outside:,} lie outside the range shown",
            f"Histogram of {what}: values from {from_to}, "
            f"median {statistics.median:.6g}, sigma {statistics.sigma:.3g}",
        ),
        _Picture(
            f"{stem}-rows.png",
            pictures.draw_profile(plane.row_profile, "row", unit),
            "Mean of each row",
            f"Mean of each row of {what}",
        ),
        _Picture(
            f"{stem}-columns.png",
            pictures.draw_profile(plane.column_profile, "column", unit),
            "Mean of each column",
            f"Mean of each column of {what}",
        ),
    )


# ── JSON ────────────────────────────────────────────────────────────────────


def _document(
    material: ReportMaterial, verdict: Verdict, reason: str, products: Sequence[_ProductView]
) -> dict[str, Any]:
    """Say in JSON all that the page says."""
    told = ("measured", "products", "inputs", "started_at", "ended_at", "parameters", "setup")
    return {name: getattr(material, name) for name in material.__slots__ if name not in told} | {
        "verdict": verdict.value,
        "reason": reason,
        "parameters": dict(material.parameters),
        "setup": dict(material.setup),
        "started_at": material.started_at and material.started_at.isoformat(),
        "ended_at": material.ended_at and material.ended_at.isoformat(),
        "measurements": [_measurement(m) for m in material.measured],
        "products": [_product(p) for p in products],
        "inputs": [asdict(i) for i in material.inputs],
    }


def _measurement(scored: ScoredMeasurement) -> dict[str, Any]:
    measurement, parameter = scored.measurement, scored.parameter
    return {
        "name": measurement.name,
        "category": measurement.category,
        "product": measurement.product,
        "value": measurement.value if math.isfinite(measurement.value) else None,
        "unit": parameter.unit if parameter else "",
        "reference": parameter.reference if parameter else None,
        "warning": _limits(parameter.warning if parameter else None),
        "limits": _limits(parameter.limits if parameter else None),
        "verdict": scored.score.verdict.value,
        "reason": scored.score.reason,
        "trend": None if scored.trend is None else statistics_to_json(scored.trend),
    }


def _limits(limits: Limits | None) -> dict[str, float | None] | None:
    return None if limits is None else {"low": limits.low, "high": limits.high}


def _product(view: _ProductView) -> dict[str, Any]:
    product = view.product
    return {
        "id": product.id,
        "category": product.category,
        "path": product.shown_path or product.path,
        "unit": product.unit,
        "problem": view.problem,
        "planes": [
            {
                "name": v.plane.name,
                "role": v.plane.role.value,
                "shape": list(v.plane.shape),
                "statistics": v.plane.statistics and asdict(v.plane.statistics),
                "flagged": v.plane.flagged,
                "flags": dict(v.plane.flags),
                "pictures": [picture.file for picture in v.pictures],
            }
            for v in view.planes
        ],
    }
