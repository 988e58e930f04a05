"""What the rules call a frame."""

from __future__ import annotations

import pytest

from dfs.host import Host
from dfs.organiser.rulebook import rulebooks


@pytest.mark.parametrize(
    ("catg", "type_", "tech", "expected"),
    [
        ("CALIB", "DARK", "IMAGE", "DARK"),
        ("CALIB", "FLAT,TWILIGHT", "IMAGE", "FLAT_TWILIGHT"),
        ("CALIB", "FLAT,LAMP,LINEARITY", "IMAGE", "LINEARITY_FLAT"),
        ("SCIENCE", "OBJECT", "IMAGE,JITTER", "OBJECT_JITTER"),
        ("SCIENCE", "OBJECT,EXTENDED", "IMAGE", "OBJECT"),
        ("TEST", "DARK", "IMAGE", None),
    ],
)
def test_a_frame_is_what_its_header_says(catg, type_, tech, expected):
    rules = rulebooks(Host.load())["vircam"].rules
    header = {"INSTRUME": "VIRCAM", "DPR.CATG": catg, "DPR.TYPE": type_, "DPR.TECH": tech}
    assert rules.classify(header).get("DO.CATG") == expected
