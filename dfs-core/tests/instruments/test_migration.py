"""Moving a block to another version, and saying what that changes."""

from __future__ import annotations

from dfs.instruments.logic import differences, migrate
from dfs.plugin import Template, TemplateKind


def test_a_block_of_the_newest_version_stays_as_it_is(block, package):
    ob = block("DEMO_img_acq", ("DEMO_img_obs", {"DET.WIN1.UIT1": 5.0}))

    migration = migrate(ob, package)

    assert migration.block == ob
    assert migration.changes == ()


def test_what_is_not_allowed_any_more_takes_its_default_and_is_told(block, packages, package):
    old = packages.get("demo", "1.00")
    ob = block(("DEMO_img_obs", {"SEQ.NEXPO": 1000}), of=old)

    migration = migrate(ob, package)

    assert migration.block.templates[0].parameters["SEQ.NEXPO"] == 1
    assert "templates[0].parameters.SEQ.NEXPO: 1000 → 1" in map(str, migration.changes)


def test_a_value_that_was_not_filled_in_takes_the_default_there_is(block, package):
    ob = block(("DEMO_img_cal_flat", {"DET.WIN1.UIT1": None}))

    assert migrate(ob, package).block.templates[0].parameters["DET.WIN1.UIT1"] == 5.0


def test_stored_templates_are_matched_by_their_id_whatever_they_are_called():
    from dfs.plugin import ObservationBlock

    def ob(*templates: Template) -> ObservationBlock:
        return ObservationBlock(
            name="A", instrument="DEMO", package_version="1", templates=templates
        )

    def template(id_: int, name: str, kind: TemplateKind = TemplateKind.SCIENCE) -> Template:
        return Template(id=id_, name=name, kind=kind)

    before = ob(template(1, "A"), template(2, "B"), template(3, "C"))
    after = ob(template(3, "C2"), template(1, "A", TemplateKind.CALIBRATION), template(0, "D"))

    assert [str(change) for change in differences(before, after)] == [
        "templates[1]: removed, was 'B'",
        "templates[0].name: 'C' → 'C2'",
        "templates[1].kind: 'science' → 'calib'",
        "templates[2]: added as 'D'",
    ]
