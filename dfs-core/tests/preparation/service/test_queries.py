"""The number of queries does not grow with what is asked for."""

from itertools import count

import pytest

from dfs.plugin import ObservationBlock
from dfs.preparation.service import bulk, items, lifecycle, timing

_numbers = count(2)


def _fill(stage, number):
    folder = stage.make("Folder")
    first = stage.observable("0", folder.id)
    for _ in range(number - 1):
        items.duplicate_item(stage.room, stage.pi, first.id)
    return folder


@pytest.mark.parametrize(
    "ask",
    [
        lambda stage, folder: items.tree(stage.room, stage.pi, stage.service),
        lambda stage, folder: items.members(stage.room, stage.pi, folder.id),
        lambda stage, folder: items.blocks(stage.room, stage.pi, stage.service),
        lambda stage, folder: items.container(stage.room, stage.pi, folder.id),
        lambda stage, folder: items.runs(stage.room, stage.pi),
        lambda stage, folder: timing.of_container(stage.room, stage.pi, folder.id),
        lambda stage, folder: lifecycle.verify(stage.room, stage.pi, folder.id),
        lambda stage, folder: lifecycle.verify_run(stage.room, stage.pi, stage.service),
        lambda stage, folder: bulk.set_many(
            stage.room,
            stage.pi,
            [one.id for one in items.members(stage.room, stage.pi, folder.id)],
            {"templates": {"DEMO_img_obs": {"SEQ.NEXPO": next(_numbers)}}},
        ),
    ],
    ids=[
        "tree", "members", "blocks", "container", "runs", "time", "verify", "verify run",
        "bulk",
    ],
)  # fmt: skip
def test_queries_do_not_grow_with_the_run(stage, counted, ask):
    folder = _fill(stage, 2)
    with counted(stage.room.engine) as few:
        ask(stage, folder)
    for one in items.members(stage.room, stage.pi, folder.id):
        for _ in range(3):
            items.duplicate_item(stage.room, stage.pi, one.id)
    with counted(stage.room.engine) as many:
        ask(stage, folder)
    assert len(many) == len(few)


def test_what_was_verified_is_not_verified_again(stage, monkeypatch):
    folder = _fill(stage, 3)
    first = lifecycle.verify_run(stage.room, stage.pi, stage.service)
    asked = []
    real = type(stage.room.host).verify_ob
    monkeypatch.setattr(
        type(stage.room.host),
        "verify_ob",
        lambda self, id_, ob, package: asked.append(ob.id) or real(self, id_, ob, package),
    )
    assert lifecycle.verify_run(stage.room, stage.pi, stage.service) == first
    assert asked == []
    changed = items.members(stage.room, stage.pi, folder.id)[1]
    items.save_block(stage.room, stage.pi, changed.id, {"user_comments": "x"}, changed.version)
    lifecycle.verify_run(stage.room, stage.pi, stage.service)
    assert asked == [changed.id]


def test_blocks_are_those_of_the_contract(stage):
    _fill(stage, 2)
    for one in items.blocks(stage.room, stage.pi, stage.service).values():
        assert ObservationBlock.model_validate(one.model_dump()) == one
