"""A chart shows the field as it is on the sky."""

import io

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dfs.foundation.errors import UserError
from dfs.preparation.charts import (
    FindingChart,
    Pointing,
    Slit,
    Star,
    draw,
    read_image,
    read_stars,
)
from dfs.preparation.charts.geometry import offsets_arcsec, on_sky_arcsec, outline_arcsec

FIELD = Pointing("NGC 104", 6.0223, -72.0814, 6.8, 6.8, slits=(Slit(0, 0, 1.0, 400.0, "slit"),))


@given(
    ra=st.floats(0, 359.9),
    dec=st.floats(-85, 85),
    east=st.floats(-0.1, 0.1),
    north=st.floats(-0.1, 0.1),
)
def test_directions_fall_where_astropy_puts_them(ra, dec, east, north):
    pointing = Pointing("", ra, dec, 5, 5)
    star = SkyCoord(ra, dec, unit="deg").directional_offset_by(
        np.degrees(np.arctan2(east, north)) * SkyCoord(0, 0, unit="deg").ra.unit,
        np.hypot(east, north) * SkyCoord(0, 0, unit="deg").ra.unit,
    )
    found = offsets_arcsec(pointing, [star.ra.deg], [star.dec.deg])
    separation = np.hypot(east, north)
    scale = np.degrees(np.tan(np.radians(separation))) / separation if separation else 1.0
    assert found[0][0] == pytest.approx(east * 3600 * scale, abs=1e-3)
    assert found[1][0] == pytest.approx(north * 3600 * scale, abs=1e-3)


def test_a_slit_turns_with_the_position_angle_from_north_through_east():
    pointing = Pointing("", 10, 10, 5, 5, angle_deg=90.0)
    east, north = on_sky_arcsec(pointing, [0.0], [10.0])
    assert (east[0], north[0]) == pytest.approx((10.0, 0.0), abs=1e-9)
    corners = outline_arcsec(pointing, Slit(0, 0, 2.0, 20.0))
    assert np.abs(corners).max(axis=0) == pytest.approx([10.0, 1.0])


def is_ink(picture, x, y, radius=6):
    box = picture.crop((x - radius, y - radius, x + radius, y + radius)).convert("L")
    return np.asarray(box).min() < 128


def drawn(chart):
    content = draw(chart)
    assert len(content) <= 1 << 20
    return content, Image.open(io.BytesIO(content))


def place(picture, east, north, half):
    """Say where an offset falls on the picture; the axes fill a known part of it."""
    width, height = picture.size
    left, bottom, right, top = 0.1 * width, 0.07 * height, 0.96 * width, 0.89 * height
    side = min(right - left, top - bottom)
    x = (left + right) / 2 - east / half * side / 2
    y = height - (bottom + top) / 2 - north / half * side / 2
    return round(x), round(y)


def test_stars_are_drawn_where_they_are_with_east_on_the_left():
    star = Star(FIELD.ra_deg + 100 / 3600 / np.cos(np.radians(FIELD.dec_deg)), FIELD.dec_deg, 12)
    chart = FindingChart("60.A-1(A)", "OB 1", FIELD, stars=(star, Star(200, 60, 5)))
    content, picture = drawn(chart)
    half = 30 * 1.25 * np.hypot(6.8, 6.8)
    assert is_ink(picture, *place(picture, 100, 0, half))
    assert not is_ink(picture, *place(picture, -100, 0, half))
    assert draw(chart) == content


@pytest.fixture
def image(tmp_path):
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [FIELD.ra_deg, FIELD.dec_deg]
    wcs.wcs.crpix = [301, 301]
    wcs.wcs.cdelt = [1 / 3600, 1 / 3600]  # mirrored: east on the right of the detector
    pixels = np.zeros((601, 601), "float32")
    pixels[296:305, 396:405] = 1000.0  # 100 arcsec east
    path = tmp_path / "sky.fits"
    fits.PrimaryHDU(pixels, wcs.to_header()).writeto(path)
    return path


def test_an_image_is_turned_so_that_north_is_up_and_east_left(image):
    _, picture = drawn(FindingChart("t", "s", FIELD, sky=read_image(image)))
    half = 30 * 1.25 * np.hypot(6.8, 6.8)
    assert is_ink(picture, *place(picture, 100, 0, half))
    assert not is_ink(picture, *place(picture, -100, 30, half))


def test_stars_are_read_from_a_table_by_the_names_that_catalogues_use(tmp_path):
    path = tmp_path / "gaia.csv"
    path.write_text("source_id,RA_ICRS,DE_ICRS,Gmag\n1,10.5,-20.5,15.1\n", "utf-8")
    assert read_stars(path) == (Star(10.5, -20.5, 15.1),)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "x,y\n1,2\n", "no column ra"),
        ("a.csv", "ra,dec,mag\n1,2,bright\n", "no number"),
        ("a.xml", "not a table", ""),
        ("none.csv", None, ""),
    ],
)
def test_a_catalogue_that_cannot_be_read_is_named(tmp_path, name, text, said):
    path = tmp_path / name
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"preparation\.catalogue") as refused:
        read_stars(path)
    assert said in refused.value.detail


def test_an_image_without_coordinates_is_refused(tmp_path):
    path = tmp_path / "flat.fits"
    fits.PrimaryHDU(np.zeros((4, 4), "float32")).writeto(path)
    for broken in (path, tmp_path / "none.fits"):
        with pytest.raises(UserError, match=r"preparation\.image"):
            read_image(broken)
