"""What only VIMOS knows of a block: every rule fires on what it is about, and on nothing else."""

from __future__ import annotations

import pytest

from dfs.host import Host
from dfs.instruments.logic import default_parameters, missing_parameters
from dfs.instruments.service import Packages, execution_time
from dfs.plugin import (
    ConstraintValue,
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
from dfs_vimos.verification import verify, verify_container

GOOD = {
    "imaging": ("VIMOS_img_acq_Preset", "VIMOS_img_obs_Offset"),
    "masks": ("VIMOS_mos_acq_Mask", "VIMOS_mos_obs_Stare", "VIMOS_mos_cal_NightCalib"),
    "masks with offsets": ("VIMOS_mos_acq_Mask", "VIMOS_mos_obs_Offset"),
    "standard star": ("VIMOS_mos_acq_Standard", "VIMOS_mos_cal_Standard"),
    "unit": ("VIMOS_ifu_acq_Preset", "VIMOS_ifu_obs_Stare", "VIMOS_ifu_cal_NightCalib"),
    "unit with offsets": ("VIMOS_ifu_acq_Preset", "VIMOS_ifu_obs_Offset"),
    "standard star on the unit": ("VIMOS_ifu_acq_Preset", "VIMOS_ifu_cal_Specphot"),
}
WARNING, ERROR = Severity.WARNING, Severity.ERROR


@pytest.fixture(scope="module")
def package() -> InstrumentPackage:
    return Packages(Host.load()).latest("VIMOS")


def filled(
    package: InstrumentPackage, name: str, own: dict[str, TemplateValue] | None = None
) -> Template:
    """Make a template with its defaults; of what has none, 10 s and files."""
    signature = package.template(name)
    assert signature is not None, name
    values = default_parameters(signature)
    types = {each.name: each.type for each in signature.parameters}
    for missing in missing_parameters(signature, values):
        values[missing] = f"{missing}.adp" if types[missing] is ParameterType.FILE else 10.0
    return Template(name=name, kind=signature.kind, parameters=values | (own or {}))


def block(
    package: InstrumentPackage,
    *templates: Template,
    constraints: dict[str, ConstraintValue] | None = None,
    service_mode: bool = True,
) -> ObservationBlock:
    return ObservationBlock(
        name="block",
        instrument="VIMOS",
        package_version=package.version,
        service_mode=service_mode,
        target=Target(name="target"),
        constraints={each.name: each.default for each in package.constraints} | (constraints or {}),
        templates=templates,
    )


def found(
    package: InstrumentPackage, *templates: Template, service_mode: bool = True
) -> list[tuple[str, Severity, str]]:
    findings = verify(block(package, *templates, service_mode=service_mode), package)
    return [(each.code, each.severity, each.path) for each in findings]


@pytest.mark.parametrize("names", GOOD.values(), ids=GOOD)
def test_defaults_exposure_times_and_masks_make_a_good_block(
    package: InstrumentPackage, names: tuple[str, ...]
) -> None:
    assert not found(package, *(filled(package, name) for name in names))


def test_every_template_is_of_the_mode_that_was_acquired(package: InstrumentPackage) -> None:
    assert found(
        package, filled(package, "VIMOS_img_acq_Preset"), filled(package, "VIMOS_ifu_obs_Stare")
    ) == [("vimos.mode", ERROR, "templates[1]")]


def test_a_guide_star_of_the_set_up_has_coordinates(package: InstrumentPackage) -> None:
    own: dict[str, TemplateValue] = {
        "TEL.AG.GUIDESTAR": "SETUPFILE",
        "TEL.GS1.DELTA": "-10:00:00",
    }
    assert found(package, filled(package, "VIMOS_img_acq_Preset", own)) == [
        ("vimos.guide-star", ERROR, "templates[0].parameters.TEL.GS1.ALPHA")
    ]


def test_every_quadrant_has_a_mask_of_its_own(package: InstrumentPackage) -> None:
    own: dict[str, TemplateValue] = {"INS.ADP2": None, "INS.ADP4": "INS.ADP1.adp"}
    assert found(package, filled(package, "VIMOS_mos_acq_Mask", own)) == [
        ("vimos.mask", ERROR, "templates[0].parameters.INS.ADP2"),
        ("vimos.mask-twice", ERROR, "templates[0].parameters.INS.ADP4"),
    ]


def test_a_grism_has_its_filters(package: InstrumentPackage) -> None:
    acquisition = filled(package, "VIMOS_mos_acq_Mask")
    path = "templates[1].parameters.INS.FILT.NAME"
    own: dict[str, TemplateValue] = {"INS.GRIS.NAME": "LR_blue"}
    science = filled(package, "VIMOS_mos_obs_Stare", own)
    assert found(package, acquisition, science) == [("vimos.grism-filter", ERROR, path)]
    assert found(package, acquisition, science, service_mode=False) == [
        ("vimos.grism-filter", WARNING, path)
    ]
    own["INS.FILT.NAME"] = "OS_blue"
    assert not found(package, acquisition, filled(package, "VIMOS_mos_obs_Stare", own))


def test_spectra_of_the_unit_do_not_overlap(package: InstrumentPackage) -> None:
    acquisition = filled(package, "VIMOS_ifu_acq_Preset")
    own: dict[str, TemplateValue] = {"INS.GRIS.NAME": "HR_red", "INS.FILT.NAME": "GG475"}
    assert found(package, acquisition, filled(package, "VIMOS_ifu_obs_Stare", own)) == [
        ("vimos.shutter", ERROR, "templates[1].parameters.INS.IFUS.MODE")
    ]
    own["INS.IFUS.MODE"] = "ON"
    assert not found(package, acquisition, filled(package, "VIMOS_ifu_obs_Stare", own))


def test_the_blue_grism_of_high_resolution_needs_three_flats(package: InstrumentPackage) -> None:
    own: dict[str, TemplateValue] = {
        "INS.GRIS.NAME": "HR_blue",
        "INS.FILT.NAME": "Free",
        "INS.IFUS.MODE": "ON",
        "SEQ.NFLAT": 2,
    }
    assert found(package, filled(package, "VIMOS_ifu_cal_NightCalib", own)) == [
        ("vimos.flats", ERROR, "templates[0].parameters.SEQ.NFLAT")
    ]


def test_offsets_are_one_for_all_or_one_each(package: InstrumentPackage) -> None:
    own: dict[str, TemplateValue] = {"SEQ.NOFF": 3, "SEQ.RELOFF2": (0.0, 5.0)}
    acquisition = filled(package, "VIMOS_img_acq_Preset")
    assert found(package, acquisition, filled(package, "VIMOS_img_obs_Offset", own)) == [
        ("vimos.offsets", ERROR, "templates[1].parameters.SEQ.RELOFF2")
    ]


def test_a_pre_image_has_a_block_of_its_own(package: InstrumentPackage) -> None:
    templates = (
        filled(package, "VIMOS_img_acq_Preset"),
        filled(package, "VIMOS_img_obs_Offset", {"SEQ.CATG": "PRE-IMAGE"}),
    )
    assert not found(package, *templates)
    assert found(package, *templates, filled(package, "VIMOS_img_obs_Offset")) == [
        ("vimos.pre-image", WARNING, "templates[2]")
    ]


def test_masks_are_observed_high_in_the_sky(package: InstrumentPackage) -> None:
    templates = (filled(package, "VIMOS_mos_acq_Mask"), filled(package, "VIMOS_mos_obs_Stare"))
    low = verify(block(package, *templates, constraints={"airmass": 2.5}), package)
    assert [(each.code, each.path) for each in low] == [("vimos.airmass", "constraints.airmass")]


@pytest.mark.parametrize("kind", ContainerKind)
def test_masks_are_made_before_their_container_begins(
    package: InstrumentPackage, kind: ContainerKind
) -> None:
    image = block(package, filled(package, "VIMOS_img_obs_Offset", {"SEQ.CATG": "PRE-IMAGE"}))
    spectra = block(package, filled(package, "VIMOS_mos_acq_Mask"))
    container = Container(
        kind=kind, name="field", members=(Member(item=image), Member(item=spectra))
    )
    findings = verify_container(container, {package.version: package})
    bound = kind in {ContainerKind.CONCATENATION, ContainerKind.TIME_LINK}
    assert [(each.code, each.path) for each in findings] == (
        [("vimos.pre-image-member", "members[0]")] if bound else []
    )


def test_a_mask_set_takes_its_time(package: InstrumentPackage) -> None:
    host = Host.load()
    ob = block(
        package,
        filled(package, "VIMOS_mos_acq_Mask", {"INS.FILT.NAME": "R"}),
        filled(package, "VIMOS_mos_obs_Offset", {"SEQ.NOFF": 3, "INS.FILT.NAME": "R"}),
    )
    time = execution_time(host, Packages(host), ob)
    assert time.exposure_s == 30
    assert time.total_s == 1140 + 3 * (10 + 40) + 2 * 20


def test_a_mask_covers_a_quadrant(package: InstrumentPackage) -> None:
    assert package.mask is not None
    assert (package.mask.width_arcmin, package.mask.height_arcmin) == (7.0, 8.0)
