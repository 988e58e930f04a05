"""A run whose instrument lost its plugin is looked at, not changed."""

from dataclasses import replace

import pytest

from dfs.host import Host
from dfs.instruments.service import Packages
from dfs.preparation.service import (
    bulk,
    files,
    history,
    intervals,
    items,
    lifecycle,
    readme,
    templates,
    timing,
)


@pytest.fixture
def alone(stage):
    """The stage after the plugin was removed."""
    host = Host.from_modules({})
    return replace(stage, room=replace(stage.room, host=host, packages=Packages(host)))


def test_everything_stored_can_be_read(stage, alone):
    made = stage.observable()
    for ask in (
        lambda s: items.tree(s.room, s.pi, s.service),
        lambda s: items.item(s.room, s.pi, made.id),
        lambda s: items.block(s.room, s.pi, made.id).block,
        lambda s: items.blocks(s.room, s.pi, s.service),
        lambda s: [one.template for one in templates.templates(s.room, s.pi, made.id)[0]],
        lambda s: intervals.absolute_intervals(s.room, s.pi, made.id),
        lambda s: files.charts(s.room, s.pi, made.id),
        lambda s: history.history(s.room, s.pi, made.id),
        lambda s: readme.readme(s.room, s.pi, s.service),
        lambda s: lifecycle.completely_filled_in(s.room, s.pi, made.id),
    ):
        assert ask(alone) == ask(stage)
    assert items.block(alone.room, alone.pi, made.id).latest_version == ""
    signature = templates.templates(alone.room, alone.pi, made.id)[0][1].signature
    assert (
        signature.parameters[0].name
        in templates.templates(stage.room, stage.pi, made.id)[0][1].template.parameters
    )
    assert timing.of_block(alone.room, alone.pi, made.id).total_s is None


def test_every_change_is_refused_with_the_reason(stage, alone, refused):
    made = stage.observable()
    one = templates.templates(stage.room, stage.pi, made.id)[0][0]
    change = history.history(stage.room, stage.pi, made.id)[0]
    who = (alone.room, alone.pi)
    for act in (
        lambda: items.save_block(*who, made.id, {"name": "x"}, made.version),
        lambda: items.delete_item(*who, made.id, made.version),
        lambda: items.duplicate_item(*who, made.id),
        lambda: items.move_item(*who, made.id, made.parent_id),
        lambda: templates.add_template(*who, made.id, "DEMO_img_obs"),
        lambda: templates.delete_template(*who, made.id, one.template.id, one.version),
        lambda: intervals.save_sidereal_intervals(*who, made.id, [], 1),
        lambda: files.delete_ephemeris(*who, made.id, 1),
        lambda: lifecycle.verify(*who, made.id),
        lambda: lifecycle.verify(*who, made.id, submit=True),
        lambda: lifecycle.revise(*who, made.id),
        lambda: lifecycle.migrate(*who, made.id, dry_run=True),
        lambda: lifecycle.submit_run(*who, stage.service),
        lambda: readme.save_readme(*who, stage.service, {}, 0),
        lambda: history.undo(*who, change.id),
        lambda: bulk.set_many(*who, [made.id], {"user_priority": 2}),
        lambda: bulk.set_many(*who, [made.id], {"user_priority": 2}, preview=True),
    ):
        with refused("preparation.read-only"):
            act()
    assert stage.see(made.id) == made
