"""What a scan finds, reads, remembers, and says of what it can't read."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs.foundation.errors import StorageError
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.organiser import scan as scan_module
from dfs.organiser.index import HeaderIndex, open_index
from dfs.organiser.scan import Wanted, scan

WANTED = Wanted(frozenset({"INSTRUME", "OBJECT", "INS.MODE"}))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, **header: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_fits(path, [Hdu({"INSTRUME": "DEMO", **header})], fsync=False)
        return path

    return make


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which files are really read."""
    read: list[str] = []
    original = scan_module.read_headers

    def noting(paths: list[str], *arguments: object, **options: object):
        read.extend(Path(path).name for path in paths)
        return original(paths, *arguments, **options)

    monkeypatch.setattr(scan_module, "read_headers", noting)
    return read


def names(files: list) -> list[str]:
    return [Path(file.path).name for file in files]


# ── What is found ───────────────────────────────────────────────────────────


def test_fits_files_are_found_by_their_suffix_in_any_case_in_order(write, tmp_path) -> None:
    for name in ("b.fits", "a.FITS", "sub/c.fit", "sub/deep/d.fts", "notes.txt", ".hidden.fits"):
        write(name)
    (tmp_path / "e.fits.gz").write_bytes(gzip.compress((tmp_path / "b.fits").read_bytes()))
    (tmp_path / ".hidden").mkdir()
    write(".hidden/f.fits")
    files, problems = scan([tmp_path], WANTED)
    assert names(files) == ["a.FITS", "b.fits", "e.fits.gz", "c.fit", "d.fts"]
    assert problems == []
    assert files[0].header == {"INSTRUME": "DEMO"}


def test_a_file_that_is_named_is_tried_whatever_its_name(write) -> None:
    path = write("frame.dat")
    files, problems = scan([path, path], WANTED)
    assert (names(files), problems) == (["frame.dat"], [])


def test_a_file_named_beside_its_folder_is_taken_once(write, tmp_path) -> None:
    path = write("a.fits")
    assert len(scan([path, tmp_path], WANTED)[0]) == 1


def test_links_in_a_circle_are_followed_once(write, tmp_path) -> None:
    write("night/a.fits")
    (tmp_path / "night" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a_link").symlink_to(tmp_path / "night", target_is_directory=True)
    files, problems = scan([tmp_path], WANTED)
    assert [file.path for file in files] == [str(tmp_path / "night" / "a.fits")]
    assert problems == []


def test_a_link_to_a_folder_elsewhere_is_followed(write, tmp_path) -> None:
    write("elsewhere/a.fits")
    here = tmp_path / "here"
    here.mkdir()
    (here / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names(scan([here], WANTED)[0]) == ["a.fits"]


def test_keywords_of_extensions_count_for_the_instruments_that_say_so(tmp_path) -> None:
    for name, instrume in (("a.fits", "DEMO"), ("b.fits", "OTHER")):
        units = [Hdu({"INSTRUME": instrume}), Hdu({"INS.MODE": "SLIT"}, name="SETUP")]
        write_fits(tmp_path / name, units, fsync=False)
    wanted = Wanted(WANTED.keywords, {"demo": ("SETUP",)})
    files, _ = scan([tmp_path], wanted)
    assert [file.header.get("INS.MODE") for file in files] == ["SLIT", None]


# ── What can't be read ──────────────────────────────────────────────────────


def test_what_is_damaged_is_reported_and_the_rest_is_read(write, tmp_path) -> None:
    write("good.fits", OBJECT="BIAS")
    (tmp_path / "text.fits").write_text("not FITS at all")
    (tmp_path / "empty.fits").write_bytes(b"")
    (tmp_path / "cut.fits").write_bytes((tmp_path / "good.fits").read_bytes()[:400])
    (tmp_path / "cut.fits.gz").write_bytes(gzip.compress(bytes(9999))[:20])
    (tmp_path / "old.fits.Z").write_bytes(b"\x1f\x9d\x90" + bytes(100))
    (tmp_path / "broken.fits").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle.fits").symlink_to(tmp_path / "circle.fits")
    latin = (tmp_path / "good.fits").read_bytes().replace(b"'BIAS", b"'BIA\xcf")
    (tmp_path / "latin.fits").write_bytes(latin)
    os.mkfifo(tmp_path / "pipe.fits")
    files, problems = scan([tmp_path], WANTED)
    assert names(files) == ["good.fits"]
    assert {Path(p.path).name: p.code for p in problems} == {
        "broken.fits": "scan.unreadable",
        "circle.fits": "scan.unreadable",
        "cut.fits": "fits.truncated",
        "cut.fits.gz": "fits.truncated",
        "empty.fits": "fits.not-fits",
        "latin.fits": "fits.non-ascii",
        "old.fits.Z": "fits.not-fits",
        "pipe.fits": "fits.unreadable",
        "text.fits": "fits.not-fits",
    }
    assert all(problem.detail for problem in problems)


def test_an_unreadable_folder_is_reported_and_the_rest_is_read(
    write, tmp_path, monkeypatch
) -> None:
    write("good/a.fits")
    write("locked/b.fits")
    listed = os.scandir

    def refuse(path: str):
        if path.endswith("locked"):  # the permissions themselves mean nothing to root
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(scan_module.os, "scandir", refuse)
    files, problems = scan([tmp_path], WANTED)
    assert names(files) == ["a.fits"]
    assert [(p.path, p.code, p.detail) for p in problems] == [
        (str(tmp_path / "locked"), "scan.unreadable", "Permission denied")
    ]


def test_a_file_that_is_not_there_is_reported(tmp_path) -> None:
    files, (problem,) = scan([tmp_path / "none.fits"], WANTED)
    assert (files, problem.code) == ([], "scan.unreadable")


def test_a_name_that_is_not_text_is_reported_in_readable_form(write, tmp_path) -> None:
    source = write("a.fits")
    os.link(source, os.fsencode(tmp_path) + b"/b\xff.fits")
    files, (problem,) = scan([tmp_path], WANTED)
    assert names(files) == ["a.fits"]
    assert problem.code == "scan.name"
    assert problem.path.encode().endswith(b"b\\udcff.fits")


# ── What is remembered ──────────────────────────────────────────────────────


def test_only_what_has_changed_is_read_again(write, tmp_path, reads, database) -> None:
    index = HeaderIndex(database)
    write("a.fits", OBJECT="A")
    path = write("b.fits", OBJECT="B")
    (tmp_path / "text.fits").write_text("not FITS")
    first = scan([tmp_path], WANTED, index)
    reads.clear()
    assert scan([tmp_path], WANTED, index) == first
    assert reads == []
    write_fits(path, [Hdu({"INSTRUME": "DEMO", "OBJECT": "NEW"})], fsync=False)
    write("c.fits", OBJECT="C")
    files, problems = scan([tmp_path], WANTED, index)
    assert reads == ["b.fits", "c.fits"]
    assert [file.header["OBJECT"] for file in files] == ["A", "NEW", "C"]
    assert [problem.code for problem in problems] == ["fits.not-fits"]


def test_a_file_replaced_within_the_clocks_grain_is_read_again(
    write, reads, tmp_path, database
) -> None:
    index = HeaderIndex(database)
    path = write("a.fits", OBJECT="OLD")
    before = path.stat()
    scan([tmp_path], WANTED, index)
    write_fits(path, [Hdu({"INSTRUME": "DEMO", "OBJECT": "NEW"})], fsync=False)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_ino != before.st_ino
    assert scan([tmp_path], WANTED, index)[0][0].header["OBJECT"] == "NEW"


def test_what_is_gone_is_forgotten(write, tmp_path, reads, database) -> None:
    index = HeaderIndex(database)
    content = write("a.fits").read_bytes()
    write("b.fits")
    scan([tmp_path], WANTED, index)
    (tmp_path / "a.fits").unlink()
    scan([tmp_path], WANTED, index)
    (tmp_path / "a.fits").write_bytes(content)
    reads.clear()
    scan([tmp_path], WANTED, index)
    assert reads == ["a.fits"]


def test_other_keywords_need_another_look(write, tmp_path, reads, database) -> None:
    index = HeaderIndex(database)
    write("a.fits", OBJECT="A")
    scan([tmp_path], Wanted(frozenset({"INSTRUME"})), index)
    (file,), _ = scan([tmp_path], WANTED, index)
    assert file.header["OBJECT"] == "A"
    assert len(reads) == 2


def test_an_index_that_fails_is_an_error_with_a_place(write, tmp_path) -> None:
    index = open_index(tmp_path / "index.sqlite")
    (tmp_path / "raw").mkdir()
    write("raw/a.fits")
    with index._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE organiser_header_index")
    with pytest.raises(StorageError, match=r"index\.sqlite: no such table.*\[scan\.index\]"):
        scan([tmp_path / "raw"], WANTED, index)


def test_without_a_path_there_is_no_index() -> None:
    assert open_index(None) is None


def test_progress_ends_with_all_files_done(write, tmp_path) -> None:
    class Bar:
        last = (0, 0)

        def update(self, done: int, total: int | None, message: str = "") -> None:
            self.last = (done, total)

    for number in range(3):
        write(f"{number}.fits")
    bar = Bar()
    scan([tmp_path], WANTED, None, bar)
    assert bar.last == (3, 3)
