"""Who did what when, and taking it back."""

from dfs.preparation.service import bulk, files, history, items, library, lifecycle, templates


def _last(stage, item_id):
    return history.history(stage.room, stage.pi, item_id)[0]


def test_every_change_says_who_when_and_what(stage):
    made = stage.make("OB")
    items.save_block(stage.room, stage.pi, made.id, {"name": "two"}, made.version)
    newest, oldest = history.history(stage.room, stage.pi, made.id)
    assert (oldest.summary, oldest.user_name) == ("create OB 'one'", "Pi")
    (entry,) = newest.entries
    assert (entry.before, entry.after) == ({"name": "one"}, {"name": "two"})
    assert newest.at > oldest.at
    assert [one.id for one in history.run_history(stage.room, stage.pi, stage.service)] == [
        newest.id,
        oldest.id,
    ]


def test_a_deleted_block_has_its_history_still(stage, refused):
    made = stage.make("OB")
    items.delete_item(stage.room, stage.pi, made.id, made.version)
    assert _last(stage, made.id).summary == "delete OB 'one'"
    with refused("preparation.absent", str(made.id)):
        history.history(stage.room, stage.stranger, made.id)
    with refused("preparation.absent"):
        history.change(stage.room, stage.stranger, _last(stage, made.id).id)


def test_a_change_is_taken_back_and_done_again(stage, refused):
    made = stage.make("OB")
    saved = items.save_block(stage.room, stage.pi, made.id, {"name": "two"}, made.version)
    done = _last(stage, made.id)
    undone = history.undo(stage.room, stage.pi, done.id)
    assert undone.undo_of == done.id
    assert stage.see(made.id).name == "one"
    assert stage.see(made.id).version > saved.item.version
    with refused("preparation.undo"):
        history.undo(stage.room, stage.pi, done.id)
    history.undo(stage.room, stage.pi, undone.id)
    assert stage.see(made.id).name == "two"


def test_what_was_changed_since_is_not_taken_back(stage, refused):
    made = stage.make("OB")
    saved = items.save_block(stage.room, stage.pi, made.id, {"name": "two"}, made.version)
    first = _last(stage, made.id)
    items.save_block(stage.room, stage.pi, made.id, {"user_priority": 3}, saved.item.version)
    history.undo(stage.room, stage.pi, first.id)
    now = stage.see(made.id)
    assert (now.name, now.user_priority) == ("one", 3)


def test_a_deleted_block_comes_back_with_all_that_it_had(stage, refused):
    made = stage.observable()
    templates.add_template(stage.room, stage.pi, made.id, "DEMO_mos_obs")
    before = items.block(stage.room, stage.pi, made.id)
    items.delete_item(stage.room, stage.pi, made.id, made.version)
    deleted = _last(stage, made.id)
    history.undo(stage.room, stage.pi, deleted.id)
    after = items.block(stage.room, stage.pi, made.id)
    assert after.block == before.block
    assert after.item.execution_s == before.item.execution_s
    with refused("preparation.stale"):
        items.delete_item(stage.room, stage.pi, made.id, made.version)


def test_a_new_block_is_taken_back_unless_it_was_changed(stage, refused):
    made = stage.make("OB")
    created = _last(stage, made.id)
    templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_acq")
    with refused("preparation.undo"):
        history.undo(stage.room, stage.pi, created.id)
    history.undo(stage.room, stage.pi, _last(stage, made.id).id)
    history.undo(stage.room, stage.pi, created.id)
    with refused("preparation.absent"):
        stage.see(made.id)


def test_a_copied_tree_is_taken_back_and_brought_back(stage, refused):
    folder = stage.make("Folder", "f")
    stage.observable("a", stage.make("Group", "g", folder.id).id)
    copy = items.duplicate_item(stage.room, stage.pi, folder.id)
    before = items.container(stage.room, stage.pi, copy.id)
    undone = history.undo(stage.room, stage.pi, _last(stage, copy.id).id)
    with refused("preparation.absent"):
        stage.see(copy.id)
    history.undo(stage.room, stage.pi, undone.id)
    assert items.container(stage.room, stage.pi, copy.id) == before


def test_a_move_is_taken_back(stage, refused):
    one, two = stage.make("Folder", "one"), stage.make("Folder", "two")
    a, b = (stage.make("OB", name, one.id) for name in "ab")
    items.move_item(stage.room, stage.pi, a.id, two.id)
    moved = _last(stage, a.id)
    history.undo(stage.room, stage.pi, moved.id)
    assert stage.names(one.id) == ["a", "b"]
    assert b.parent_id == one.id
    # Back into what is inside of it by now, it cannot go.
    inner = stage.make("Folder", "inner", two.id)
    items.move_item(stage.room, stage.pi, inner.id, stage.root(stage.service))
    out = _last(stage, inner.id)
    items.move_item(stage.room, stage.pi, two.id, inner.id)
    with refused("preparation.undo", str(inner.id)):
        history.undo(stage.room, stage.pi, out.id)


def test_a_status_goes_back_by_revision_only(stage, refused):
    made = stage.make("CB", into=stage.root(stage.visitor))
    templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_cal_dark")
    found = lifecycle.verify(stage.room, stage.pi, made.id, submit=True)
    assert found.observable, found.findings
    with refused("preparation.undo"):
        history.undo(stage.room, stage.pi, _last(stage, made.id).id)
    added = history.history(stage.room, stage.pi, made.id)[1]
    with refused("preparation.status"):
        history.undo(stage.room, stage.pi, added.id)


def test_a_second_acquisition_does_not_come_back(stage, refused):
    made = stage.make("OB")
    one = templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_acq")
    templates.delete_template(stage.room, stage.pi, made.id, one.template.id, one.version)
    deleted = _last(stage, made.id)
    templates.add_template(stage.room, stage.pi, made.id, "DEMO_mos_acq")
    with refused("preparation.undo"):
        history.undo(stage.room, stage.pi, deleted.id)


# ── Many at once ────────────────────────────────────────────────────────────


def test_many_blocks_change_as_one_and_back(stage):
    made = [stage.observable(name) for name in "abc"]
    ids = [one.id for one in made]
    changes = {
        "constraints": {"airmass": 1.3},
        "templates": {"DEMO_img_obs": {"DET.WIN1.UIT1": 90}},
    }
    seen = bulk.set_many(stage.room, stage.pi, ids, changes, preview=True)
    assert [line.name for line in seen.changed] == ["a", "b", "c"]
    assert list(seen.lines[0].after.values()) == [1.3, 90]
    assert list(seen.lines[0].before.values()) == [2.0, 60]
    assert stage.see(ids[0]).exposure_s == 60
    done = bulk.set_many(stage.room, stage.pi, ids, changes)
    assert [stage.see(one).exposure_s for one in ids] == [90, 90, 90]
    assert all(stage.see(one.id).version == one.version + 1 for one in made)
    assert bulk.set_many(stage.room, stage.pi, ids, changes) is None
    history.undo(stage.room, stage.pi, done.id)
    assert [stage.see(one).exposure_s for one in ids] == [60, 60, 60]
    block = items.block(stage.room, stage.pi, ids[2]).block
    assert block.constraints["airmass"] == 2.0


def test_one_refusal_keeps_all_as_they_are(stage, refused):
    good, bad, folder = stage.observable("good"), stage.make("OB", "bad"), stage.make("Folder")
    ids = [good.id, bad.id, folder.id]
    changes = {"user_priority": 3, "templates": {"DEMO_img_obs": {"DET.WIN1.UIT1": 90}}}
    seen = bulk.set_many(stage.room, stage.pi, ids, changes, preview=True)
    assert [line.refusal for line in seen.lines] == [
        "",
        "it has no template DEMO_img_obs",
        "it is a Folder",
    ]
    with refused("preparation.bulk", str(bad.id)):
        bulk.set_many(stage.room, stage.pi, ids, changes)
    assert stage.see(good.id) == good
    other = stage.make("OB", into=stage.root(stage.visitor))
    with refused("preparation.absent", str(other.id)):
        bulk.set_many(stage.room, stage.pi, [good.id, other.id], {"user_priority": 3})


# ── Library ─────────────────────────────────────────────────────────────────


def test_a_block_is_built_from_what_was_kept_of_another(stage, refused):
    made = stage.observable()
    kept = [
        library.keep(stage.room, stage.pi, made.id, kind, "mine") for kind in library.LibraryKind
    ]
    assert library.entries(stage.room, stage.stranger) == []
    built = library.make_block(
        stage.room,
        stage.pi,
        stage.root(stage.visitor),
        "new",
        [one.id for one in kept],
    )
    original = items.block(stage.room, stage.pi, made.id).block
    assert built.block.target == original.target
    assert built.block.constraints == original.constraints
    assert [one.parameters for one in built.block.templates] == [
        one.parameters for one in original.templates
    ]
    assert built.item.execution_s == made.execution_s
    with refused("preparation.value", "entries"):
        library.make_block(
            stage.room, stage.pi, stage.root(stage.visitor), "x", [kept[0].id, kept[0].id]
        )
    with refused("preparation.absent"):
        library.make_block(stage.room, stage.support, stage.root(stage.visitor), "x", [kept[0].id])


def test_an_entry_is_kept_anew_renamed_and_discarded(stage, refused):
    made = stage.observable()
    kind = library.LibraryKind.TARGET
    first = library.keep(stage.room, stage.pi, made.id, kind, "mine")
    again = library.keep(stage.room, stage.pi, made.id, kind, "mine")
    assert (again.id, again.created_at) == (first.id, first.created_at)
    assert again.modified_at > first.modified_at
    other = library.keep(stage.room, stage.pi, made.id, kind, "other")
    with refused("preparation.value", "name"):
        library.rename(stage.room, stage.pi, other.id, "mine")
    assert library.rename(stage.room, stage.pi, other.id, "theirs").name == "theirs"
    library.discard(stage.room, stage.pi, first.id)
    with refused("preparation.absent"):
        library.entry(stage.room, stage.pi, first.id)
    assert [one.name for one in library.entries(stage.room, stage.pi, kind)] == ["theirs"]
    with refused("preparation.absent"):
        library.discard(stage.room, stage.stranger, other.id)


def test_a_deleted_chart_comes_back(stage):
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.new("L", (9, 9)).save(stream, "JPEG")
    made = stage.make("OB")
    files.add_chart(stage.room, stage.pi, made.id, "a.jpg", stream.getvalue())
    files.delete_chart(stage.room, stage.pi, made.id, 1)
    history.undo(stage.room, stage.pi, _last(stage, made.id).id)
    assert files.chart(stage.room, stage.pi, made.id, 1).content == stream.getvalue()
