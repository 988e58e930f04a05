"""The instrument package says what the screen of 2011 and the public OBX say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dfs.host import Host
from dfs.instruments.logic import (
    check_parameters,
    coerce,
    default_parameters,
    missing_parameters,
)
from dfs.instruments.service import Packages, execution_time, migrate
from dfs.plugin import (
    InstrumentPackage,
    ObservationBlock,
    Target,
    Template,
    TemplateKind,
    TemplateValue,
)

SCREEN_LIST = (
    "UVES_blue_acq_imsl",
    "UVES_blue_acq_slit",
    "UVES_blue_acq_slitrm",
    "UVES_dic1_acq_imsl",
    "UVES_dic1_acq_slit",
    "UVES_dic1_acq_slitrm",
    "UVES_dic2_acq_imsl",
)
SCREEN_ACQUISITION = {
    "RA blind offset": 0.0,
    "DEC blind offset": 0.0,
    "Get Guide Star from": "CATALOGUE",
    "Guide star RA": "0",
    "Guide star DEC": "0",
    "Image Slicer": "SLIC#2",
    "Acq. Pre-Slit Filter": "FREE",
    "Depolarizer": "OFF",
}
SCREEN_EXPOSURE = {
    "Blue Readout Mode": "225kHz,1x1,low",
    "Blue Exposure Time": None,
    "No. of Exp.": 1,
    "Source Type": "POINT",
    "Number of offsets": 1,
    "X offset in arcsec.": (0,),
    "Y offset in arcsec.": (0,),
    "Blue Mode Central Wlgt": "346",
    "Blue Slit Width": 0.6,
}
OBX = "phase12/obx/uves_red_slicer_derived.obx"
OBX_LINE = re.compile(r'(?P<key>\S+)\s+"(?P<value>[^"]*)"')


@pytest.fixture(scope="module")
def host() -> Host:
    return Host.load()


@pytest.fixture(scope="module")
def packages(host: Host) -> Packages:
    return Packages(host)


@pytest.fixture(scope="module", params=["98.09", "117.00"])
def package(packages: Packages, request: pytest.FixtureRequest) -> InstrumentPackage:
    return packages.get("UVES", request.param)


def filled(package: InstrumentPackage, name: str, **own: TemplateValue) -> Template:
    """Make a template with its defaults; of what has none, 10 s."""
    signature = package.template(name)
    assert signature is not None, name
    values = default_parameters(signature)
    values |= dict.fromkeys(missing_parameters(signature, values), 10.0)
    return Template(name=name, kind=signature.kind, parameters=values | own)


def block(package: InstrumentPackage, *templates: Template) -> ObservationBlock:
    return ObservationBlock(
        name="UVES_5325",
        instrument="UVES",
        package_version=package.version,
        target=Target(name="HD 10700", ra="01:44:04.083", dec="-15:56:14.93"),
        constraints={each.name: each.default for each in package.constraints},
        templates=templates,
    )


def labels(package: InstrumentPackage, name: str) -> dict[str, TemplateValue]:
    signature = package.template(name)
    assert signature is not None
    return {each.label: each.default for each in signature.parameters if not each.hidden}


def test_the_templates_on_the_screen_exist(package: InstrumentPackage) -> None:
    acquisitions = [t.name for t in package.templates if t.kind is TemplateKind.ACQUISITION]
    assert set(SCREEN_LIST) < set(acquisitions)


def test_the_blue_templates_carry_the_labels_and_values_of_the_screen(
    package: InstrumentPackage,
) -> None:
    assert labels(package, "UVES_blue_acq_imsl") == SCREEN_ACQUISITION
    assert list(labels(package, "UVES_blue_acq_imsl")) == list(SCREEN_ACQUISITION)
    assert labels(package, "UVES_blue_obs_exp") == SCREEN_EXPOSURE
    assert list(labels(package, "UVES_blue_obs_exp")) == list(SCREEN_EXPOSURE)


def test_the_block_on_the_screen_executes_in_9_min_55_s(
    host: Host, packages: Packages, package: InstrumentPackage
) -> None:
    ob = block(package, filled(package, "UVES_blue_acq_imsl"), filled(package, "UVES_blue_obs_exp"))
    time = execution_time(host, packages, ob)
    assert time.total_s == 595
    assert time.exposure_s == 10
    assert not time.unknown


@pytest.mark.shared_data
def test_a_public_obx_of_the_red_arm_can_be_said(
    package: InstrumentPackage, shared_data: Path
) -> None:
    templates: list[tuple[str, dict[str, str]]] = []
    for line in (shared_data / OBX).read_text().splitlines():
        if (found := OBX_LINE.match(line)) is None:
            continue
        if found["key"].endswith("TEMPLATE.NAME"):
            templates.append((found["value"], {}))
        elif templates:
            templates[-1][1][found["key"]] = found["value"]
    assert [name for name, _ in templates] == ["UVES_red_acq_imsl", *["UVES_red_obs_exp"] * 2]
    for name, spelt in templates:
        signature = package.template(name)
        assert signature is not None
        assert [each.name for each in signature.parameters] == list(spelt)
        values = {each.name: coerce(each, spelt[each.name]) for each in signature.parameters}
        assert check_parameters(signature, values) == []
        assert missing_parameters(signature, values) == ()


def test_a_second_wavelength_costs_a_set_up(
    host: Host, packages: Packages, package: InstrumentPackage
) -> None:
    red = filled(package, "UVES_red_obs_exp")
    other = filled(package, "UVES_red_obs_exp", **{"INS.REDEXP.MODE": "860"})
    acquisition = filled(package, "UVES_red_acq_imsl")
    one = execution_time(host, packages, block(package, acquisition, red, red))
    two = execution_time(host, packages, block(package, acquisition, red, other))
    assert two.total_s - one.total_s == 60


def test_both_arms_expose_together(
    host: Host, packages: Packages, package: InstrumentPackage
) -> None:
    own: dict[str, TemplateValue] = {"DET1.WIN1.UIT1": 100.0, "DET2.READ.SPEED": "50kHz,2x2,high"}
    ob = block(
        package,
        filled(package, "UVES_dic1_acq_slit"),
        filled(package, "UVES_dic1_obs_exp", **own),
    )
    assert execution_time(host, packages, ob).total_s == 540 + 100 + 45


def test_the_newest_version_differs_as_the_package_says(host: Host, packages: Packages) -> None:
    package = packages.get("UVES", "98.09")
    ob = block(
        package,
        filled(package, "UVES_red_acq_slit"),
        filled(package, "UVES_red_obs_exp", **{"DET2.READ.SPEED": "225kHz,1x2,low"}),
        filled(package, "UVES_red_tec_ccdflat"),
    )
    migration = migrate(host, packages, ob)
    assert migration.block.package_version == packages.versions("UVES")[-1] == "117.00"
    assert {change.path: (change.before, change.after) for change in migration.changes} == {
        "package_version": ("98.09", "117.00"),
        "templates[0].parameters.INS.ADC.WLEN": (None, 500.0),
        "templates[1].parameters.DET2.READ.SPEED": ("225kHz,1x2,low", "225kHz,1x1,low"),
        "templates[2]": ("UVES_red_tec_ccdflat", None),
    }


def test_everything_says_where_it_comes_from(package: InstrumentPackage) -> None:
    """What the screen shows is sourced; calibrations are ours, and say so."""
    for name in ("UVES_blue_acq_imsl", "UVES_blue_obs_exp", "UVES_red_obs_exp"):
        signature = package.template(name)
        assert signature is not None
        assert signature.source
        assert all(parameter.source for parameter in signature.parameters)
    bias = package.template("UVES_blue_cal_bias")
    assert bias is not None
    assert bias.source is None
