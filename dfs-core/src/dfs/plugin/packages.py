"""Instrument packages: what an Observation Block of an instrument can say.

A package is data: templates with typed parameters, constraints, overheads. It has a
version, and an Observation Block keeps the version that it was written for.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from pydantic import Field

from dfs.plugin.values import Value

TemplateValue: TypeAlias = (
    bool | int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | None
)
"""The value of a template's parameter; None until somebody fills it in."""

ConstraintValue: TypeAlias = float | str
"""The value of a constraint: a limit, or one of the constraint's words."""


class PackageFiles(Value):
    """Where a plugin keeps one version of its instrument package.

    Parameters
    ----------
    version : as it is written, e.g. ``"98.09"``; 98.10 is not 98.1. The order of the
        declaration is that of the versions: the last one is the newest.
    package : importable name of the Python package that holds the files.
    folder : folder below it, with slashes; its files are described in
        ``docs/plugins/packages.md``.
    """

    version: str = Field(min_length=1)
    package: str = Field(min_length=1)
    folder: str = Field(min_length=1)


class ParameterType(StrEnum):
    """What a template's parameter holds, in the words of the Phase 2 interface."""

    NUMBER = "number"
    INTEGER = "integer"
    KEYWORD = "keyword"
    BOOLEAN = "boolean"
    COORDINATE = "coord"
    STRING = "string"
    NUMBERS = "numlist"
    INTEGERS = "intlist"
    KEYWORDS = "keywordlist"
    FILE = "file"
    PARAMETER_FILE = "paramfile"


class TemplateKind(StrEnum):
    """What a template is for."""

    ACQUISITION = "acquisition"
    SCIENCE = "science"
    CALIBRATION = "calib"


class Range(Value):
    """A closed interval of allowed numbers; None where it is open."""

    minimum: float | None = None
    maximum: float | None = None

    def holds(self, number: float) -> bool:
        """Tell whether a number lies in the interval."""
        return not (
            (self.minimum is not None and number < self.minimum)
            or (self.maximum is not None and number > self.maximum)
        )


class TemplateParameter(Value):
    """One parameter of a template.

    Parameters
    ----------
    name : the keyword, e.g. ``DET1.WIN1.UIT1``.
    type : what it holds; of a list, what its elements hold.
    label : what people call it.
    help : one sentence.
    unit : of a number, e.g. ``s``; empty without one.
    default : the value of a new template; None if it must be filled in.
    choices : allowed values; beside `ranges` for numbers (``9999 0..359.99``).
    ranges : allowed intervals; neither choices nor ranges allow everything.
    minimum_length, maximum_length : of a list; None without a limit.
    fixed : the value cannot be changed.
    hidden : people do not see it.
    source : citation of where the definition was read; None if it is invented.
    """

    name: str = Field(min_length=1)
    type: ParameterType
    label: str = ""
    help: str = ""
    unit: str = ""
    default: TemplateValue = None
    choices: tuple[float | str, ...] = ()
    ranges: tuple[Range, ...] = ()
    minimum_length: int | None = Field(default=None, ge=0)
    maximum_length: int | None = Field(default=None, ge=0)
    fixed: bool = False
    hidden: bool = False
    source: str | None = None


class Arm(Value):
    """What exposes on its own while other arms expose; the longest arm takes the time.

    Parameters
    ----------
    name : of the arm, e.g. ``blue``; empty if there is one.
    exposure : parameter with the seconds of one integration.
    integrations : parameters whose product is the integrations that are read out as
        one exposure (NDIT).
    exposures : parameters whose product is the number of exposures.
    overhead_s : seconds each exposure takes beyond its integrations, readout included,
        where `overhead_by` does not say otherwise.
    overhead_by : parameter whose value chooses among `overheads_s`.
    overheads_s : seconds by value of that parameter.
    """

    name: str = ""
    exposure: str
    integrations: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    overhead_s: float = Field(default=0.0, ge=0)
    overhead_by: str = ""
    overheads_s: Mapping[str, float] = Field(default_factory=dict)


class TemplateTiming(Value):
    """How long a template takes.

    Parameters
    ----------
    fixed_s : seconds once a template: preset and acquisition, or set-up.
    arms : what exposes.
    repeats : parameters whose product is how often all arms are exposed, e.g. the
        number of offsets; an absent one counts as one, and a list as its length.
    repeat_s : seconds from one repeat to the next, e.g. a telescope offset.
    extras_s : seconds once more, by parameter and value, e.g. for an optical element.
    """

    fixed_s: float = Field(default=0.0, ge=0)
    arms: tuple[Arm, ...] = ()
    repeats: tuple[str, ...] = ()
    repeat_s: float = Field(default=0.0, ge=0)
    extras_s: Mapping[str, Mapping[str, float]] = Field(default_factory=dict)


class TemplateSignature(Value):
    """What a template asks for.

    Parameters
    ----------
    name : e.g. ``DEMO_img_obs``.
    kind : acquisition, science or calibration.
    title : one line.
    parameters : in the order in which people see them.
    phases : where it can be used: ``phase1``, ``phase2``.
    timing : how long it takes; None if the plugin's hook must say.
    source : where the list of parameters was read; None if it is invented.
    """

    name: str = Field(min_length=1)
    kind: TemplateKind
    title: str = ""
    parameters: tuple[TemplateParameter, ...] = ()
    phases: tuple[str, ...] = ("phase1", "phase2")
    timing: TemplateTiming | None = None
    source: str | None = None


class Sense(StrEnum):
    """Which way a constraint limits."""

    AT_MOST = "at most"
    AT_LEAST = "at least"
    IS = "is"


class ConstraintDefinition(Value):
    """One constraint that an Observation Block of the instrument can set.

    Parameters
    ----------
    name : as the Phase 2 interface spells it, e.g. ``airmass``, ``skyTransparency``.
    label, help, unit : for people.
    default : of a new Observation Block.
    choices : its words, the most demanding first; empty for a number.
    ranges : allowed numbers.
    sense : which way it limits; tells what is tighter.
    source : where it was read; None if it is invented.
    """

    name: str = Field(min_length=1)
    label: str = ""
    help: str = ""
    unit: str = ""
    default: ConstraintValue
    choices: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    sense: Sense = Sense.AT_MOST
    source: str | None = None


class SetupChange(Value):
    """Time that passes when consecutive templates differ in a set-up.

    Parameters
    ----------
    label : what changes, e.g. ``filter``.
    parameters : the set-up; a parameter that a template lacks does not differ.
    seconds : it takes.
    """

    label: str
    parameters: tuple[str, ...] = Field(min_length=1)
    seconds: float = Field(ge=0)


class FieldOfView(Value):
    """What a finding chart of the instrument shows.

    Parameters
    ----------
    width_arcmin, height_arcmin : of the field, at position angle zero.
    slit_width_parameter : template parameter with the slit's width in arcsec; empty
        if there is no slit.
    slit_length_arcsec : of that slit.
    angle_parameter : template parameter with the position angle, degrees.
    """

    width_arcmin: float = Field(gt=0)
    height_arcmin: float = Field(gt=0)
    slit_width_parameter: str = ""
    slit_length_arcsec: float = Field(default=0.0, ge=0)
    angle_parameter: str = ""


class MaskDefinition(Value):
    """What masks the instrument takes.

    Parameters
    ----------
    parameter : file parameter of a template that carries the mask's design.
    width_arcmin, height_arcmin : where slits may lie.
    dispersion_axis : ``x`` or ``y``, along which spectra spread.
    gap_arcsec : least distance across the dispersion between two slits whose spectra
        would share columns.
    width_arcsec, length_arcsec : allowed slit sizes.
    references : least number of reference stars.
    """

    parameter: str = Field(min_length=1)
    width_arcmin: float = Field(gt=0)
    height_arcmin: float = Field(gt=0)
    dispersion_axis: str = Field(default="x", pattern="^[xy]$")
    gap_arcsec: float = Field(default=0.0, ge=0)
    width_arcsec: Range = Range()
    length_arcsec: Range = Range()
    references: int = Field(default=1, ge=0)


class InstrumentPackage(Value):
    """One version of an instrument's package, read from its files.

    Parameters
    ----------
    instrument : id of the instrument.
    instrume : the INSTRUME value that its Observation Blocks carry.
    version : of the package.
    templates : every template.
    constraints : every constraint, in the order in which people see them.
    setup_changes : what changing the set-up between templates costs.
    field : what finding charts show; None if charts cannot be drawn.
    mask : what masks there are; None without masks.
    """

    instrument: str
    instrume: str
    version: str
    templates: tuple[TemplateSignature, ...]
    constraints: tuple[ConstraintDefinition, ...]
    setup_changes: tuple[SetupChange, ...] = ()
    field: FieldOfView | None = None
    mask: MaskDefinition | None = None

    def template(self, name: str) -> TemplateSignature | None:
        """Give the template of this name, if there is one."""
        return next((each for each in self.templates if each.name == name), None)

    def constraint(self, name: str) -> ConstraintDefinition | None:
        """Give the constraint of this name, if there is one."""
        return next((each for each in self.constraints if each.name == name), None)
