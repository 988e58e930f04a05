"""Items move, stand in an order, are copied."""

from dfs.preparation.service import items, templates


def test_members_stand_in_the_order_that_was_said(stage):
    folder = stage.make("Folder")
    ids = [stage.make("OB", name, folder.id).id for name in "abc"]
    before = stage.see(folder.id)
    items.reorder(stage.room, stage.pi, folder.id, [ids[2], ids[0], ids[1]], before.items_version)
    assert stage.names(folder.id) == ["c", "a", "b"]
    assert stage.see(folder.id).items_version == before.items_version + 1


def test_an_order_names_each_member_once(stage, refused):
    folder = stage.make("Folder")
    one, two = (stage.make("OB", name, folder.id).id for name in "ab")
    version = stage.see(folder.id).items_version
    for wrong in ([one], [one, one], [one, two, 99], [one, 99]):
        with refused("preparation.value", "items"):
            items.reorder(stage.room, stage.pi, folder.id, wrong, version)
    with refused("preparation.stale"):
        items.reorder(stage.room, stage.pi, folder.id, [two, one], version - 1)


def test_an_item_moves_to_the_place_that_was_said(stage):
    folder = stage.make("Folder")
    for name in "ab":
        stage.make("OB", name, folder.id)
    moved = stage.make("OB", "m")
    items.move_item(stage.room, stage.pi, moved.id, folder.id, 1)
    assert stage.names(folder.id) == ["a", "m", "b"]
    items.move_item(stage.room, stage.pi, moved.id, folder.id, 0)
    assert stage.names(folder.id) == ["m", "a", "b"]
    items.move_item(stage.room, stage.pi, moved.id, folder.id)
    assert stage.names(folder.id) == ["a", "b", "m"]
    assert stage.see(moved.id).version == moved.version


def test_both_containers_tell_of_a_move(stage):
    one, two = stage.make("Folder", "one"), stage.make("Folder", "two")
    moved = stage.make("OB", into=one.id)
    before = stage.see(one.id), stage.see(two.id)
    items.move_item(stage.room, stage.pi, moved.id, two.id)
    after = stage.see(one.id), stage.see(two.id)
    for then, now in zip(before, after, strict=True):
        assert now.version == then.version + 1
        assert now.items_version == then.items_version + 1


def test_a_container_never_holds_itself(stage, refused):
    outer = stage.make("Folder", "outer")
    inner = stage.make("Folder", "inner", outer.id)
    for into in (outer.id, inner.id):
        with refused("preparation.nesting"):
            items.move_item(stage.room, stage.pi, outer.id, into)


def test_items_move_within_their_run(stage, refused):
    made = stage.make("OB")
    with refused("preparation.other-run"):
        items.move_item(stage.room, stage.pi, made.id, stage.root(stage.visitor))


def test_a_move_obeys_what_containers_hold(stage, refused):
    group, folder = stage.make("Group"), stage.make("Folder")
    with refused("preparation.nesting"):
        items.move_item(stage.room, stage.pi, folder.id, group.id)


def test_leaving_a_container_ends_what_it_said(stage):
    group = stage.make("Group")
    one = stage.make("OB", into=group.id)
    items.save_membership(
        stage.room, stage.pi, one.id, {"contribution": 20}, one.membership_version
    )
    moved = items.move_item(stage.room, stage.pi, one.id, stage.root(stage.service))
    assert moved.membership.contribution == 0
    assert moved.membership_version > one.membership_version


def test_when_the_first_of_a_time_link_goes_the_next_follows_nobody(stage):
    link = stage.make("TimeLink")
    first, second, third = (stage.make("OB", name, link.id) for name in "abc")
    items.delete_item(stage.room, stage.pi, first.id, first.version)
    assert stage.see(second.id).membership.earliest_after_previous is None
    items.move_item(stage.room, stage.pi, second.id, stage.root(stage.service))
    assert stage.see(third.id).membership.earliest_after_previous is None


def test_a_copy_is_a_new_block_with_all_that_the_original_has(stage):
    made = stage.observable()
    copy = items.duplicate_item(stage.room, stage.pi, made.id)
    assert copy.id != made.id
    assert (copy.parent_id, copy.status) == (made.parent_id, "P")
    assert copy.execution_s == made.execution_s
    old, new = (items.block(stage.room, stage.pi, one.id).block for one in (made, copy))
    assert [each.parameters for each in new.templates] == [
        each.parameters for each in old.templates
    ]
    assert {each.id for each in new.templates}.isdisjoint(each.id for each in old.templates)
    assert new.target == old.target


def test_a_copy_of_a_container_has_copies_of_its_members(stage):
    folder = stage.make("Folder", "f")
    group = stage.make("Group", "g", folder.id)
    stage.make("OB", "a", group.id)
    chain = stage.make("Concatenation", "c", group.id)
    stage.make("OB", "b", chain.id)
    copy = items.duplicate_item(stage.room, stage.pi, folder.id, folder.id)
    found = items.container(stage.room, stage.pi, copy.id)
    assert [one.name for one in found.blocks()] == ["a", "b"]
    whole = items.tree(stage.room, stage.pi, stage.service)
    assert [one.name for one in whole] == ["60.A-9253(A)", *"fgacb", *"fgacb"]
    assert [one.depth for one in whole] == [0, 1, 2, 3, 3, 4, 2, 3, 4, 4, 5]


def test_a_copy_may_go_to_another_run_of_the_same_instrument(stage, refused):
    made, group = stage.make("OB"), stage.make("Group")
    copy = items.duplicate_item(stage.room, stage.pi, made.id, stage.root(stage.visitor))
    assert copy.run_id == stage.visitor
    with refused("preparation.nesting"):
        items.duplicate_item(stage.room, stage.pi, group.id, stage.root(stage.visitor))
    with refused("preparation.read-only"):
        items.duplicate_item(stage.room, stage.pi, made.id, stage.root(stage.foreign))
    with refused("preparation.root"):
        items.duplicate_item(stage.room, stage.pi, stage.root(stage.service))


def test_a_copied_template_stands_at_the_end(stage, refused):
    made = stage.observable()
    found, _ = templates.templates(stage.room, stage.pi, made.id)
    copy = templates.duplicate_template(stage.room, stage.pi, made.id, found[1].template.id)
    now, _ = templates.templates(stage.room, stage.pi, made.id)
    assert now[-1] == copy
    assert copy.template.parameters == found[1].template.parameters
    with refused("preparation.acquisition"):
        templates.duplicate_template(stage.room, stage.pi, made.id, found[0].template.id)
