from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from dfs.execution.simulation import simulate_night
from dfs.foundation.errors import PluginError, StorageError, UserError
from dfs.host import Host
from dfs.plugin import Detector, Instrument, RawFrame, RawImage, SimulationRequest, hookimpl

NIGHT = SimulationRequest(night=dt.date(2026, 11, 22), seed=7, window_rows=16)


def telescope(*frames: object) -> Host:
    """Give a host with an instrument that simulates these frames; an error is raised."""
    ccd = Detector(
        id="CCD", title="A CCD", size_x_px=4, size_y_px=4, pixel_size_um=15, gain_e_per_adu=1,
        read_noise_e=1,
    )  # fmt: skip

    def dfs_instrument() -> Instrument:
        return Instrument(title="Small camera", instrume=("SMALL",), detectors=(ccd,))

    def dfs_simulate(request: SimulationRequest) -> Iterator[RawFrame]:
        for frame in frames:
            if isinstance(frame, Exception):
                raise frame
            yield frame

    module = types.ModuleType("small")
    module.DFS_API = "0.1"
    module.dfs_instrument = hookimpl(dfs_instrument)
    module.dfs_simulate = hookimpl(dfs_simulate)
    return Host.from_modules({"small": module})


def frame(name: str = "a.fits", level: int = 100, **header: object) -> RawFrame:
    return RawFrame(name, (RawImage({"OBJECT": "BIAS"} | header, np.full((4, 4), level, "u2")),))


def test_hook_dfs_simulate(demo: Host, tmp_path: Path) -> None:
    paths = simulate_night(demo, "DEMO", NIGHT, tmp_path)
    assert paths == sorted(tmp_path.iterdir())
    kinds = []
    for path in paths:
        with fits.open(path, checksum=True) as hdus:
            kinds.append(hdus[0].header["HIERARCH ESO DPR TYPE"])
            assert hdus[0].data.dtype == np.uint16
    assert (kinds.count("BIAS"), kinds.count("DARK"), kinds.count("FLAT,LAMP")) == (5, 3, 6)


def test_the_same_night_and_seed_give_the_same_bytes(demo: Host, tmp_path: Path) -> None:
    first = simulate_night(demo, "demo", NIGHT, tmp_path / "first")
    second = simulate_night(demo, "demo", NIGHT, tmp_path / "second")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_another_seed_gives_other_pixels_under_the_same_names(demo: Host, tmp_path: Path) -> None:
    first = simulate_night(demo, "demo", NIGHT, tmp_path / "first")
    other = NIGHT.model_copy(update={"seed": 8})
    second = simulate_night(demo, "demo", other, tmp_path / "second")
    assert [p.name for p in first] == [p.name for p in second]
    assert all(a.read_bytes() != b.read_bytes() for a, b in zip(first, second, strict=True))


def test_unsigned_pixels_are_written_with_an_offset_that_is_a_float(tmp_path: Path) -> None:
    (path,) = simulate_night(telescope(frame()), "small", NIGHT, tmp_path)
    assert b"BZERO   =              32768.0" in path.read_bytes()


def test_nothing_of_the_instrument_is_added_to_its_headers(tmp_path: Path) -> None:
    (path,) = simulate_night(telescope(frame()), "small", NIGHT, tmp_path)
    structure = {"SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "BSCALE", "BZERO"}
    sums = {"CHECKSUM", "DATASUM", "DATAMD5"}
    assert set(fits.getheader(path)) | {"BSCALE", "BZERO"} == structure | sums | {"OBJECT"}


def test_a_night_that_is_already_there_is_left_as_it_is(tmp_path: Path) -> None:
    (path,) = simulate_night(telescope(frame()), "small", NIGHT, tmp_path)
    before = path.stat().st_mtime_ns
    assert simulate_night(telescope(frame()), "small", NIGHT, tmp_path) == [path]
    assert path.stat().st_mtime_ns == before


def test_a_file_of_other_content_is_never_overwritten(tmp_path: Path) -> None:
    (path,) = simulate_night(telescope(frame()), "small", NIGHT, tmp_path)
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"a\.fits.*simulate\.exists"):
        simulate_night(telescope(frame(level=101)), "small", NIGHT, tmp_path)
    assert path.read_bytes() == before


def test_what_was_written_before_the_simulator_failed_stays_whole(tmp_path: Path) -> None:
    host = telescope(frame("a.fits"), frame("b.fits"), RuntimeError("out of photons"))
    with pytest.raises(PluginError, match="out of photons"):
        simulate_night(host, "small", NIGHT, tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.fits", "b.fits"]
    for path in tmp_path.iterdir():
        with fits.open(path, checksum=True) as hdus:
            hdus.verify("exception")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (frame("../a.fits"), "no plain file name"),
        (frame("/a.fits"), "no plain file name"),
        (frame(".a.fits"), "no plain file name"),
        (frame(""), "no plain file name"),
        (RawFrame("a.fits", ()), "no header-data unit"),
        (RawFrame("a.fits", (RawImage({}, np.ones((4, 4))),)), "float64"),
        (RawFrame("a.fits", (RawImage({}, np.ones(4, "u2")),)), "1-dimensional"),
        (frame("a.fits", TEMP=float("nan")), "TEMP"),
        (frame("a.fits", OBSERVER="Müller"), "OBSERVER"),
    ],
)
def test_a_frame_that_breaks_the_contract_is_the_plugins_fault_and_not_written(
    bad: RawFrame, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(PluginError, match=reason):
        simulate_night(telescope(bad), "small", NIGHT, tmp_path / "raw")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_two_frames_of_one_name_are_the_plugins_fault(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="name of an earlier frame"):
        simulate_night(telescope(frame(), frame()), "small", NIGHT, tmp_path)


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file")
    with pytest.raises(StorageError, match=r"storage\.not-writable"):
        simulate_night(telescope(frame()), "small", NIGHT, tmp_path / "raw" / "deeper")


def test_progress_tells_of_each_frame_as_it_is_written(tmp_path: Path) -> None:
    told: list[tuple[int, int | None, str]] = []

    class Listener:
        def update(self, done: int, total: int | None, message: str = "") -> None:
            assert (tmp_path / message).is_file()
            told.append((done, total, message))

    simulate_night(
        telescope(frame("a.fits"), frame("b.fits")), "small", NIGHT, tmp_path, Listener()
    )
    assert told == [(1, None, "a.fits"), (2, None, "b.fits")]
