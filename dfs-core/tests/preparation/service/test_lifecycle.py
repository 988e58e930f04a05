"""From the first draft to the night."""

import pytest

from dfs.preparation.service import files, items, lifecycle, readme, templates
from dfs.programmes.service import delegate
from dfs.ui.principal import Principal, Role


def _chart(stage, item_id):
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.new("L", (20, 20)).save(stream, "JPEG")
    files.add_chart(stage.room, stage.pi, item_id, "fc.jpg", stream.getvalue())


@pytest.fixture
def ready(stage):
    """Make blocks that can be certified."""

    def make(name="one", into=None):
        made = stage.observable(name, into)
        _chart(stage, made.id)
        return stage.see(made.id)

    return make


def _certified(stage, item_id):
    found = lifecycle.verify(stage.room, stage.pi, item_id, submit=True)
    assert found.observable, found.findings
    return stage.see(item_id)


def test_a_check_changes_nothing_but_the_mark(stage, ready):
    made = ready()
    found = lifecycle.verify(stage.room, stage.pi, made.id)
    assert found.observable, found.findings
    assert found.status == "P"
    seen = stage.see(made.id)
    assert (seen.version, seen.status, seen.verified) == (made.version, "P", True)
    items.save_block(stage.room, stage.pi, made.id, {"user_comments": "x"}, seen.version)
    assert not stage.see(made.id).verified


def test_what_is_not_observable_is_not_certified(stage):
    made = stage.make("OB")
    found = lifecycle.verify(stage.room, stage.pi, made.id, submit=True)
    assert not found.observable
    assert found.status == stage.see(made.id).status == "P"
    assert not stage.see(made.id).verified


def test_a_certified_block_is_read_only_until_it_is_revised(stage, ready, refused):
    made = _certified(stage, ready().id)
    assert made.status == "D"
    science = templates.templates(stage.room, stage.pi, made.id)[0][1]
    with refused("preparation.status"):
        items.save_block(stage.room, stage.pi, made.id, {"name": "x"}, made.version)
    with refused("preparation.status"):
        templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_obs")
    with refused("preparation.status"):
        templates.save_parameters(
            stage.room, stage.pi, made.id, science.template.id, {}, science.version
        )
    with refused("preparation.status"):
        _chart(stage, made.id)
    with refused("preparation.status"):
        lifecycle.verify(stage.room, stage.pi, made.id, submit=True)
    revised = lifecycle.revise(stage.room, stage.pi, made.id)
    assert revised.status == "P"
    assert revised.version > made.version
    with refused("preparation.status"):
        lifecycle.revise(stage.room, stage.pi, made.id)


def test_a_visitor_certifies_for_the_night(stage, ready, refused):
    made = ready(into=stage.root(stage.visitor))
    assert _certified(stage, made.id).status == "+"
    assert lifecycle.revise(stage.room, stage.pi, made.id).status == "P"
    with refused("preparation.nothing-to-submit"):
        lifecycle.submit_run(stage.room, stage.pi, stage.visitor)


def test_a_group_is_certified_after_its_members_and_then_keeps_them(stage, ready, refused):
    group, folder = stage.make("Group"), stage.make("Folder")
    made = ready(into=group.id)
    assert not lifecycle.verify(stage.room, stage.pi, group.id, submit=True).observable
    items.save_membership(
        stage.room, stage.pi, made.id, {"contribution": 1}, made.membership_version
    )
    made = _certified(stage, made.id)
    assert _certified(stage, group.id).status == "D"
    for refused_action in (
        lambda: items.move_item(stage.room, stage.pi, made.id, folder.id),
        lambda: items.delete_item(stage.room, stage.pi, made.id, made.version),
        lambda: lifecycle.revise(stage.room, stage.pi, made.id),
        lambda: stage.make("OB", into=group.id),
        lambda: items.save_membership(
            stage.room,
            stage.pi,
            made.id,
            {"contribution": 2},
            stage.see(made.id).membership_version,
        ),
    ):
        with refused("preparation.certified-container"):
            refused_action()
    assert lifecycle.revise(stage.room, stage.pi, group.id).status == "P"
    items.move_item(stage.room, stage.pi, made.id, folder.id)


def test_findings_in_a_container_say_which_member_they_mean(stage):
    folder = stage.make("Folder")
    stage.make("OB", "a", folder.id)
    stage.make("OB", "b", folder.id)
    paths = {one.path for one in lifecycle.verify(stage.room, stage.pi, folder.id).findings}
    assert {path.split(".")[0] for path in paths} == {"members[0]", "members[1]"}
    with pytest.raises(Exception, match="certify a Folder"):
        lifecycle.verify(stage.room, stage.pi, folder.id, submit=True)


def test_a_run_is_submitted_reviewed_and_corrected(stage, ready, refused):
    first, second = ready("first"), ready("second")
    with refused("preparation.nothing-to-submit"):
        lifecycle.submit_run(stage.room, stage.pi, stage.service)
    for made in (first, second):
        _certified(stage, made.id)
    with refused("preparation.not-submittable", "readme.strategy"):
        lifecycle.submit_run(stage.room, stage.pi, stage.service)
    empty = readme.readme(stage.room, stage.pi, stage.service)
    written = readme.save_readme(
        stage.room, stage.pi, stage.service, {"strategy": "As they come."}, empty.version
    )
    result = lifecycle.submit_run(stage.room, stage.pi, stage.service)
    assert {one.id: one.status for one in result.submitted} == {first.id: "R", second.id: "R"}
    now = readme.readme(stage.room, stage.pi, stage.service)
    with refused("preparation.readme"):
        readme.save_readme(stage.room, stage.pi, stage.service, {"contact": "me"}, now.version)
    with refused("preparation.stale"):
        readme.save_readme(stage.room, stage.pi, stage.service, {"contact": "me"}, written.version)
    with refused("preparation.status"):
        lifecycle.revise(stage.room, stage.pi, first.id)
    with refused("run.forbidden"):
        lifecycle.review(stage.room, stage.pi, first.id, accept=True)
    (accepted,) = lifecycle.review(stage.room, stage.support, first.id, accept=True)
    (rejected,) = lifecycle.review(
        stage.room, stage.support, second.id, accept=False, remark="too long"
    )
    assert (accepted.status, rejected.status) == ("+", "-")
    assert not readme.readme(stage.room, stage.pi, stage.service).locked
    items.save_block(stage.room, stage.pi, second.id, {"name": "new"}, rejected.version)
    assert _certified(stage, second.id).status == "D"
    with refused("preparation.status"):
        items.delete_item(stage.room, stage.pi, first.id, stage.see(first.id).version)


def test_a_rejected_member_opens_the_containers_around(stage, ready):
    group = stage.make("Group")
    chain = stage.make("Concatenation", into=group.id)
    items.save_membership(
        stage.room, stage.pi, chain.id, {"contribution": 1}, chain.membership_version
    )
    made = ready(into=chain.id)
    for item_id in (made.id, chain.id, group.id):
        _certified(stage, item_id)
    empty = readme.readme(stage.room, stage.pi, stage.service)
    readme.save_readme(stage.room, stage.pi, stage.service, {"strategy": "x"}, empty.version)
    lifecycle.submit_run(stage.room, stage.pi, stage.service)
    lifecycle.review(stage.room, stage.support, group.id, accept=False)
    assert [stage.see(one).status for one in (made.id, chain.id, group.id)] == ["-"] * 3


def test_a_group_is_not_certified_before_a_concatenation_in_it(stage, ready):
    group = stage.make("Group")
    chain = stage.make("Concatenation", into=group.id)
    items.save_membership(
        stage.room, stage.pi, chain.id, {"contribution": 1}, chain.membership_version
    )
    _certified(stage, ready(into=chain.id).id)
    assert not lifecycle.verify(stage.room, stage.pi, group.id, submit=True).observable
    _certified(stage, chain.id)
    _certified(stage, group.id)


def test_a_waiver_lets_a_rule_be_broken(stage, ready, refused):
    made = ready()
    science = templates.templates(stage.room, stage.pi, made.id)[0][1]
    templates.save_parameters(
        stage.room,
        stage.pi,
        made.id,
        science.template.id,
        {"DET.WIN1.UIT1": 3600},
        science.version,
    )
    found = lifecycle.verify(stage.room, stage.pi, made.id)
    (code,) = {one.code for one in found.findings if one.severity == "waiverable error"}
    with refused("run.forbidden"):
        lifecycle.grant_waiver(stage.room, stage.pi, stage.service, code, "please")
    granted = lifecycle.grant_waiver(stage.room, stage.support, stage.service, code, "faint")
    assert lifecycle.waivers(stage.room, stage.pi, stage.service) == [granted]
    assert lifecycle.verify(stage.room, stage.pi, made.id).observable
    lifecycle.revoke_waiver(stage.room, stage.support, stage.service, code)
    assert not lifecycle.verify(stage.room, stage.pi, made.id).observable


def test_a_crashing_verifier_blocks(stage, ready, monkeypatch):
    made = ready()
    import dfs_demo.phase2

    def crash(ob):
        raise RuntimeError("the plugin's mistake")

    monkeypatch.setattr(dfs_demo.phase2, "verify", crash)
    found = lifecycle.verify(stage.room, stage.pi, made.id, submit=True)
    assert not found.observable
    assert "the plugin's mistake" in found.findings[-1].message
    assert stage.see(made.id).status == "P"


def test_migration_is_told_before_it_is_done(stage, older):
    made = older.make("OB", into=older.root(older.service))
    templates.add_template(older.room, older.pi, made.id, "DEMO_img_acq")
    science = templates.add_template(older.room, older.pi, made.id, "DEMO_img_obs")
    templates.add_template(older.room, older.pi, made.id, "DEMO_img_obs_jitter")
    templates.save_parameters(
        older.room, older.pi, made.id, science.template.id, {"DET.UIT": 42}, science.version
    )
    before = items.block(stage.room, stage.pi, made.id)
    assert before.can_migrate
    told = lifecycle.migrate(stage.room, stage.pi, made.id, dry_run=True)
    assert told.changes
    assert items.block(stage.room, stage.pi, made.id) == before
    done = lifecycle.migrate(stage.room, stage.pi, made.id)
    assert done.changes == told.changes
    after = items.block(stage.room, stage.pi, made.id)
    assert after.block.package_version == "1.01"
    assert after.item.version == done.version > before.item.version
    assert "strehl" not in after.block.constraints
    assert [one.name for one in after.block.templates] == ["DEMO_img_acq", "DEMO_img_obs"]
    assert after.block.templates[1].id == science.template.id
    assert after.block.templates[1].parameters["DET.WIN1.UIT1"] == 42
    assert not after.can_migrate


def test_completely_filled_in_looks_at_parameters_only(stage):
    made = stage.make("OB")
    assert not lifecycle.completely_filled_in(stage.room, stage.pi, made.id)
    one = templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_obs")
    assert not lifecycle.completely_filled_in(stage.room, stage.pi, made.id)
    templates.save_parameters(
        stage.room, stage.pi, made.id, one.template.id, {"DET.WIN1.UIT1": 1}, one.version
    )
    assert lifecycle.completely_filled_in(stage.room, stage.pi, made.id)


def test_a_delegate_does_what_the_pi_does(stage):
    administrator = Principal(0, "system", "system", frozenset({Role.ADMINISTRATOR}))
    delegate(stage.room.engine, administrator, stage.service, "coi")
    made = stage.make("OB")
    saved = items.save_block(stage.room, stage.coi, made.id, {"name": "x"}, made.version)
    assert saved.item.name == "x"


def test_a_run_is_verified_as_a_whole_and_block_by_block(stage, ready):
    made, bad = ready(), stage.make("OB", "bad")
    whole, blocks = lifecycle.verify_run(stage.room, stage.pi, stage.service)
    assert any(one.path.startswith("readme") for one in whole)
    assert blocks.keys() == {made.id, bad.id}
    again = lifecycle.verify_run(stage.room, stage.pi, stage.service)
    assert again == (whole, blocks)
