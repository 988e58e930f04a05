"""The products of two folders, and the command and the pages that tell of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dfs.foundation.errors import UserError
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.quality.compare.logic import pair_up
from dfs.quality.compare.model import ProductIdentity, Tolerance
from dfs.quality.compare.service import compare_folders

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def product(
    path: Path, level: float, category: str = "MASTER_BIAS", *raw: str, **more: Any
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(5).normal(level, 1.0, (40, 60)).astype(np.float32)
    names = {f"PRO.REC1.RAW{n}.NAME": name for n, name in enumerate(raw, 1)}
    header = {"PRO.CATG": category, "BUNIT": "ADU", "QC.LEVEL": level} | names | more
    write_fits(path, [Hdu(header, pixels)])
    return path


def known(
    path: str, category: str = "MASTER", raw: tuple[str, ...] = (), **setup: Any
) -> ProductIdentity:
    return ProductIdentity(path, path, category, raw, tuple(sorted(setup.items())))


def test_products_are_paired_by_what_they_were_made_of() -> None:
    first = [known("x1", raw=("a", "b")), known("x2", raw=("c",))]
    second = [known("y2", raw=("c",)), known("y1", raw=("a", "b")), known("y3", "OTHER", ("c",))]
    pairs, only_first, only_second = pair_up(first, second)
    assert [(p.first.path, p.second.path) for p in pairs] == [("x1", "y1"), ("x2", "y2")]
    assert {p.by for p in pairs} == {"made of the same raw frames"}
    assert (only_first, [p.path for p in only_second]) == ((), ["y3"])


def test_products_of_another_night_are_paired_by_set_up() -> None:
    first = [known("x1", raw=("a",), chip="red"), known("x2", raw=("b",), chip="blue")]
    second = [known("y1", raw=("c",), chip="blue"), known("y2", raw=("d",), chip="red")]
    pairs, *_ = pair_up(first, second)
    assert [(p.first.path, p.second.path) for p in pairs] == [("x1", "y2"), ("x2", "y1")]
    assert {p.by for p in pairs} == {"of the same set-up"}


def test_the_only_product_of_a_category_has_its_counterpart() -> None:
    pairs, *_ = pair_up([known("x")], [known("y")])
    assert [p.by for p in pairs] == ["the only one of its category"]


def test_products_that_nothing_tells_apart_are_not_paired() -> None:
    pairs, only_first, only_second = pair_up([known("x1"), known("x2")], [known("y1"), known("y2")])
    assert (pairs, len(only_first), len(only_second)) == ((), 2, 2)


def test_files_that_are_no_products_are_paired_by_name() -> None:
    pairs, only_first, _ = pair_up([known("r1", ""), known("r2", "")], [known("r1", "")])
    assert [p.first.path for p in pairs] == ["r1"]
    assert [p.path for p in only_first] == ["r2"]


def test_a_workspace_shows_its_current_products(tmp_path: Path) -> None:
    for name, level in (("a", 200.0), ("b", 200.5)):
        product(tmp_path / name / "results" / "demo" / "b1" / "k2" / "bias.fits", level)
        product(tmp_path / name / "results" / "demo" / "b1" / "k1" / "bias.fits", 0.0)
        current = tmp_path / name / "products" / "demo" / "b1"
        current.parent.mkdir(parents=True)
        current.symlink_to("../../results/demo/b1/k2")
        (tmp_path / name / "dfs.sqlite").touch()
    found = compare_folders(tmp_path / "a", tmp_path / "b", Tolerance(1.0))
    assert [pair.pair.first.name for pair in found.pairs] == ["demo/b1/bias.fits"]
    assert found.agree
    assert not compare_folders(tmp_path / "a", tmp_path / "b", Tolerance(0.1)).agree


def test_a_circle_of_links_is_gone_round_once(tmp_path: Path) -> None:
    product(tmp_path / "a" / "x.fits", 1.0)
    (tmp_path / "a" / "again").symlink_to(".")
    assert len(compare_folders(tmp_path / "a", tmp_path / "a").pairs) == 1


def test_a_product_that_cannot_be_read_differs(tmp_path: Path) -> None:
    product(tmp_path / "a" / "x.fits", 1.0)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.fits").write_text("no FITS")
    found = compare_folders(tmp_path / "a", tmp_path / "b")
    assert not found.agree
    assert found.only_first == ("x.fits",)
    (tmp_path / "a" / "x.fits").write_text("no FITS")
    found = compare_folders(tmp_path / "a", tmp_path / "b")
    assert "[fits.not-fits]" in found.pairs[0].reason


def test_a_folder_without_fits_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\[compare.nothing\]"):
        compare_folders(tmp_path, tmp_path)


# ── The command ─────────────────────────────────────────────────────────────


@pytest.fixture
def dfs(dfs_environment: Callable[..., dict[str, str]], tmp_path: Path) -> Run:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dfs", "compare", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=dfs_environment(),
            cwd=tmp_path,
        )

    return run


def test_the_exit_code_says_whether_they_agree(dfs: Run, tmp_path: Path) -> None:
    a, b = product(tmp_path / "a.fits", 200.0), product(tmp_path / "b.fits", 201.0)
    same = dfs(a, a)
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "agree"), same.stderr
    differ = dfs(a, b, "--tolerance", "0.5")
    assert differ.returncode == 1
    assert differ.stdout.splitlines()[-1].startswith("differ\tPRIMARY: 2,400 of 2,400 pixels (100")
    assert dfs(a, b, "--tolerance", "0.5", "--level-shift").returncode == 0
    told = json.loads(dfs(a, b, "--json").stdout)
    assert told["units"][0]["content"]["median"] == pytest.approx(-1.0, abs=1e-4)
    assert told["quality"][0]["difference"] == -1.0
    assert told["tolerance"]["level_shift"] is False


def test_what_cannot_be_compared_is_a_usage_error(dfs: Run, tmp_path: Path) -> None:
    a = product(tmp_path / "a.fits", 200.0)
    assert dfs(a, tmp_path).returncode == 2
    missing = dfs(a, tmp_path / "none.fits")
    assert (missing.returncode, "[fits.unreadable]" in missing.stderr) == (1, True)


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
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_a_page_shows_the_difference_and_needs_nothing_else(dfs: Run, tmp_path: Path) -> None:
    a = product(tmp_path / "a.fits", 200.0, OBJECT="<script>")
    b = product(tmp_path / "b.fits", 201.0)
    said = dfs(a, b, "--html", "page", "--tolerance", "0.5")
    assert said.stdout.splitlines()[-1] == "page\tpage/comparison.html"
    page = Page(tmp_path / "page" / "comparison.html")
    assert len(page.all("img")) == 5
    assert all((i["src"] or "").startswith("data:image/png") and i["alt"] for i in page.all("img"))
    assert page.all("script") == page.all("link") == []
    assert all(header["scope"] in {"col", "row"} for header in page.all("th"))
    for told in ("Differ", "-1 ADU", "QC.LEVEL", "<script>", "2,400 of 2,400 (100 %)", "0.5 ADU"):
        assert told in page.text
    assert json.loads((tmp_path / "page" / "comparison.json").read_text())["agree"] is False


def test_pages_of_a_folder_lead_to_each_pair(dfs: Run, tmp_path: Path) -> None:
    for name, level in (("a", 200.0), ("b", 201.0)):
        product(tmp_path / name / "bias.fits", 200.0, "MASTER_BIAS", "r1")
        product(tmp_path / name / "flat.fits", level, "MASTER_FLAT", "r2")
    product(tmp_path / "b" / "dark.fits", 1.0, "MASTER_DARK")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "mine.txt").write_text("kept")
    said = dfs("a", "b", "--html", "page")
    assert said.returncode == 1
    rows = [line.split("\t") for line in said.stdout.splitlines()[1:-2]]
    assert [(row[0], row[3]) for row in rows] == [
        ("MASTER_BIAS", "agree"),
        ("MASTER_FLAT", "differ"),
        ("-", "differ"),
    ]
    page = Page(tmp_path / "page" / "comparison.html")
    links = [link["href"] for link in page.all("a")]
    assert links == ["001-master-bias.html", "002-master-flat.html"]
    assert all(Page(tmp_path / "page" / str(link)).all("img") for link in links)
    assert "of the second, without a counterpart: 1, listed below" in page.text
    assert (tmp_path / "page" / "mine.txt").read_text() == "kept"
    assert json.loads((tmp_path / "page" / "comparison.json").read_text())["only_second"]
