"""What a file is, is seen from its content; what it says of the sky must be possible."""

import json

import pytest

from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.instruments.service import Packages
from dfs.plugin import Container, ContainerKind, Member, ObservationBlock, Target
from dfs.preparation.formats import archive, document, obx
from dfs.preparation.formats.reading import read

OBX = """name "star"
type "O"
TARGET.NAME "star"
ra "04:55:50.154"
dec "-15:02:25.000"
OBSERVATION.DESCRIPTION.NAME "star"
instrument "DEMO"
IPVersion "1.01"
ACQUISITION.TEMPLATE.NAME "DEMO_img_acq"
TEMPLATE.NAME "DEMO_img_obs"
DET.WIN1.UIT1 "10"
"""
BLOCK = ObservationBlock(
    name="star",
    instrument="DEMO",
    package_version="1.01",
    target=Target(name="star", ra="04:55:50.154", dec="-15:02:25.000"),
)


@pytest.fixture(scope="module")
def packages(plugin_modules):
    import dfs_demo.plugin

    return Packages(Host.from_modules({"demo": dfs_demo.plugin}))


def test_each_format_is_known_by_its_content(packages):
    written = {
        "yaml": document.to_yaml(BLOCK).encode(),
        "json": document.to_json(BLOCK).encode(),
        "zip": archive.pack(archive.Bundle(BLOCK, {})),
    }
    assert {
        form: read(content, packages).item for form, content in written.items()
    } == dict.fromkeys(written, BLOCK)
    assert read(OBX.encode(), packages).item.templates[1].parameters == {"DET.WIN1.UIT1": 10.0}


def test_a_file_of_a_version_that_is_gone_is_read_with_the_newest_that_understands_it(packages):
    found = read(OBX.replace("1.01", "0.90").encode(), packages)
    assert found.item.package_version == "1.01"
    assert any("0.90" in remark for remark in found.remarks)


@pytest.mark.parametrize("content", [OBX, OBX.replace(" ", "\t"), OBX.replace("\n", "\r\n")])
def test_blanks_tabs_and_line_ends_of_other_systems_are_kept(packages, content):
    assert obx.text_of(obx.parse(content)) == content
    assert read(content.encode(), packages).item.name == "star"


def test_an_obx_file_without_its_instrument_is_refused(packages):
    with pytest.raises(UserError, match=r"format\.obx") as caught:
        read(OBX.replace('instrument "DEMO"\n', "").encode(), packages, name="star.obx")
    assert caught.value.where == "star.obx"


def test_bytes_that_are_no_text_are_refused(packages):
    with pytest.raises(UserError, match=r"format\.document"):
        read(b'name "\xff"', packages)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ra", "99:00:00"),
        ("ra", "east"),
        ("dec", "-95:00:00"),
        ("equinox", "B1950"),
        ("epoch", "NaN"),
        ("proper_motion_ra_arcsec_yr", 1e9),
    ],
)
def test_a_target_that_is_nowhere_on_the_sky_is_refused_with_its_path(packages, field, value):
    tree = Container(
        kind=ContainerKind.FOLDER,
        name="folder",
        members=(
            Member(item=BLOCK),
            Member(
                item=Container(
                    kind=ContainerKind.GROUP, name="group", members=(Member(item=BLOCK),)
                )
            ),
        ),
    ).model_dump(mode="json")
    tree["members"][1]["item"]["members"][0]["item"]["target"][field] = value
    with pytest.raises(UserError, match=r"preparation\.value") as caught:
        read(json.dumps(tree).encode(), packages)
    assert caught.value.where == f"members[1].members[0].target.{field}"


def test_coordinates_of_an_obx_file_are_held_to_the_sky(packages):
    with pytest.raises(UserError) as caught:
        read(OBX.replace("04:55", "24:55").encode(), packages)
    assert caught.value.where == "target.ra"
