"""The instrument package says what the template manual and ESO's overheads say."""

from __future__ import annotations

import pytest

from dfs.host import Host
from dfs.instruments.logic import check_value, default_parameters
from dfs.instruments.service import Packages, execution_time
from dfs.plugin import InstrumentPackage, ObservationBlock, Template, TemplateValue


@pytest.fixture(scope="module")
def host() -> Host:
    return Host.load()


@pytest.fixture(scope="module")
def packages(host: Host) -> Packages:
    return Packages(host)


@pytest.fixture(scope="module")
def package(packages: Packages) -> InstrumentPackage:
    return packages.get("FORS2", "104.26")


def test_the_acquisition_of_imaging_is_that_of_the_manual(package: InstrumentPackage) -> None:
    signature = package.template("FORS2_img_acq")
    assert signature is not None
    assert default_parameters(signature) == {
        "SEQ.CCD": "R",
        "TEL.ROT.OFFANGLE": 0.0,
        "TEL.AG.GUIDESTAR": "CATALOGUE",
        "TEL.GS1.ALPHA": "00:00:00.0",
        "TEL.GS1.DELTA": "00:00:00.0",
        "INS.COLL.NAID": "COLL_SR+6",
    }
    assert signature.source
    assert all(parameter.source for parameter in signature.parameters)


@pytest.mark.parametrize(
    ("angle", "allowed"), [(9999.0, True), (-180.0, True), (180.5, False), (9998.0, False)]
)
def test_a_position_angle_is_on_the_circle_or_parallactic(
    package: InstrumentPackage, angle: float, allowed: bool
) -> None:
    signature = package.template("FORS2_img_acq")
    assert signature is not None
    rotator = next(each for each in signature.parameters if each.name == "TEL.ROT.OFFANGLE")
    assert (not check_value(rotator, angle)) is allowed


@pytest.mark.parametrize(
    ("acquisition", "exposure", "read_out_s", "seconds"),
    [
        ("FORS2_img_acq", "FORS2_img_obs_crsplit", 31, 360 + 90 + 30),
        ("FORS2_lss_acq", "FORS2_lss_obs", 41, 360 + 90 + 240 + 30),
        ("FORS2_mxu_acq", "FORS2_mxu_obs_off", 41, 360 + 120 + 240 + 30),
    ],
)
def test_a_block_takes_what_the_overheads_say(
    host: Host,
    packages: Packages,
    package: InstrumentPackage,
    acquisition: str,
    exposure: str,
    read_out_s: float,
    seconds: float,
) -> None:
    own: dict[str, TemplateValue] = {"DET.WIN1.UIT1": 100.0, "SEQ.NEXPO": 2}
    templates = []
    for name, values in ((acquisition, {}), (exposure, own)):
        signature = package.template(name)
        assert signature is not None
        parameters = default_parameters(signature) | values
        templates.append(Template(name=name, kind=signature.kind, parameters=parameters))
    ob = ObservationBlock(
        name="block", instrument="FORS2", package_version="104.26", templates=tuple(templates)
    )
    time = execution_time(host, packages, ob)
    changes = sum(part.seconds for part in time.parts if part.label.startswith("change of"))
    assert time.exposure_s == 200
    assert time.total_s - changes == seconds + 200 + 2 * read_out_s


def test_the_high_resolution_collimator_has_to_be_exchanged(
    host: Host, packages: Packages, package: InstrumentPackage
) -> None:
    signature = package.template("FORS2_img_acq")
    assert signature is not None
    parameters = default_parameters(signature) | {"INS.COLL.NAID": "COLL_HR+7"}
    template = Template(name=signature.name, kind=signature.kind, parameters=parameters)
    ob = ObservationBlock(
        name="block", instrument="FORS2", package_version="104.26", templates=(template,)
    )
    assert execution_time(host, packages, ob).total_s == 360 + 90 + 30 + 270


def test_masks_lie_in_the_field(package: InstrumentPackage) -> None:
    assert package.mask is not None
    assert package.field is not None
    assert package.mask.width_arcmin == package.field.width_arcmin == 6.8
