"""Two people at once: the outcome is that of one after the other."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dfs.foundation.errors import UserError
from dfs.preparation.service import items, lifecycle, templates

ROUNDS = 5


@pytest.fixture
def at_once(stage):
    """Do things at the same time; give what each returned or the code of its refusal."""

    def run(*doings):
        start = threading.Barrier(len(doings))

        def one(doing):
            start.wait()
            try:
                return doing()
            except UserError as error:
                return error.code.name

        with ThreadPoolExecutor(len(doings)) as pool:
            return list(pool.map(one, doings))

    return run


def test_edit_against_certify(stage, at_once):
    for number in range(ROUNDS):
        made = stage.make("CB", f"{number}", stage.root(stage.visitor))
        templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_cal_dark")
        edited, certified = at_once(
            lambda made=made: items.save_block(
                stage.room, stage.pi, made.id, {"name": "edited"}, made.version
            ),
            lambda made=made: lifecycle.verify(stage.room, stage.pi, made.id, submit=True),
        )
        now = stage.see(made.id)
        assert certified.observable
        assert now.status == "+"
        # Either the edit was first, or it was refused; never half of it.
        if isinstance(edited, str):
            assert edited in {"preparation.stale", "preparation.status"}
            assert now.name == made.name
        else:
            assert now.name == "edited"


def test_edit_against_edit(stage, at_once):
    made = stage.make("OB")
    results = at_once(
        *(
            lambda name=name: items.save_block(
                stage.room, stage.pi, made.id, {"name": name}, made.version
            )
            for name in "abcd"
        )
    )
    assert sorted(isinstance(one, str) for one in results) == [False, True, True, True]
    winner = next(one for one in results if not isinstance(one, str))
    assert stage.see(made.id) == winner.item


def test_move_against_delete(stage, at_once):
    for number in range(ROUNDS):
        folder = stage.make("Folder", f"{number}")
        made = stage.make("OB", f"{number}")
        moved, deleted = at_once(
            lambda made=made, folder=folder: items.move_item(
                stage.room, stage.pi, made.id, folder.id
            ),
            lambda folder=folder: items.delete_item(
                stage.room, stage.pi, folder.id, folder.version
            ),
        )
        if deleted is None:
            assert moved == "preparation.absent"
            assert stage.see(made.id).parent_id == stage.root(stage.service)
        else:
            assert deleted == "preparation.stale"
            assert stage.names(folder.id) == [made.name]


def test_move_against_move_makes_no_cycle(stage, at_once):
    for _ in range(ROUNDS):
        one, two = stage.make("Folder", "one"), stage.make("Folder", "two")
        results = at_once(
            lambda one=one, two=two: items.move_item(stage.room, stage.pi, one.id, two.id),
            lambda one=one, two=two: items.move_item(stage.room, stage.pi, two.id, one.id),
        )
        assert results.count("preparation.nesting") == 1
        whole = items.tree(stage.room, stage.pi, stage.service)
        assert {one.id, two.id} <= {each.id for each in whole}


def test_many_make_members_at_once(stage, at_once):
    folder = stage.make("Folder")
    at_once(*(lambda name=name: stage.make("OB", name, folder.id) for name in "abcdef"))
    members = items.members(stage.room, stage.pi, folder.id)
    assert sorted(one.name for one in members) == list("abcdef")
    assert len({one.position for one in members}) == 6
    assert stage.see(folder.id).items_version == folder.items_version + 6
