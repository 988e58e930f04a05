"""The page on instrument packages shows what works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dfs.instruments.reading import read_package
from dfs.instruments.tsf import parse_tsf
from dfs.plugin import ParameterType

PAGE = Path(__file__).parents[3] / "docs" / "plugins" / "packages.md"
pytestmark = pytest.mark.skipif(
    not PAGE.is_file(), reason="the documentation is not beside the tests"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


def test_the_examples_of_the_page_are_a_package():
    package, template = blocks("toml")
    signature, told = blocks("text")[1:]
    texts = {
        "package.toml": package + told,
        "templates/DEMO_img_obs.toml": template,
        "templates/DEMO_img_cal_dark.tsf": signature,
    }

    reading = read_package("demo", "DEMO", "1.01", texts)

    assert (reading.faults, reading.remarks) == ((), ())
    assert parse_tsf(signature).kind == "calib"
    assert {each.name for each in reading.package.templates} == {
        "DEMO_img_obs",
        "DEMO_img_cal_dark",
    }


def test_the_page_describes_every_type():
    text = PAGE.read_text("utf-8")

    assert all(f"`{each}`" in text for each in ParameterType)
