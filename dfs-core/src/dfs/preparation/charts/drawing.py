"""The drawing of a finding chart: north up, east left, as the field draws them."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dfs.preparation.charts.geometry import field_arcsec, offsets_arcsec, outline_arcsec
from dfs.preparation.charts.model import FindingChart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST_BYTES: Final = 1 << 20
"""A chart is no larger, so that it can be uploaded."""

_FIELD, _SLIT, _GUIDE, _TARGET = "#0b5cad", "#b3261e", "#1b6e3c", "#b3261e"
_SIZE_IN: Final = 7.5
_DPI: Final = 130


def draw(chart: FindingChart) -> bytes:
    """Draw a chart as JPEG, at most `LARGEST_BYTES`.

    Returns
    -------
    bytes
        The same chart gives the same picture.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIZE_IN, _SIZE_IN + 0.6), dpi=_DPI, facecolor="white")
    axes = figure.add_axes((0.1, 0.07, 0.86, 0.82))
    half = 30 * chart.margin * math.hypot(chart.pointing.width_arcmin, chart.pointing.height_arcmin)
    if chart.sky is None:
        _stars(axes, chart, half)
    else:
        _image(axes, chart, half)
    _overlay(axes, chart)
    _rose(axes, half)
    _scale(axes, half)
    axes.set(
        xlim=(half, -half), ylim=(-half, half), aspect="equal",
        xlabel="East ← offset in right ascension (arcsec)", ylabel="offset in declination (arcsec)",
    )  # fmt: skip
    figure.text(0.1, 0.955, chart.title, fontsize=13, fontweight="bold")
    figure.text(0.1, 0.925, chart.subtitle, fontsize=10)
    figure.text(0.1, 0.9, _legend(chart), fontsize=9, color="#444444")
    return _jpeg(figure)


def _jpeg(figure: Any) -> bytes:
    for quality in (92, 80, 60, 40):
        out = BytesIO()
        figure.savefig(out, format="jpeg", pil_kwargs={"quality": quality})
        if out.tell() <= LARGEST_BYTES:
            break
    return out.getvalue()


def _legend(chart: FindingChart) -> str:
    pointing = chart.pointing
    source = chart.sky.name if chart.sky else f"{len(chart.stars)} stars of a catalogue"
    return (
        f"RA {pointing.ra_deg:.5f}°  Dec {pointing.dec_deg:+.5f}°  field "
        f"{pointing.width_arcmin:g}′ × {pointing.height_arcmin:g}′  PA {pointing.angle_deg:g}°  "
        f"({source})"
    )


def _stars(axes: Axes, chart: FindingChart, half: float) -> None:
    if not chart.stars:
        return
    place = np.array([(star.ra_deg, star.dec_deg, star.magnitude) for star in chart.stars])
    east, north = offsets_arcsec(chart.pointing, place[:, 0], place[:, 1])
    seen = (np.abs(east) < half) & (np.abs(north) < half)
    if not seen.any():
        return
    faintest = place[seen, 2].max()
    size = np.clip(3 + 9 * (faintest - place[seen, 2]), 3, 160)
    axes.scatter(east[seen], north[seen], s=size, c="black", linewidths=0)


def _image(axes: Axes, chart: FindingChart, half: float) -> None:
    sky = chart.sky
    if sky is None:
        return
    # The chart's own grid, so that north is up whatever the detector's orientation.
    side = 700
    grid = np.linspace(-half, half, side)
    east, north = np.meshgrid(-grid, grid)
    x, y = sky.wcs.celestial.all_world2pix(*_directions(chart, east, north), 0)
    columns, rows = np.rint(x), np.rint(y)
    ny, nx = sky.pixels.shape
    with np.errstate(invalid="ignore"):
        inside = (columns >= 0) & (columns < nx) & (rows >= 0) & (rows < ny)
    shown = np.full((side, side), np.nan, "float32")
    shown[inside] = sky.pixels[rows[inside].astype(int), columns[inside].astype(int)]
    if not np.isfinite(shown).any():
        return
    low, high = np.nanpercentile(shown, (5, 99.5))
    axes.imshow(
        shown, extent=(half, -half, -half, half), origin="lower", cmap="gray_r",
        vmin=low, vmax=max(high, low + 1e-6), interpolation="nearest",
    )  # fmt: skip


def _directions(chart: FindingChart, east: Any, north: Any) -> tuple[Any, Any]:
    # The inverse of the projection in `geometry.offsets_arcsec`.
    x, y = np.radians(east / 3600), np.radians(north / 3600)
    ra0, dec0 = np.radians(chart.pointing.ra_deg), np.radians(chart.pointing.dec_deg)
    depth = np.cos(dec0) - y * np.sin(dec0)
    ra = ra0 + np.arctan2(x, depth)
    dec = np.arctan2(np.sin(dec0) + y * np.cos(dec0), np.hypot(x, depth))
    return np.degrees(ra) % 360, np.degrees(dec)


def _overlay(axes: Axes, chart: FindingChart) -> None:
    pointing = chart.pointing
    field = field_arcsec(pointing)
    axes.plot(field[:, 0], field[:, 1], color=_FIELD, linewidth=1.2)
    for slit in pointing.slits:
        outline = outline_arcsec(pointing, slit)
        axes.plot(outline[:, 0], outline[:, 1], color=_SLIT, linewidth=1.0)
        if slit.name:
            axes.annotate(slit.name, outline[2], color=_SLIT, fontsize=7)
    gap, arm = 6.0, 20.0
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        axes.plot((gap * dx, arm * dx), (gap * dy, arm * dy), color=_TARGET, linewidth=1.4)
    axes.annotate(pointing.name, (-arm, arm), color=_TARGET, fontsize=9)
    if pointing.guide_star is not None:
        east, north = offsets_arcsec(pointing, *([one] for one in pointing.guide_star))
        axes.plot(east, north, "s", markersize=11, markerfacecolor="none", color=_GUIDE)
        axes.annotate(
            "guide star", (east[0], north[0]), color=_GUIDE, fontsize=8,
            xytext=(8, 8), textcoords="offset points",
        )  # fmt: skip


def _rose(axes: Axes, half: float) -> None:
    x, y, arm = -0.78 * half, 0.72 * half, 0.16 * half
    for label, dx, dy in (("N", 0, arm), ("E", arm, 0)):
        axes.annotate(
            "", (x + dx, y + dy), (x, y), arrowprops={"arrowstyle": "-|>", "color": "black"}
        )
        axes.annotate(label, (x + 1.25 * dx, y + 1.25 * dy), ha="center", va="center", fontsize=10)


def _scale(axes: Axes, half: float) -> None:
    length = next(step for step in (300, 120, 60, 30, 10, 5, 2, 1) if step < half / 2)
    x, y = 0.92 * half, -0.92 * half
    axes.plot((x, x - length), (y, y), color="black", linewidth=2)
    label = f"{length // 60}′" if length >= 60 else f"{length}″"
    axes.annotate(label, (x - length / 2, y + 0.03 * half), ha="center", fontsize=9)
