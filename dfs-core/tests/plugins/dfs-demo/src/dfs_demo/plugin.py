"""What the core is told of the demonstration camera; every hook is used."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from dfs.plugin import (
    AssociationValidity,
    BlockReduced,
    CalibrationPlan,
    Container,
    Detector,
    ExecutionTime,
    Finding,
    Header,
    HeaderValue,
    Instrument,
    InstrumentPackage,
    LevelRange,
    Limits,
    Measurement,
    Mode,
    ObservationBlock,
    PackageFiles,
    Parameter,
    QualityParameter,
    RawFrame,
    Recipe,
    RecipeInput,
    RecipeProduct,
    Resource,
    Rules,
    Score,
    SimulationRequest,
    Verdict,
    Workflow,
    hookimpl,
)

DFS_API = "0.3"
DRIFT_ADU = 5.0

_MASTER_BIAS = RecipeInput(tag="MASTER_BIAS", maximum=1, help="subtracted")
_MASTER_DARK = RecipeInput(tag="MASTER_DARK", minimum=0, maximum=1, help="scaled and subtracted")
_KAPPA = Parameter(name="kappa", type="float", default=4.0, minimum=1.0, help="clip at so many σ")


@hookimpl
def dfs_instrument() -> Instrument:
    return Instrument(
        title="Demonstration camera",
        instrume=("DEMO",),
        telescope="DEMO-T1",
        detectors=(
            Detector(
                id="CCD",
                title="A CCD of 256 × 256 pixels",
                size_x_px=256,
                size_y_px=256,
                pixel_size_um=15.0,
                gain_e_per_adu=0.8,
                read_noise_e=3.2,
            ),
        ),
        modes=(Mode(id="IMG", title="Imaging"),),
        setup_keywords=("DET.READ.SPEED", "DET.WIN1.NY", "INS.FILT1.NAME"),
    )


@hookimpl
def dfs_instrument_packages() -> Sequence[PackageFiles]:
    return tuple(
        PackageFiles(version=version, package="dfs_demo", folder=f"packages/{version}")
        for version in ("1.00", "1.01")
    )


@hookimpl
def dfs_rules() -> Rules:
    return Rules(files=(Resource(package="dfs_demo", path="rules/demo.oca"),))


@hookimpl
def dfs_calibration_plan() -> CalibrationPlan:
    ranges = LevelRange.symmetric(1.0, 3.0, 7.0, 30.0)
    pairs = (("DARK", "MASTER_BIAS"), ("FLAT", "MASTER_BIAS"), ("FLAT", "MASTER_DARK"))
    return CalibrationPlan(
        validities=tuple(
            AssociationValidity(action=f"ACTION_{action}", tag=tag, ranges=ranges)
            for action, tag in pairs
        )
    )


@hookimpl
def dfs_recipes() -> Sequence[Recipe]:
    def recipe(kind: str, minimum: int, *calibrations: RecipeInput) -> Recipe:
        return Recipe(
            name=f"demo_{kind}",
            title=f"Master {kind}",
            function=f"dfs_demo.recipes:{kind}",
            inputs=(RecipeInput(tag=kind.upper(), minimum=minimum), *calibrations),
            products=(RecipeProduct(category=f"MASTER_{kind.upper()}"),),
            parameters=(_KAPPA,),
            memory_mb=512,
            time_limit_s=60.0,
        )

    return (
        recipe("bias", 3),
        recipe("dark", 1, _MASTER_BIAS),
        recipe("flat", 1, _MASTER_BIAS, _MASTER_DARK),
    )


@hookimpl
def dfs_workflows() -> Sequence[Workflow]:
    return (
        Workflow(
            target="quick-look",
            title="Is the detector as it was yesterday?",
            actions=("ACTION_BIAS",),
            parameters={"demo_bias": {"kappa": 3.0}},
        ),
        Workflow(
            target="calibration",
            title="Masters of the night and their quality control",
            actions=("ACTION_BIAS", "ACTION_DARK", "ACTION_FLAT"),
        ),
    )


@hookimpl
def dfs_quality_parameters() -> Sequence[QualityParameter]:
    def parameter(
        kind: str, what: str, unit: str, reference: float, tolerance: float, text: str
    ) -> QualityParameter:
        return QualityParameter(
            name=f"QC.{kind}.{what}",
            unit=unit,
            help=text,
            recipes=(f"demo_{kind.lower()}",),
            reference=reference,
            warning=Limits(low=reference - tolerance, high=reference + tolerance),
            limits=Limits(low=reference - 4 * tolerance, high=reference + 4 * tolerance),
        )

    return (
        parameter("BIAS", "LEVEL", "ADU", 200.0, 5.0, "Level of the master bias."),
        parameter("BIAS", "RON", "e-", 3.2, 0.4, "Read noise from two bias frames."),
        parameter("DARK", "CURRENT", "e-/h", 36.0, 12.0, "Dark current of a typical pixel."),
        parameter("DARK", "HOTFRAC", "", 0.001, 0.001, "Fraction of hot pixels."),
        parameter("FLAT", "LEVEL", "ADU", 20000.0, 2000.0, "Level of the lamp."),
        parameter("FLAT", "NOISE", "", 0.005, 0.005, "Noise of the master flat."),
    )


@hookimpl
def dfs_verify_ob(ob: ObservationBlock, package: InstrumentPackage) -> Sequence[Finding]:
    from dfs_demo import phase2

    return tuple(phase2.verify(ob))


@hookimpl
def dfs_verify_container(
    container: Container, packages: Mapping[str, InstrumentPackage]
) -> Sequence[Finding]:
    from dfs_demo import phase2

    return tuple(phase2.verify_together(container))


@hookimpl
def dfs_execution_time(ob: ObservationBlock, package: InstrumentPackage) -> ExecutionTime | None:
    from dfs_demo import phase2

    return phase2.time(ob)


@hookimpl
def dfs_migrate_ob(
    ob: ObservationBlock, from_package: InstrumentPackage, to_package: InstrumentPackage
) -> ObservationBlock:
    from dfs_demo import phase2

    return phase2.rename(ob)


@hookimpl
def dfs_expand_survey(
    document: str, template: ObservationBlock, package: InstrumentPackage
) -> Sequence[Container]:
    from dfs_demo import phase2

    return (phase2.expand(document, template),)


@hookimpl
def dfs_classify(headers: Sequence[Header]) -> Sequence[Mapping[str, HeaderValue]]:
    # Rules cannot round, so they cannot tell which night a time belongs to.
    return [
        {"NIGHT": night_of(float(time))} if (time := header.get("MJD-OBS")) is not None else {}
        for header in headers
    ]


def night_of(time_mjd: float) -> str:
    """Give the date of the evening on which the night began, which ends at noon (UTC)."""
    return (dt.date(1858, 11, 17) + dt.timedelta(days=time_mjd - 0.5)).isoformat()


@hookimpl
def dfs_score_quality(
    measurements: Sequence[Measurement], history: Sequence[Measurement]
) -> Sequence[Score]:
    # A level may drift far within its limits; only history shows it.
    name = "QC.BIAS.LEVEL"
    earlier = [m.value for m in history if m.name == name]
    return [
        Score(
            name=name,
            category=m.category,
            verdict=Verdict.WARNING,
            reason=f"{m.value:.1f} ADU is more than {DRIFT_ADU} ADU from the earlier median",
        )
        for m in measurements
        if m.name == name and earlier and abs(m.value - median(earlier)) > DRIFT_ADU
    ]


@hookimpl
def dfs_simulate(request: SimulationRequest) -> Iterator[RawFrame]:
    from dfs_demo.simulate import frames

    return frames(request)


@hookimpl
def dfs_block_reduced(block: BlockReduced) -> None:
    logging.getLogger(__name__).info("block %s made %d products", block.block, len(block.products))
