"""Real Observation Blocks of the field can be said with the instruments' packages."""

import pytest

from dfs.host.host import Host
from dfs.instruments.service import Packages
from dfs.preparation.formats import obx


@pytest.fixture(scope="module")
def packages():
    return Packages(Host.load())


def package_for(packages, lines):
    """Give the newest package in which every template of a file exists with its parameters."""
    instrument = obx.instrument_of(lines)
    for version in reversed(packages.versions(instrument)):
        package = packages.get(instrument, version)
        try:
            return obx.block_of(lines, package), package
        except obx.UserError as error:
            problem = error
    raise problem


REAL = (
    "uves_red_slicer_derived",
    "xshooter_Tell_ifu_Hip022913_Jan_eve",
    "xshooter_Tell_ifu_Hip098641_May_mor",
    "xshooter_Tell_slt_Hip022913_Jan_eve",
    "xshooter_Tell_slt_Hip108875_Oct_eve",
    "xshooter_template_ob_ifu",
    "xshooter_template_ob_slt",
)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", REAL)
def test_a_real_obx_file_becomes_a_block_and_comes_out_with_every_value(
    packages, shared_data, name
):
    text = (shared_data / f"phase12/obx/{name}.obx").read_text("utf-8")
    lines = obx.parse(text)
    assert obx.text_of(lines) == text
    read, _ = package_for(packages, lines)
    written = obx.lines_of(read.block)

    def values(lines):
        kept = [line for line in lines if line.key]
        start = next(i for i, line in enumerate(kept) if line.key == "ACQUISITION.TEMPLATE.NAME")
        return [(line.key, as_number(line.value)) for line in kept[start:]]

    assert sorted(values(written)) == sorted(values(lines))


def as_number(text):
    try:
        return str(float(text))
    except ValueError:
        return text
