"""Blocks and containers: made, changed, deleted."""

import datetime as dt

import pytest

from dfs.preparation.service import items, templates


def test_a_run_opens_with_an_empty_root_of_its_name(stage):
    tree = items.tree(stage.room, stage.pi, stage.service)
    assert [(one.name, one.kind, one.depth) for one in tree] == [("60.A-9253(A)", "Folder", 0)]
    assert tree[0].id == stage.root(stage.service)


def test_a_new_block_begins_with_the_newest_package_and_the_constraints_of_phase_1(stage):
    made = stage.make("OB", "M 31")
    stored = items.block(stage.room, stage.pi, made.id)
    assert stored.item.status == "P"
    assert stored.block.package_version == "1.01"
    assert stored.block.constraints["seeing"] == 1.2
    assert stored.block.constraints["airmass"] == 2.0
    assert not stored.can_migrate


def test_what_is_not_given_stays(stage):
    made = stage.make("OB")
    saved = items.save_block(
        stage.room, stage.pi, made.id, {"target": {"ra": "5:05:38.1"}}, made.version
    )
    assert saved.block.target.ra == "05:05:38.100"
    assert saved.block.target.dec == "00:00:00.000"
    again = items.save_block(
        stage.room,
        stage.pi,
        made.id,
        {"constraints": {"airmass": "1.5"}, "name": "two"},
        saved.item.version,
    )
    assert again.block.target.ra == "05:05:38.100"
    assert again.block.constraints["airmass"] == 1.5
    assert again.item.name == "two"


def test_a_change_must_name_the_version_that_there_is(stage, refused):
    made = stage.make("OB")
    items.save_block(stage.room, stage.pi, made.id, {"name": "two"}, made.version)
    with refused("preparation.stale"):
        items.save_block(stage.room, stage.pi, made.id, {"name": "three"}, made.version)
    with refused("preparation.version-missing"):
        items.save_block(stage.room, stage.pi, made.id, {"name": "three"}, None)
    with refused("preparation.stale"):
        items.delete_item(stage.room, stage.pi, made.id, made.version)


def test_saving_what_is_there_changes_nothing(stage):
    made = stage.make("OB")
    saved = items.save_block(stage.room, stage.pi, made.id, {"name": made.name}, made.version)
    assert saved.item.version == made.version


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"target": {"ra": "24:00:00"}}, "preparation.value", "target.ra"),
        ({"target": {"ra": "-01:00:00"}}, "preparation.value", "target.ra"),
        ({"target": {"dec": "-90:00:00.1"}}, "preparation.value", "target.dec"),
        ({"target": {"dec": ["1"]}}, "preparation.value", "target.dec"),
        ({"target": {"epoch": float("nan")}}, "preparation.value", "target.epoch"),
        ({"target": {"equinox": "B1950"}}, "preparation.value", "target.equinox"),
        ({"target": {"colour": 1}}, "preparation.value", "target.colour"),
        ({"target": 5}, "preparation.value", "target"),
        ({"name": ""}, "preparation.value", "name"),
        ({"name": "a\0b"}, "preparation.value", "name"),
        ({"name": "\ud800"}, "preparation.value", "name"),
        ({"name": "x" * 65}, "preparation.value", "name"),
        ({"user_comments": 1}, "preparation.value", "user_comments"),
        ({"user_priority": 11}, "preparation.value", "user_priority"),
        ({"user_priority": 1.5}, "preparation.value", "user_priority"),
        ({"user_priority": True}, "preparation.value", "user_priority"),
        ({"constraints": {"airmass": "bright"}}, "parameter.type", "constraints.airmass"),
        ({"constraints": {"airmass": 0.5}}, "parameter.range", "constraints.airmass"),
        ({"constraints": {"strehl": 1}}, "preparation.unknown-parameter", "constraints.strehl"),
        ({"constraints": []}, "preparation.value", "constraints"),
        ({"status": "+"}, "preparation.value", "status"),
        ({"id": 7}, "preparation.value", "id"),
    ],
)
def test_a_bad_value_is_named_and_the_block_unchanged(stage, refused, changes, code, where):
    made = stage.make("OB")
    before = items.block(stage.room, stage.pi, made.id)
    with refused(code, where):
        items.save_block(stage.room, stage.pi, made.id, {"name": "new"} | changes, made.version)
    assert items.block(stage.room, stage.pi, made.id) == before


def test_a_calibration_block_has_no_target(stage, refused):
    made = stage.make("CB")
    assert items.block(stage.room, stage.pi, made.id).block.target is None
    with refused("preparation.calibration-block", "target"):
        items.save_block(stage.room, stage.pi, made.id, {"target": {"name": "x"}}, made.version)


def test_the_version_of_a_block_tells_of_its_own_fields_only(stage):
    made = stage.make("OB")
    first = templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_acq")
    second = templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_obs")
    assert stage.see(made.id).version == made.version
    items.save_block(stage.room, stage.pi, made.id, {"name": "two"}, made.version)
    now = templates.templates(stage.room, stage.pi, made.id)[0]
    assert [one.version for one in now] == [first.version, second.version]
    templates.delete_template(stage.room, stage.pi, made.id, first.template.id, first.version)
    assert templates.template(stage.room, stage.pi, made.id, second.template.id) == second


def test_holding_more_or_less_is_a_new_version_of_the_container(stage):
    folder = stage.make("Folder")
    made = stage.make("OB", into=folder.id)
    more = stage.see(folder.id)
    assert (more.version, more.items_version) > (folder.version, folder.items_version)
    items.delete_item(stage.room, stage.pi, made.id, made.version)
    less = stage.see(folder.id)
    assert (less.version, less.items_version) > (more.version, more.items_version)
    items.delete_item(stage.room, stage.pi, folder.id, less.version)
    assert stage.names(stage.root(stage.service)) == []


@pytest.mark.parametrize(
    ("container", "member", "fits"),
    [
        ("Folder", "Folder", True),
        ("Folder", "Group", True),
        ("Group", "OB", True),
        ("Group", "CB", True),
        ("Group", "Concatenation", True),
        ("Group", "Group", False),
        ("Group", "Folder", False),
        ("TimeLink", "Concatenation", True),
        ("TimeLink", "TimeLink", False),
        ("Concatenation", "OB", True),
        ("Concatenation", "Concatenation", False),
        ("OB", "OB", False),
    ],
)
def test_what_a_container_holds(stage, refused, container, member, fits):
    around = stage.make(container)
    if fits:
        assert stage.make(member, "in", around.id).parent_id == around.id
    else:
        with refused("preparation.nesting"):
            stage.make(member, "in", around.id)


def test_scheduling_containers_exist_in_service_mode_only(stage, refused):
    with refused("preparation.nesting"):
        stage.make("Group", into=stage.root(stage.visitor))
    assert stage.make("Folder", into=stage.root(stage.visitor)).status == ""


def test_the_root_stays(stage, refused):
    root = items.item(stage.room, stage.pi, stage.root(stage.service))
    with refused("preparation.root"):
        items.delete_item(stage.room, stage.pi, root.id, root.version)
    with refused("preparation.root"):
        items.move_item(stage.room, stage.pi, root.id, stage.make("Folder").id)
    with refused("preparation.root"):
        items.save_container(
            stage.room, stage.pi, root.id, {"name": "x"}, stage.see(root.id).version
        )


def test_only_an_empty_container_is_deleted(stage, refused):
    folder = stage.make("Folder")
    stage.make("OB", into=folder.id)
    with refused("preparation.not-empty"):
        items.delete_item(stage.room, stage.pi, folder.id, stage.see(folder.id).version)


def test_an_id_is_never_used_again(stage):
    first = stage.make("OB")
    items.delete_item(stage.room, stage.pi, first.id, first.version)
    assert stage.make("OB").id > first.id


def test_nothing_tells_a_strangers_block_from_one_that_is_not_there(stage, refused):
    made = stage.make("OB")
    for number in (made.id, made.id + 1000, 0, -1, 1 << 31, 1 << 70):
        with refused("preparation.absent", str(number)):
            items.block(stage.room, stage.stranger, number)
    with refused("run.absent"):
        items.tree(stage.room, stage.stranger, stage.service)
    with refused("run.absent"):
        items.tree(stage.room, stage.pi, 1 << 70)


def test_a_co_investigator_looks_and_does_not_touch(stage, refused):
    made = stage.make("OB")
    assert items.block(stage.room, stage.coi, made.id).item == made
    with refused("run.forbidden"):
        items.save_block(stage.room, stage.coi, made.id, {"name": "x"}, made.version)


def test_a_block_is_no_container_and_a_container_no_block(stage, refused):
    made, folder = stage.make("OB"), stage.make("Folder")
    with refused("preparation.absent"):
        items.item(stage.room, stage.pi, made.id, container=True)
    with refused("preparation.absent"):
        items.item(stage.room, stage.pi, folder.id, container=False)
    with refused("preparation.absent"):
        items.block(stage.room, stage.pi, folder.id)
    with refused("preparation.absent"):
        items.members(stage.room, stage.pi, made.id)
    with refused("preparation.absent"):
        items.delete_item(stage.room, stage.pi, folder.id, folder.version, container=False)


def test_a_run_without_a_plugin_is_read_only(stage, refused):
    found = items.prepared_run(stage.room, stage.pi, stage.foreign)
    assert "ELSEWHERE" in found.read_only
    assert found.package_version == ""
    assert [one.name for one in items.tree(stage.room, stage.pi, stage.foreign)] == ["60.A-9253(C)"]
    with refused("preparation.read-only"):
        stage.make("OB", into=found.root_id)
    with refused("preparation.read-only"):
        stage.make("Folder", into=found.root_id)


def test_a_container_of_the_contract_has_all_that_is_inside(stage):
    group = stage.make("Group")
    stage.make("OB", "a", group.id)
    concatenation = stage.make("Concatenation", "b", group.id)
    stage.make("OB", "c", concatenation.id)
    found = items.container(stage.room, stage.pi, group.id)
    assert [one.name for one in found.blocks()] == ["a", "c"]
    assert found.model_validate(found.model_dump()) == found


# ── Membership ──────────────────────────────────────────────────────────────


def test_contributions_are_weights_that_need_not_sum_to_anything(stage, refused):
    group = stage.make("Group")
    one = stage.make("OB", into=group.id)
    saved = items.save_membership(
        stage.room, stage.pi, one.id, {"contribution": 250}, one.membership_version
    )
    assert saved.membership.contribution == 250
    assert saved.version == one.version
    for wrong in (-1, float("nan"), "much"):
        with refused("preparation.value", "membership.contribution"):
            items.save_membership(
                stage.room, stage.pi, one.id, {"contribution": wrong}, saved.membership_version
            )


def test_the_first_of_a_time_link_follows_nobody_and_each_next_as_early_as_it_likes(stage, refused):
    link = stage.make("TimeLink")
    first, second = (stage.make("OB", name, link.id) for name in "ab")
    assert first.membership.earliest_after_previous is None
    assert second.membership.earliest_after_previous == dt.timedelta(0)
    with refused("preparation.value", "membership.earliest_after_previous"):
        items.save_membership(
            stage.room,
            stage.pi,
            first.id,
            {"earliest_after_previous": dt.timedelta(days=1)},
            first.membership_version,
        )
    days = {
        "earliest_after_previous": dt.timedelta(days=1),
        "latest_after_previous": dt.timedelta(days=3),
    }
    saved = items.save_membership(stage.room, stage.pi, second.id, days, second.membership_version)
    assert saved.membership.latest_after_previous == dt.timedelta(days=3)
    with refused("preparation.value", "membership.latest_after_previous"):
        items.save_membership(
            stage.room,
            stage.pi,
            second.id,
            {"latest_after_previous": dt.timedelta(hours=1)},
            saved.membership_version,
        )
    # When the second becomes the first, it follows nobody.
    items.reorder(
        stage.room,
        stage.pi,
        link.id,
        [second.id, first.id],
        stage.see(link.id).items_version,
    )
    assert stage.see(second.id).membership.earliest_after_previous is None
    assert stage.see(first.id).membership.earliest_after_previous == dt.timedelta(0)


def test_a_folder_says_nothing_of_its_members(stage, refused):
    one = stage.make("OB")
    with refused("preparation.value", "membership.contribution"):
        items.save_membership(
            stage.room, stage.pi, one.id, {"contribution": 1}, one.membership_version
        )
