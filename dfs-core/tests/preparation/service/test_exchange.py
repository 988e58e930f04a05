"""Blocks come in and go out with all that belongs to them, whole or not at all."""

import datetime as dt
import io

import pytest
from PIL import Image

from dfs.foundation.errors import UserError
from dfs.plugin import AbsoluteInterval, ContainerKind, Target
from dfs.preparation.formats import archive, document, obx
from dfs.preparation.formats.targets import read_targets
from dfs.preparation.model import ItemKind
from dfs.preparation.service import exchange, files, intervals, items, survey


@pytest.fixture
def chart():
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "white").save(out, "JPEG")
    return out.getvalue()


def without_ids(item):
    """Give a block or container as it is wherever it stands."""
    if hasattr(item, "members"):
        members = tuple(
            member.model_copy(update={"item": without_ids(member.item)}) for member in item.members
        )
        return item.model_copy(update={"id": 0, "members": members})
    templates = tuple(one.model_copy(update={"id": 0}) for one in item.templates)
    return item.model_copy(update={"id": 0, "templates": templates})


def furnished(stage, chart, into=None):
    block = stage.observable("full", into)
    files.add_chart(stage.room, stage.pi, block.id, "map.jpg", chart)
    start = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    one = AbsoluteInterval(start=start, end=start + dt.timedelta(hours=1))
    _, version = intervals.absolute_intervals(stage.room, stage.pi, block.id)
    intervals.save_absolute_intervals(stage.room, stage.pi, block.id, [one], version)
    return block


def test_a_block_goes_out_as_zip_and_comes_in_as_it_was(stage, chart):
    block = furnished(stage, chart)
    content = exchange.export(stage.room, stage.pi, block.id)
    imported = exchange.import_(stage.room, stage.pi, stage.root(stage.service), content)
    before = items.block(stage.room, stage.pi, block.id).block
    after = items.block(stage.room, stage.pi, imported.item.id).block
    assert without_ids(after) == without_ids(before)
    assert files.chart(stage.room, stage.pi, imported.item.id, 1).content == chart
    assert imported.item.status == "P"


def test_a_container_comes_in_with_its_members_and_what_it_says_of_them(stage, chart):
    group = stage.make("Group", "Group")
    furnished(stage, chart, group.id)
    second = stage.observable("second", group.id)
    items.save_membership(
        stage.room, stage.pi, second.id, {"contribution": 40.0}, second.membership_version
    )
    content = exchange.export(stage.room, stage.pi, group.id)
    imported = exchange.import_(stage.room, stage.pi, stage.root(stage.service), content)
    assert imported.item.kind is ItemKind.GROUP
    before = items.container(stage.room, stage.pi, group.id)
    after = items.container(stage.room, stage.pi, imported.item.id)
    assert without_ids(after) == without_ids(before)
    assert archive.unpack(content).files[0][0].content == chart


@pytest.mark.parametrize("write", [document.to_json, document.to_yaml])
def test_a_block_comes_in_from_a_document(stage, write):
    block = items.block(stage.room, stage.pi, stage.observable().id).block
    imported = exchange.import_(
        stage.room, stage.pi, stage.root(stage.service), write(block).encode()
    )
    assert imported.item.target_name == "A field"


def test_an_obx_of_no_known_version_is_read_by_the_newest_that_understands_it(stage):
    block = items.block(stage.room, stage.pi, stage.observable().id).block
    lines = [one for one in obx.lines_of(block) if one.key != "IPVersion"]
    content = obx.text_of(lines).encode()
    imported = exchange.import_(stage.room, stage.pi, stage.root(stage.service), content)
    assert imported.item.package_version == stage.room.packages.versions("DEMO")[-1]
    assert imported.item.template_count == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instrument": "OTHER"}, "preparation.other-instrument"),
        ({"package_version": "9.99"}, ""),
        ({"constraints": {"none": 1.0}}, "preparation.unknown-parameter"),
        ({"target": Target(name="x", ra="25:00:00.000")}, "preparation.value"),
    ],
)
def test_what_cannot_be_leaves_nothing_behind(stage, change, code):
    block = items.block(stage.room, stage.pi, stage.observable().id).block
    root = stage.root(stage.service)
    names = stage.names(root)
    text = document.to_json(block.model_copy(update=change))
    with pytest.raises(UserError) as refused:
        exchange.import_(stage.room, stage.pi, root, text.encode())
    assert refused.value.code.name.startswith(code)
    assert stage.names(root) == names


def test_a_stranger_takes_nothing_out_and_puts_nothing_in(stage):
    block = stage.observable()
    content = exchange.export(stage.room, stage.pi, block.id)
    with pytest.raises(UserError, match="no such"):
        exchange.export(stage.room, stage.stranger, block.id)
    with pytest.raises(UserError, match="no such"):
        exchange.import_(stage.room, stage.stranger, stage.root(stage.service), content)


# ── Surveys ─────────────────────────────────────────────────────────────────


def test_a_list_of_targets_becomes_a_group_of_blocks_like_one(stage, tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text(
        "name,ra,dec,pmra,pmdec\nA 1,10.5,-20.25,1000,-500\nB 2,00:42:44.3,+41:16:09,0,0\n", "utf-8"
    )
    targets = read_targets(path)
    assert targets[0].ra == "00:42:00.000"
    assert targets[0].proper_motion_ra_arcsec_yr == 1.0
    pattern = stage.observable()
    root = stage.root(stage.service)
    made = survey.from_targets(
        stage.room, stage.pi, pattern.id, root, targets, ContainerKind.GROUP, "All"
    )
    assert made.blocks == 2
    members = items.members(stage.room, stage.pi, made.items[0].id)
    assert [one.target_name for one in members] == ["A 1", "B 2"]
    assert all(one.template_count == 2 for one in members)


def test_one_bad_target_of_a_list_makes_no_block(stage):
    pattern = stage.observable()
    root = stage.root(stage.service)
    names = stage.names(root)
    targets = [Target(name="good"), Target(name="bad", dec="-95:00:00")]
    with pytest.raises(UserError) as refused:
        survey.from_targets(stage.room, stage.pi, pattern.id, root, targets)
    assert refused.value.where.startswith("bad: target.dec")
    assert stage.names(root) == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ra,dec\n1,2\n", "no column name"),
        ("name,ra,dec\nx,400,2\n", "row 1"),
        ("name,ra,dec\nx,1,2\ny,1,south\n", "row 2"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_with_the_row(tmp_path, text, said):
    path = tmp_path / "targets.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"format\.targets") as refused:
        read_targets(path)
    assert said in str(refused.value)
