"""What only FORS2 knows of a block: every rule fires on what it is about, and on nothing else."""

from __future__ import annotations

import pytest

from dfs.host import Host
from dfs.instruments.logic import default_parameters, missing_parameters
from dfs.instruments.service import Packages
from dfs.plugin import (
    Container,
    ContainerKind,
    InstrumentPackage,
    Member,
    ObservationBlock,
    ParameterType,
    Severity,
    Target,
    Template,
    TemplateValue,
)
from dfs_fors.verification import verify, verify_container

GOOD = {
    "imaging": ("FORS2_img_acq", "FORS2_img_obs_crsplit"),
    "imaging polarimetry": ("FORS2_ipol_acq", "FORS2_ipol_obs"),
    "long slit": ("FORS2_lss_acq", "FORS2_lss_obs"),
    "movable slits": ("FORS2_mos_acq", "FORS2_mos_obs"),
    "mask": ("FORS2_mxu_acq", "FORS2_mxu_obs_off"),
    "spectropolarimetry": ("FORS2_pmos_acq", "FORS2_pmos_obs"),
    "wide slit": ("FORS2_specphot_acq_fast", "FORS2_specphot_obs_exp_fast"),
    "attached calibrations": (
        "FORS2_lss_acq",
        "FORS2_lss_obs",
        "FORS2_lss_cal_flat",
        "FORS2_lss_cal_wave",
    ),
}
WARNING, ERROR = Severity.WARNING, Severity.ERROR


@pytest.fixture(scope="module")
def package() -> InstrumentPackage:
    return Packages(Host.load()).latest("FORS2")


def filled(
    package: InstrumentPackage, name: str, own: dict[str, TemplateValue] | None = None
) -> Template:
    """Make a template with its defaults; of what has none, 10 s and a file."""
    signature = package.template(name)
    assert signature is not None, name
    values = default_parameters(signature)
    types = {each.name: each.type for each in signature.parameters}
    for missing in missing_parameters(signature, values):
        values[missing] = "mask.fims" if types[missing] is ParameterType.FILE else 10.0
    return Template(name=name, kind=signature.kind, parameters=values | (own or {}))


def block(*templates: Template, service_mode: bool = True) -> ObservationBlock:
    return ObservationBlock(
        name="block",
        instrument="FORS2",
        package_version="104.26",
        service_mode=service_mode,
        target=Target(name="target"),
        templates=templates,
    )


def found(
    package: InstrumentPackage, *templates: Template, service_mode: bool = True
) -> list[tuple[str, Severity, str]]:
    findings = verify(block(*templates, service_mode=service_mode), package)
    return [(each.code, each.severity, each.path) for each in findings]


@pytest.mark.parametrize("names", GOOD.values(), ids=GOOD)
def test_defaults_exposure_times_and_masks_make_a_good_block(
    package: InstrumentPackage, names: tuple[str, ...]
) -> None:
    assert not found(package, *(filled(package, name) for name in names))


def test_exposures_are_of_the_mode_that_was_acquired(package: InstrumentPackage) -> None:
    assert found(package, filled(package, "FORS2_img_acq"), filled(package, "FORS2_lss_obs")) == [
        ("fors.mode", ERROR, "templates[1]")
    ]


def test_a_guide_star_of_the_set_up_has_coordinates(package: InstrumentPackage) -> None:
    acquisition = filled(package, "FORS2_img_acq", {"TEL.AG.GUIDESTAR": "SETUPFILE"})
    assert found(package, acquisition) == [
        ("fors.guide-star", ERROR, "templates[0].parameters.TEL.GS1.ALPHA"),
        ("fors.guide-star", ERROR, "templates[0].parameters.TEL.GS1.DELTA"),
    ]


def test_a_mask_is_there_and_its_angle_is_fixed(package: InstrumentPackage) -> None:
    own: dict[str, TemplateValue] = {"INS.FIMS.NAME": None, "TEL.ROT.OFFANGLE": 9999.0}
    acquisition = filled(package, "FORS2_mxu_acq", own)
    assert found(package, acquisition, filled(package, "FORS2_mxu_obs_off")) == [
        ("fors.mask", ERROR, "templates[0].parameters.INS.FIMS.NAME"),
        ("fors.position-angle", ERROR, "templates[0].parameters.TEL.ROT.OFFANGLE"),
    ]


def test_a_pre_image_has_a_block_of_its_own(package: InstrumentPackage) -> None:
    pre_image = filled(package, "FORS2_img_obs_crsplit", {"SEQ.CATG": "PRE-IMAGE"})
    acquisition = filled(package, "FORS2_img_acq")
    assert not found(package, acquisition, pre_image)
    assert found(package, acquisition, pre_image, filled(package, "FORS2_img_obs_crsplit")) == [
        ("fors.pre-image", WARNING, "templates[2]")
    ]


def test_two_interference_filters_are_enough(package: InstrumentPackage) -> None:
    def image(narrow: str, broad: str = "FREE") -> Template:
        own: dict[str, TemplateValue] = {"INS.FILT1.NAME": broad, "INS.FILT2.NAME": narrow}
        return filled(package, "FORS2_img_obs_crsplit", own)

    acquisition = filled(package, "FORS2_img_acq")
    two = (acquisition, image("OIII+50"), image("H_Alpha+83"), image("OIII+50"))
    assert not found(package, *two)
    path = "templates[4].parameters.INS.FILT2.NAME"
    for service_mode, severity in ((True, Severity.WAIVABLE), (False, WARNING)):
        assert found(package, *two, image("OII+44"), service_mode=service_mode) == [
            ("fors.interference-filters", severity, path)
        ]
    assert found(package, acquisition, image("OII+44", "b_HIGH+113")) == [
        ("fors.two-filters", ERROR, "templates[1].parameters.INS.FILT1.NAME")
    ]


def test_the_second_order_is_kept_out(package: InstrumentPackage) -> None:
    acquisition = filled(package, "FORS2_lss_acq")
    free: dict[str, TemplateValue] = {"INS.FILT1.NAME": "FREE"}
    assert found(package, acquisition, filled(package, "FORS2_lss_obs", free)) == [
        ("fors.order-separation", WARNING, "templates[1].parameters.INS.FILT1.NAME")
    ]
    blue = free | {"INS.GRIS1.NAME": "GRIS_600B+22"}
    assert not found(package, acquisition, filled(package, "FORS2_lss_obs", blue))


def test_offsets_are_one_for_all_or_one_each(package: InstrumentPackage) -> None:
    acquisition = filled(package, "FORS2_img_acq")
    own: dict[str, TemplateValue] = {"SEQ.NOFF": 3, "TEL.TARG.OFFSETALPHA": (0.0, 5.0)}
    assert found(package, acquisition, filled(package, "FORS2_img_obs_crsplit", own)) == [
        ("fors.offsets", ERROR, "templates[1].parameters.TEL.TARG.OFFSETALPHA")
    ]


def test_polarisation_is_parted_from_the_instruments_response(package: InstrumentPackage) -> None:
    acquisition = filled(package, "FORS2_ipol_acq")
    own: dict[str, TemplateValue] = {"SEQ.RETA.POSANG": (0.0, 22.5)}
    assert found(package, acquisition, filled(package, "FORS2_ipol_obs", own)) == [
        ("fors.retarder", WARNING, "templates[1].parameters.SEQ.RETA.POSANG")
    ]
    own = {"SEQ.RETA.NAME": "QUARTER", "SEQ.RETA.POSANG": (45.0, 315.0)}
    assert not found(package, acquisition, filled(package, "FORS2_ipol_obs", own))


def test_spectra_are_read_out_slowly_and_all_frames_alike(package: InstrumentPackage) -> None:
    fast: dict[str, TemplateValue] = {"DET.READ.CLKIND": "200Kps,2x2,low"}
    templates = (
        filled(package, "FORS2_lss_acq"),
        filled(package, "FORS2_lss_obs", fast),
        filled(package, "FORS2_lss_cal_wave"),
    )
    assert found(package, *templates) == [
        ("fors.readout", WARNING, "templates[1].parameters.DET.READ.CLKIND"),
        ("fors.readouts", WARNING, ""),
    ]


@pytest.mark.parametrize("kind", ContainerKind)
def test_masks_are_made_before_their_container_begins(
    package: InstrumentPackage, kind: ContainerKind
) -> None:
    pre_image = filled(package, "FORS2_img_obs_crsplit", {"SEQ.CATG": "PRE-IMAGE"})
    image = block(filled(package, "FORS2_img_acq"), pre_image)
    spectra = block(filled(package, "FORS2_mxu_acq"), filled(package, "FORS2_mxu_obs_off"))
    members = (Member(item=image), Member(item=spectra))
    container = Container(kind=kind, name="field", members=members)
    findings = verify_container(container, {package.version: package})
    bound = kind in {ContainerKind.CONCATENATION, ContainerKind.TIME_LINK}
    assert [(each.code, each.path) for each in findings] == (
        [("fors.pre-image-member", "members[0]")] if bound else []
    )
    alone = Container(kind=kind, name="field", members=members[:1])
    assert not verify_container(alone, {package.version: package})
