"""The execution time of a block, from the overheads of its package."""

from __future__ import annotations

import pytest

from dfs.instruments.timing import execution_time
from dfs.plugin import SetupChange, TemplateTiming


def parts(time):
    return [(part.label, part.seconds, part.template) for part in time.parts]


def test_acquisition_exposures_readouts_and_offsets_add_up(block, package):
    ob = block(
        "DEMO_img_acq",
        ("DEMO_img_obs", {"DET.WIN1.UIT1": 100.0, "SEQ.NEXPO": 2, "SEQ.NOFF": 3}),
    )

    time = execution_time(ob, package)

    assert parts(time) == [
        ("acquisition", 240, 0),
        ("set-up of the template", 10, 1),
        ("exposure", 600, 1),
        ("readout and overheads", 120, 1),
        ("offsets", 24, 1),
    ]
    assert (time.exposure_s, time.total_s, time.unknown) == (600, 994, ())


def test_the_readout_depends_on_its_mode_and_an_element_takes_extra(block, package):
    slow = {"DET.WIN1.UIT1": 10.0, "DET.READ.SPEED": "slow", "INS.FILT1.NAME": "Z"}

    time = execution_time(block(("DEMO_img_obs", slow)), package)

    assert ("readout and overheads", 45, 0) in parts(time)
    assert ("INS.FILT1.NAME Z", 30, 0) in parts(time)


@pytest.mark.parametrize(
    ("blue_s", "red_s", "arm", "total_s"),
    [(1000.0, 100.0, "blue", 60 + 1040), (100.0, 100.0, "red", 60 + 1003)],
)
def test_of_arms_that_expose_together_the_longest_takes_the_time(
    block, package, blue_s, red_s, arm, total_s
):
    values = {"DET1.WIN1.UIT1": blue_s, "DET2.WIN1.UIT1": red_s, "DET2.NDIT": 10}

    time = execution_time(block(("DEMO_mos_obs", values)), package)

    assert time.total_s == total_s
    assert time.parts[1].label == f"exposure, {arm} arm"


def test_an_arm_that_does_not_expose_needs_no_exposure_time(block, package):
    time = execution_time(block(("DEMO_mos_obs", {"SEQ.NEXPO": 0})), package)

    assert (time.total_s, time.exposure_s, time.unknown) == (60, 0, ())


def test_what_is_not_filled_in_makes_the_time_incomplete_and_is_named(block, package):
    time = execution_time(block("DEMO_img_acq", "DEMO_img_obs"), package)

    assert time.unknown == ("templates[1].parameters.DET.WIN1.UIT1 is not filled in",)
    assert time.total_s == 240 + 10 + 20


@pytest.mark.parametrize("value", [-1.0, 1e9, "long", True, float("nan")])
def test_no_time_is_told_from_what_is_no_duration(block, package, value):
    time = execution_time(block(("DEMO_img_cal_flat", {"DET.WIN1.UIT1": value})), package)

    assert "from which no time can be told" in time.unknown[0]


def test_a_template_without_overheads_is_named(block, package):
    time = execution_time(block("DEMO_img_obs_script"), package)

    assert time.unknown == ("templates[0]: the package has no overheads of DEMO_img_obs_script",)


def test_a_change_of_set_up_takes_time_even_over_a_template_that_lacks_it(block, package):
    ob = block(
        ("DEMO_img_acq", {"INS.FILT1.NAME": "B"}),
        "DEMO_img_cal_dark",
        ("DEMO_img_cal_flat", {"INS.FILT1.NAME": "B"}),
        ("DEMO_img_cal_flat", {"INS.FILT1.NAME": "R"}),
    )

    changes = [part for part in parts(execution_time(ob, package)) if "change" in part[0]]

    assert changes == [("change of filter", 15, 3)]


def test_one_change_counts_once_however_many_of_its_parameters_differ(block, package):
    both = SetupChange(label="set-up", parameters=("INS.FILT1.NAME", "DET.READ.SPEED"), seconds=7)
    package = package.model_copy(update={"setup_changes": (both,)})
    ob = block(
        "DEMO_img_cal_flat",
        ("DEMO_img_cal_flat", {"INS.FILT1.NAME": "B", "DET.READ.SPEED": "slow"}),
    )

    assert execution_time(ob, package).parts.count(execution_time(ob, package).parts[2]) == 1
    assert ("change of set-up", 7, 1) in parts(execution_time(ob, package))


def test_a_list_of_offsets_repeats_as_often_as_it_is_long(block, package):
    signature = package.template("DEMO_img_obs")
    timing = signature.timing.model_copy(update={"repeats": ("SEQ.RELOFF1",)})
    changed = signature.model_copy(update={"timing": TemplateTiming.model_validate(timing)})
    package = package.model_copy(update={"templates": (changed,)})
    values = {"DET.WIN1.UIT1": 10.0, "SEQ.RELOFF1": (0.0, 5.0, -5.0)}

    assert execution_time(block(("DEMO_img_obs", values)), package).exposure_s == 30
