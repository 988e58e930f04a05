"""Templates of a block."""

import pytest

from dfs.preparation.service import items, templates


def _of(stage, item_id):
    return [one.template.name for one in templates.templates(stage.room, stage.pi, item_id)[0]]


def test_the_acquisition_is_the_first_and_there_is_one(stage, refused):
    made = stage.make("OB")
    templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_obs")
    templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_acq")
    assert _of(stage, made.id) == ["DEMO_img_acq", "DEMO_img_obs"]
    with refused("preparation.acquisition"):
        templates.add_template(stage.room, stage.pi, made.id, "DEMO_mos_acq")


def test_a_template_begins_with_its_defaults(stage):
    made = stage.make("OB")
    one = templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_obs")
    assert one.template.parameters["SEQ.RELOFF1"] == (0,)
    assert one.template.parameters["DET.WIN1.UIT1"] is None
    assert stage.see(made.id).execution_s is None
    assert stage.see(made.id).template_count == 1


def test_a_template_must_be_in_the_package(stage, refused):
    made = stage.make("OB")
    with refused("preparation.unknown-template", "name"):
        templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_obs_jitter")
    with refused("preparation.absent"):
        templates.add_template(stage.room, stage.pi, stage.make("Folder").id, "DEMO_img_obs")


def test_the_time_is_computed_when_a_parameter_changes(stage):
    made = stage.observable()
    assert made.exposure_s == 60
    science = templates.templates(stage.room, stage.pi, made.id)[0][1]
    templates.save_parameters(
        stage.room,
        stage.pi,
        made.id,
        science.template.id,
        {"SEQ.NEXPO": "10"},
        science.version,
    )
    now = stage.see(made.id)
    assert now.exposure_s == 600
    assert now.execution_s > made.execution_s
    assert now.version == made.version


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DET.WIN1.UIT1", "long", "parameter.type"),
        ("DET.WIN1.UIT1", -1, "parameter.range"),
        ("SEQ.NEXPO", 1.5, "parameter.type"),
        ("SEQ.NEXPO", None, "preparation.value"),
        ("SEQ.RELOFF1", [], "parameter.length"),
        ("SEQ.RELOFF1", ["a"], "parameter.type"),
        ("SEQ.OBS.TYPE", "O X", "parameter.choice"),
        ("SEQ.OFFSET.ZERO", "maybe", "parameter.type"),
        ("DET.COLOUR", 1, "preparation.unknown-parameter"),
    ],
)
def test_a_bad_value_is_named_and_the_template_unchanged(stage, refused, name, value, code):
    made = stage.observable()
    science = templates.templates(stage.room, stage.pi, made.id)[0][1]
    with refused(code, f"templates[1].parameters.{name}"):
        templates.save_parameters(
            stage.room,
            stage.pi,
            made.id,
            science.template.id,
            {"SEQ.NOFF": 3, name: value},
            science.version,
        )
    assert templates.template(stage.room, stage.pi, made.id, science.template.id) == science


def test_values_as_clients_spell_them(stage):
    made = stage.observable()
    science = templates.templates(stage.room, stage.pi, made.id)[0][1]
    saved = templates.save_parameters(
        stage.room,
        stage.pi,
        made.id,
        science.template.id,
        {"SEQ.OFFSET.ZERO": "F", "SEQ.OBS.TYPE": "O S", "SEQ.RELOFF1": [0, 5]},
        science.version,
    )
    assert saved.template.parameters["SEQ.OFFSET.ZERO"] is False
    assert saved.template.parameters["SEQ.OBS.TYPE"] == ("O", "S")
    assert saved.template.parameters["SEQ.RELOFF1"] == (0, 5)
    assert saved.version == science.version + 1
    with_stale = science.version
    assert with_stale != saved.version


def test_a_template_has_its_own_version(stage, refused):
    made = stage.observable()
    acquisition, science = templates.templates(stage.room, stage.pi, made.id)[0]
    saved = templates.save_parameters(
        stage.room, stage.pi, made.id, science.template.id, {"SEQ.NEXPO": 2}, science.version
    )
    for version, code in ((science.version, "stale"), (None, "version-missing")):
        with refused(f"preparation.{code}"):
            templates.save_parameters(
                stage.room, stage.pi, made.id, science.template.id, {}, version
            )
        with refused(f"preparation.{code}"):
            templates.delete_template(stage.room, stage.pi, made.id, science.template.id, version)
    templates.delete_template(
        stage.room, stage.pi, made.id, acquisition.template.id, acquisition.version
    )
    templates.delete_template(stage.room, stage.pi, made.id, science.template.id, saved.version)
    assert _of(stage, made.id) == []


def test_the_acquisition_stays_the_first(stage, refused):
    made = stage.observable()
    templates.add_template(stage.room, stage.pi, made.id, "DEMO_img_cal_flat")
    found, version = templates.templates(stage.room, stage.pi, made.id)
    acq, obs, flat = (one.template.id for one in found)
    with refused("preparation.acquisition"):
        templates.reorder_templates(stage.room, stage.pi, made.id, [obs, acq, flat], version)
    found, now = templates.reorder_templates(
        stage.room, stage.pi, made.id, [acq, flat, obs], version
    )
    assert [one.template.id for one in found] == [acq, flat, obs]
    assert now == version + 1
    with refused("preparation.stale"):
        templates.reorder_templates(stage.room, stage.pi, made.id, [acq, obs, flat], version)


def test_a_template_belongs_to_one_block(stage, refused):
    one, two = stage.observable("one"), stage.observable("two")
    theirs = templates.templates(stage.room, stage.pi, two.id)[0][1]
    with refused("preparation.absent"):
        templates.save_parameters(
            stage.room, stage.pi, one.id, theirs.template.id, {}, theirs.version
        )


def test_a_template_of_an_older_package_is_not_mixed_into_a_newer_one(older, stage, refused):
    old = items.create_item(
        older.room, older.pi, older.root(older.service), items.ItemKind.OB, "old"
    )
    template = templates.add_template(older.room, older.pi, old.id, "DEMO_img_acq")
    new = stage.make("OB", "new")
    with refused("preparation.other-instrument"):
        templates.duplicate_template(stage.room, stage.pi, old.id, template.template.id, new.id)
