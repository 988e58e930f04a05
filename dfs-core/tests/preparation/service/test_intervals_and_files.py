"""Time intervals, finding charts, ephemerides, files of parameters."""

import datetime as dt
import struct
from io import BytesIO

import pytest
from PIL import Image

from dfs.plugin import AbsoluteInterval, SiderealInterval
from dfs.preparation.service import files, intervals, items, templates


def _day(first, last, month=4):
    return AbsoluteInterval(
        start=dt.datetime(2026, month, first, tzinfo=dt.UTC),
        end=dt.datetime(2026, month, last, tzinfo=dt.UTC),
    )


def _sidereal(start, end):
    return SiderealInterval(start_min=start, end_min=end)


def _jpeg(size=(60, 40)):
    stream = BytesIO()
    Image.new("L", size).save(stream, "JPEG")
    return stream.getvalue()


def _record(minute, ra="19 58 40.6"):
    return (
        f'INS.EPHEM.RECORD "2018-05-12T06:{minute:02d}:00.0000, 2458250.75, {ra}, '
        '+23 27 10.913, 0.014, 0.019, 14.1, 0.0, *"\n'
    )


# ── Intervals ───────────────────────────────────────────────────────────────


def test_intervals_are_given_back_in_order_and_have_their_own_version(stage, refused):
    made = stage.make("OB")
    _, version = intervals.absolute_intervals(stage.room, stage.pi, made.id)
    found, now = intervals.save_absolute_intervals(
        stage.room, stage.pi, made.id, [_day(10, 12), _day(1, 3)], version
    )
    assert found == (_day(1, 3), _day(10, 12))
    assert now == version + 1
    seen = stage.see(made.id)
    assert (seen.version, seen.interval_count) == (made.version, 2)
    with refused("preparation.stale"):
        intervals.save_absolute_intervals(stage.room, stage.pi, made.id, [], version)
    assert intervals.sidereal_intervals(stage.room, stage.pi, made.id) == ((), 1)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([_day(3, 3)], "absolute_intervals[0]"),
        ([_day(1, 2), _day(5, 4)], "absolute_intervals[1]"),
        ([_day(5, 9), _day(1, 6)], "absolute_intervals[0]"),
    ],
)
def test_absolute_intervals_that_contradict_are_refused(stage, refused, given, where):
    made = stage.make("OB")
    with refused("preparation.intervals", where):
        intervals.save_absolute_intervals(stage.room, stage.pi, made.id, given, 1)
    assert intervals.absolute_intervals(stage.room, stage.pi, made.id) == ((), 1)


def test_what_ends_at_24_and_what_begins_at_0_is_one_sidereal_interval(stage):
    made = stage.make("OB")
    given = [_sidereal(1320, 1440), _sidereal(300, 400), _sidereal(0, 120)]
    found, _ = intervals.save_sidereal_intervals(stage.room, stage.pi, made.id, given, 1)
    assert found == (_sidereal(300, 400), _sidereal(1320, 120))


@pytest.mark.parametrize(
    "given",
    [
        [_sidereal(1440, 60)],
        [_sidereal(60, 0)],
        [_sidereal(60, 60)],
        [_sidereal(60, 120), _sidereal(120, 180)],
        [_sidereal(60, 120), _sidereal(100, 180)],
        [_sidereal(1200, 100), _sidereal(60, 120)],
        [_sidereal(0, 1440), _sidereal(60, 120)],
    ],
)
def test_sidereal_intervals_neither_overlap_nor_touch(stage, refused, given):
    made = stage.make("OB")
    with refused("preparation.intervals"):
        intervals.save_sidereal_intervals(stage.room, stage.pi, made.id, given, 1)


def test_a_calibration_block_has_neither_intervals_nor_ephemeris(stage, refused):
    made = stage.make("CB")
    with refused("preparation.calibration-block"):
        intervals.save_absolute_intervals(stage.room, stage.pi, made.id, [_day(1, 2)], 1)
    with refused("preparation.calibration-block"):
        content = (_record(1) + _record(2)).encode()
        files.save_ephemeris(stage.room, stage.pi, made.id, "e.paf", content, 1)


# ── Finding charts ──────────────────────────────────────────────────────────


def test_charts_are_counted_from_one_and_slide_down(stage, refused):
    made = stage.make("OB")
    for name in "abc":
        files.add_chart(stage.room, stage.pi, made.id, f"{name}.jpg", _jpeg())
    files.delete_chart(stage.room, stage.pi, made.id, 2)
    assert [one.name for one in files.charts(stage.room, stage.pi, made.id)] == ["a.jpg", "c.jpg"]
    assert files.chart(stage.room, stage.pi, made.id, 2).content == _jpeg()
    assert stage.see(made.id).version == made.version
    assert stage.see(made.id).chart_count == 2
    for index in (0, 3, 1 << 70):
        with refused("preparation.absent"):
            files.chart(stage.room, stage.pi, made.id, index)


def test_a_block_has_at_most_five_charts(stage, refused):
    made, other = stage.make("OB"), stage.make("OB", "two")
    for _ in range(5):
        files.add_chart(stage.room, stage.pi, made.id, "a.jpg", _jpeg())
    with refused("preparation.chart-count"):
        files.add_chart(stage.room, stage.pi, made.id, "a.jpg", _jpeg())
    files.duplicate_chart(stage.room, stage.pi, made.id, 5, other.id)
    assert stage.see(other.id).chart_count == 1
    with refused("preparation.chart-count"):
        files.duplicate_chart(stage.room, stage.pi, other.id, 1, made.id)


def _bomb():
    content = bytearray(_jpeg())
    place = content.index(b"\xff\xc0")
    content[place + 5 : place + 9] = struct.pack(">HH", 65000, 65000)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "preparation.chart"),
        (b"not an image", "preparation.chart"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "preparation.chart"),
        (b"\xff\xd8\xff" + bytes(50), "preparation.chart"),
        (b"\xff\xd8\xff\xe0\x00", "preparation.chart"),
        (_jpeg()[:-100], "preparation.chart"),
        (_bomb(), "preparation.chart"),
        (_jpeg() + bytes(1 << 20), "preparation.file-size"),
    ],
    ids=["empty", "text", "png", "start", "cut", "half", "bomb", "large"],
)
def test_what_is_no_jpeg_is_refused(stage, refused, content, code):
    made = stage.make("OB")
    with refused(code):
        files.add_chart(stage.room, stage.pi, made.id, "a.jpg", content)
    assert files.charts(stage.room, stage.pi, made.id) == []


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\\b", "", "..", "a\0b", "x" * 129, " "])
def test_a_name_leads_nowhere(stage, refused, name):
    made = stage.make("OB")
    with refused("preparation.file-name"):
        files.add_chart(stage.room, stage.pi, made.id, name, _jpeg())


# ── Ephemerides ─────────────────────────────────────────────────────────────


def test_an_ephemeris_that_was_never_saved_is_empty_and_has_a_version(stage, refused):
    made = stage.make("OB")
    empty = files.ephemeris(stage.room, stage.pi, made.id)
    assert (empty.content, empty.version) == (b"", 1)
    content = (_record(1) + _record(2)).encode()
    saved = files.save_ephemeris(stage.room, stage.pi, made.id, "e.paf", content, empty.version)
    assert (saved.name, saved.content, saved.version) == ("e.paf", content, 2)
    assert items.block(stage.room, stage.pi, made.id).block.ephemeris == content.decode()
    with refused("preparation.stale"):
        files.delete_ephemeris(stage.room, stage.pi, made.id, empty.version)
    files.delete_ephemeris(stage.room, stage.pi, made.id, saved.version)
    gone = files.ephemeris(stage.room, stage.pi, made.id)
    assert (gone.content, gone.version) == (b"", 3)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "preparation.ephemeris"),
        (_record(1).encode(), "preparation.ephemeris"),
        ((_record(2) + _record(1)).encode(), "preparation.ephemeris"),
        (b"\xff\xfe", "preparation.value"),
        (b"a\0b", "preparation.value"),
        (bytes((1 << 20) + 1), "preparation.file-size"),
    ],
    ids=["empty", "one", "backwards", "utf-8", "nul", "large"],
)
def test_what_is_no_ephemeris_is_refused(stage, refused, content, code):
    made = stage.make("OB")
    with refused(code):
        files.save_ephemeris(stage.room, stage.pi, made.id, "e.paf", content, 1)
    assert files.ephemeris(stage.room, stage.pi, made.id).version == 1


@pytest.mark.shared_data
def test_a_real_ephemeris_is_taken(stage, shared_data):
    made = stage.make("OB")
    content = (shared_data / "phase12/paf/ephemeris_fcmaker.paf").read_bytes()
    saved = files.save_ephemeris(stage.room, stage.pi, made.id, "e.paf", content, 1)
    assert saved.content == content


# ── Files of parameters ─────────────────────────────────────────────────────


def test_the_value_of_a_file_parameter_is_the_name_of_its_file(stage, refused):
    made = stage.make("OB")
    one = templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_obs_script")
    name = next(p.name for p in one.signature.parameters if p.type in ("file", "paramfile"))
    where = (stage.room, stage.pi, made.id, one.template.id)
    empty = files.parameter_file(*where, name)
    assert (empty.content, empty.version) == (b"", one.version)
    text = b'PAF.NAME  "MASK 7"; # name\n'
    saved = files.save_parameter_file(*where, name, "mask.paf", text, empty.version)
    assert (saved.content, saved.version) == (text, one.version + 1)
    value = templates.template(*where).template.parameters[name]
    assert value == "MASK 7"
    with refused("preparation.stale"):
        files.save_parameter_file(*where, name, "mask.paf", text, empty.version)
    with refused("preparation.unknown-parameter", "SEQ.NEXPO"):
        files.parameter_file(*where, "SEQ.NEXPO")
    with refused("preparation.value"):
        templates.save_parameters(*where, {name: "other.paf"}, saved.version)
    # A copy has its own, a deleted template none.
    copy = templates.duplicate_template(*where)
    assert files.parameter_file(*where[:3], copy.template.id, name).content == text
    templates.delete_template(*where, saved.version)
    with refused("preparation.absent"):
        files.parameter_file(*where, name)
