"""THE CONTRACT: what the core and an instrument plugin know of each other.

A plugin is a module named by an entry point in the group ``dfs.instruments``;
the entry point's name is the instrument's id. The module says which version of
the contract it was written for and implements hooks with :data:`hookimpl`::

    from dfs.plugin import Instrument, hookimpl

    DFS_API = "0.3"

    @hookimpl
    def dfs_instrument() -> Instrument: ...

Everything a plugin may import to talk to the core is exported here; the hooks
themselves are specified in :mod:`dfs.plugin.hookspecs`.
"""

from dfs.plugin.blocks import BlockReduced, ProductReference
from dfs.plugin.calibration import (
    AssociationLevel,
    AssociationValidity,
    CalibrationPlan,
    LevelRange,
)
from dfs.plugin.engines import CallTimedOut, Engine, WorkerDied
from dfs.plugin.errors import BadConfiguration, RecipeError, Retryable, UnprocessableData
from dfs.plugin.frames import (
    Header,
    HeaderCards,
    HeaderValue,
    RawFrame,
    RawImage,
    SimulationRequest,
)
from dfs.plugin.instrument import Detector, Instrument, Mode
from dfs.plugin.markers import API_VERSION, hookimpl
from dfs.plugin.packages import (
    Arm,
    ConstraintDefinition,
    ConstraintValue,
    FieldOfView,
    InstrumentPackage,
    MaskDefinition,
    PackageFiles,
    ParameterType,
    Range,
    Sense,
    SetupChange,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
    TemplateTiming,
    TemplateValue,
)
from dfs.plugin.phase2 import (
    AbsoluteInterval,
    BlockKind,
    Container,
    ContainerKind,
    ExecutionTime,
    Finding,
    Member,
    Membership,
    ObservationBlock,
    Severity,
    SiderealInterval,
    Target,
    Template,
    TimePart,
)
from dfs.plugin.quality import (
    Limits,
    Measurement,
    QualityParameter,
    Score,
    TrendLimits,
    Verdict,
)
from dfs.plugin.recipes import (
    CplRecipe,
    DetectorImage,
    InputFrame,
    Parameter,
    ParameterValue,
    Recipe,
    RecipeContext,
    RecipeInput,
    RecipeProduct,
)
from dfs.plugin.rules import Resource, Rules
from dfs.plugin.static import StaticCalibration
from dfs.plugin.workflows import Workflow

__all__ = [
    "API_VERSION",
    "AbsoluteInterval",
    "Arm",
    "AssociationLevel",
    "AssociationValidity",
    "BadConfiguration",
    "BlockKind",
    "BlockReduced",
    "CalibrationPlan",
    "CallTimedOut",
    "ConstraintDefinition",
    "ConstraintValue",
    "Container",
    "ContainerKind",
    "CplRecipe",
    "Detector",
    "DetectorImage",
    "Engine",
    "ExecutionTime",
    "FieldOfView",
    "Finding",
    "Header",
    "HeaderCards",
    "HeaderValue",
    "InputFrame",
    "Instrument",
    "InstrumentPackage",
    "LevelRange",
    "Limits",
    "MaskDefinition",
    "Measurement",
    "Member",
    "Membership",
    "Mode",
    "ObservationBlock",
    "PackageFiles",
    "Parameter",
    "ParameterType",
    "ParameterValue",
    "ProductReference",
    "QualityParameter",
    "Range",
    "RawFrame",
    "RawImage",
    "Recipe",
    "RecipeContext",
    "RecipeError",
    "RecipeInput",
    "RecipeProduct",
    "Resource",
    "Retryable",
    "Rules",
    "Score",
    "Sense",
    "SetupChange",
    "Severity",
    "SiderealInterval",
    "SimulationRequest",
    "StaticCalibration",
    "Target",
    "Template",
    "TemplateKind",
    "TemplateParameter",
    "TemplateSignature",
    "TemplateTiming",
    "TemplateValue",
    "TimePart",
    "TrendLimits",
    "UnprocessableData",
    "Verdict",
    "WorkerDied",
    "Workflow",
    "hookimpl",
]
