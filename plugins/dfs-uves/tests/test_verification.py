"""What only UVES knows of a block: every rule fires on what it is about, and on nothing else."""

from __future__ import annotations

import pytest

from dfs.host import Host
from dfs.instruments.logic import default_parameters, missing_parameters
from dfs.instruments.service import Packages
from dfs.plugin import (
    ConstraintValue,
    Finding,
    InstrumentPackage,
    ObservationBlock,
    Severity,
    Target,
    Template,
    TemplateValue,
)
from dfs_uves.verification import verify

MODES = ("blue", "red", "dic1", "dic2")


@pytest.fixture(scope="module", params=["98.09", "117.00"])
def package(request: pytest.FixtureRequest) -> InstrumentPackage:
    return Packages(Host.load()).get("UVES", request.param)


def filled(
    package: InstrumentPackage, name: str, own: dict[str, TemplateValue] | None = None
) -> Template:
    """Make a template with its defaults; of what has none, 10 s."""
    signature = package.template(name)
    assert signature is not None, name
    values = default_parameters(signature)
    values |= dict.fromkeys(missing_parameters(signature, values), 10.0)
    return Template(name=name, kind=signature.kind, parameters=values | (own or {}))


def found(
    package: InstrumentPackage,
    *templates: Template,
    constraints: dict[str, ConstraintValue] | None = None,
    service_mode: bool = True,
) -> list[tuple[str, Severity, str]]:
    defaults = {each.name: each.default for each in package.constraints}
    ob = ObservationBlock(
        name="block",
        instrument="UVES",
        package_version=package.version,
        service_mode=service_mode,
        target=Target(name="target"),
        constraints=defaults | (constraints or {}),
        templates=templates,
    )
    findings = verify(ob, package)
    assert all(isinstance(each, Finding) for each in findings)
    return [(each.code, each.severity, each.path) for each in findings]


@pytest.mark.parametrize("acquisition", ["imsl", "slit", "slitrm"])
@pytest.mark.parametrize("mode", MODES)
def test_defaults_and_exposure_times_make_a_good_block(
    package: InstrumentPackage, mode: str, acquisition: str
) -> None:
    standard: dict[str, TemplateValue] = {}
    assert not found(
        package,
        filled(package, f"UVES_{mode}_acq_{acquisition}"),
        filled(package, f"UVES_{mode}_obs_exp", standard),
    )


def test_a_block_with_attached_calibrations_is_good(package: InstrumentPackage) -> None:
    assert not found(
        package,
        filled(package, "UVES_dic1_acq_slit"),
        filled(package, "UVES_dic1_obs_exp"),
        filled(package, "UVES_blue_cal_wave"),
        filled(package, "UVES_red_cal_wave"),
    )


def test_a_block_that_is_hardly_begun_is_left_to_the_core(package: InstrumentPackage) -> None:
    empty = Template(name="UVES_red_obs_exp", kind=filled(package, "UVES_red_obs_exp").kind)
    assert not found(package)
    assert not found(package, empty)


def test_exposures_are_of_the_mode_that_was_acquired(package: InstrumentPackage) -> None:
    assert found(
        package, filled(package, "UVES_blue_acq_slit"), filled(package, "UVES_red_obs_exp")
    ) == [("uves.mode", Severity.ERROR, "templates[1]")]


def test_a_guide_star_of_the_set_up_has_coordinates(package: InstrumentPackage) -> None:
    given: dict[str, TemplateValue] = {
        "TEL.AG.GUIDESTAR": "SETUPFILE",
        "TEL.GS1.ALPHA": "11:22:33.000",
    }
    science = filled(package, "UVES_blue_obs_exp")
    assert found(package, filled(package, "UVES_blue_acq_slit", given), science) == [
        ("uves.guide-star", Severity.ERROR, "templates[0].parameters.TEL.GS1.DELTA")
    ]
    given["TEL.GS1.DELTA"] = "-10:00:00.000"
    assert not found(package, filled(package, "UVES_blue_acq_slit", given), science)


def test_a_position_angle_that_is_ignored_is_told(package: InstrumentPackage) -> None:
    angle: dict[str, TemplateValue] = {"INS.DROT.POSANG": 45.0, "INS.ADC.MODE": "AUTO"}
    science = filled(package, "UVES_blue_obs_exp")
    assert found(package, filled(package, "UVES_blue_acq_slit", angle), science) == [
        ("uves.position-angle", Severity.WARNING, "templates[0].parameters.INS.DROT.POSANG")
    ]
    angle["INS.DROT.MODE"] = "SKY"
    assert not found(package, filled(package, "UVES_blue_acq_slit", angle), science)


def test_dispersion_is_corrected_far_from_the_zenith(package: InstrumentPackage) -> None:
    sky: dict[str, TemplateValue] = {"INS.DROT.MODE": "SKY", "INS.ADC.MODE": "OFF"}
    templates = (
        filled(package, "UVES_blue_acq_slit", sky),
        filled(package, "UVES_blue_obs_exp"),
    )
    assert found(package, *templates) == [
        ("uves.adc", Severity.WARNING, "templates[0].parameters.INS.ADC.MODE")
    ]
    assert not found(package, *templates, constraints={"airmass": 1.3})


@pytest.mark.parametrize(
    ("mode", "arm", "setting"),
    [("dic1", "BLUE", "437"), ("dic1", "RED", "860"), ("dic2", "RED", "580")],
)
def test_a_dichroic_has_its_wavelengths(
    package: InstrumentPackage, mode: str, arm: str, setting: str
) -> None:
    name = f"INS.{arm}EXP.MODE"
    templates = (
        filled(package, f"UVES_{mode}_acq_slit"),
        filled(package, f"UVES_{mode}_obs_exp", {name: setting}),
    )
    path = f"templates[1].parameters.{name}"
    assert found(package, *templates) == [("uves.dichroic", Severity.ERROR, path)]
    assert found(package, *templates, service_mode=False) == [
        ("uves.dichroic", Severity.WARNING, path)
    ]


def test_a_slicer_is_acquired_by_its_template(package: InstrumentPackage) -> None:
    assert found(
        package,
        filled(package, "UVES_red_acq_slit", {"INS.SLIT1.NAME": "SLIC#3"}),
        filled(package, "UVES_red_obs_exp"),
    ) == [("uves.slicer", Severity.ERROR, "templates[0].parameters.INS.SLIT1.NAME")]


def test_the_slit_lets_the_slices_through_and_the_target_is_a_point(
    package: InstrumentPackage,
) -> None:
    own: dict[str, TemplateValue] = {"INS.SLIT3.WID": 0.4, "SEQ.SOURCE": "EXTENDED"}
    acquisition = filled(package, "UVES_red_acq_imsl", {"INS.SLIT1.NAME": "SLIC#2"})
    assert found(package, acquisition, filled(package, "UVES_red_obs_exp", own)) == [
        ("uves.slicer-slit", Severity.WARNING, "templates[1].parameters.INS.SLIT3.WID"),
        ("uves.slicer-source", Severity.WARNING, "templates[1].parameters.SEQ.SOURCE"),
    ]


def test_offsets_are_one_for_all_or_one_each(package: InstrumentPackage) -> None:
    acquisition = filled(package, "UVES_red_acq_slit")
    own: dict[str, TemplateValue] = {"SEQ.NOFF": 3, "TEL.TARG.OFFSETY": (0.0, 5.0)}
    assert found(package, acquisition, filled(package, "UVES_red_obs_exp", own)) == [
        ("uves.offsets", Severity.ERROR, "templates[1].parameters.TEL.TARG.OFFSETY")
    ]
    own["TEL.TARG.OFFSETY"] = (0.0, 5.0, -5.0)
    assert not found(package, acquisition, filled(package, "UVES_red_obs_exp", own))


def test_service_mode_prefers_a_block_for_each_setting(package: InstrumentPackage) -> None:
    templates = (
        filled(package, "UVES_red_acq_imsl"),
        filled(package, "UVES_red_obs_exp", {"INS.REDEXP.MODE": "580"}),
        filled(package, "UVES_red_obs_exp", {"INS.REDEXP.MODE": "860"}),
    )
    assert found(package, *templates) == [("uves.settings", Severity.WARNING, "")]
    assert not found(package, *templates, service_mode=False)


def test_calibrations_are_read_out_as_the_science(package: InstrumentPackage) -> None:
    assert found(
        package,
        filled(package, "UVES_red_acq_slit"),
        filled(package, "UVES_red_obs_exp"),
        filled(package, "UVES_red_cal_flat", {"DET2.READ.SPEED": "50kHz,1x1,high"}),
    ) == [("uves.readout", Severity.WARNING, "")]


def test_a_narrow_slit_is_not_binned(package: InstrumentPackage) -> None:
    own: dict[str, TemplateValue] = {"DET2.READ.SPEED": "50kHz,2x2,high", "INS.SLIT3.WID": 0.4}
    acquisition = filled(package, "UVES_red_acq_slit")
    assert found(package, acquisition, filled(package, "UVES_red_obs_exp", own)) == [
        ("uves.sampling", Severity.WARNING, "templates[1].parameters.DET2.READ.SPEED")
    ]
    own["INS.SLIT3.WID"] = 1.0
    assert not found(package, acquisition, filled(package, "UVES_red_obs_exp", own))
