"""Arms of many templates share a table of overheads."""

from __future__ import annotations

import pytest

from dfs.instruments.reading import read_package

PACKAGE = """
[overheads_s.ccd]
slow = 40
fast = 10
"""
TEMPLATE = """
name = "DEMO_img_obs"
type = "science"
[[parameter]]
name = "DET.UIT"
type = "number"
[[parameter]]
name = "DET.READ"
type = "keyword"
default = "slow"
[[timing.arm]]
exposure = "DET.UIT"
overhead_by = "DET.READ"
overheads_s = "%s"
"""


def read(package: str, named: str):
    texts = {"package.toml": package, "templates/DEMO_img_obs.toml": TEMPLATE % named}
    return read_package("demo", "DEMO", "1.0", texts)


def test_an_arm_takes_the_overheads_that_it_names():
    reading = read(PACKAGE, "ccd")
    assert reading.faults == ()
    (arm,) = reading.package.templates[0].timing.arms
    assert arm.overheads_s == {"slow": 40, "fast": 10}


def test_a_table_that_is_not_there_is_a_fault_of_the_template():
    (fault,) = read(PACKAGE, "infrared").faults
    assert fault.file == "templates/DEMO_img_obs.toml"
    assert fault.key == "timing.arm[0].overheads_s"
    assert "infrared" in fault.message


@pytest.mark.parametrize(
    "package", ["overheads_s = 40", "[overheads_s]\nccd = 40", "[overheads_s.ccd]\nslow = 'long'"]
)
def test_overheads_are_tables_of_times(package: str):
    assert read(package, "ccd").faults
