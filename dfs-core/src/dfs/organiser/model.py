"""Values of the organiser: classified frames and reduction blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dfs.plugin import AssociationLevel, Header, HeaderValue, ParameterValue


class Preference(StrEnum):
    """Which of two calibrations that both fit is taken: one to be made of raw frames, or a master.

    Source: the preferences of ESO's Data Processing System, A&A 681, A93.
    """

    RAW = "raw"
    """What is made of raw frames, at whatever level."""
    MASTER = "master"
    """An existing product, at whatever level."""
    RAW_PER_LEVEL = "raw-per-level"
    """The better level; within a level what is made of raw frames."""
    MASTER_PER_LEVEL = "master-per-level"
    """The better level; within a level an existing product."""

    @property
    def begins_with_raw(self) -> bool:
        """Whether what is made of raw frames comes first."""
        return self in (Preference.RAW, Preference.RAW_PER_LEVEL)

    @property
    def is_per_level(self) -> bool:
        """Whether a better level outdoes the preference."""
        return self in (Preference.RAW_PER_LEVEL, Preference.MASTER_PER_LEVEL)


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A FITS file whose header was read.

    Parameters
    ----------
    path : absolute path.
    header : the keywords that were asked for, dotted spelling.
    """

    path: str
    header: Header


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was skipped, or a frame that could not be classified.

    Parameters
    ----------
    path : the file.
    code : stable error code.
    detail : what is wrong, in a sentence.
    """

    path: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """An intervention at an instrument that no association crosses.

    Parameters
    ----------
    instrument : the instrument's id or an INSTRUME value.
    time_mjd : when, MJD in days (UTC); what was taken at that moment lies behind it.
    reason : what was done.
    """

    instrument: str
    time_mjd: float
    reason: str


@dataclass(frozen=True, slots=True)
class ClassifiedFrame:
    """A frame with what rules and plugin said of it.

    Parameters
    ----------
    path : absolute path.
    identity : unique name of the frame, of the instrument's identity keyword; the
        path where that says nothing unique, as in products.
    instrument : the instrument's id.
    tag : the class under which recipes take it; empty if unclassified.
    header : read and assigned keywords together, assigned ones winning.
    assigned : what the rules and the plugin assigned.
    time_mjd : start of the exposure, MJD in days; None if the header does not say.
    """

    path: str
    identity: str
    instrument: str
    tag: str
    header: Header
    assigned: Mapping[str, HeaderValue]
    time_mjd: float | None

    @property
    def is_product(self) -> bool:
        """Whether a recipe made it: products say their category, raw frames have none."""
        return "PRO.CATG" in self.header


@dataclass(frozen=True, slots=True)
class BlockInput:
    """One frame that a block takes: a file, or the coming product of another block.

    Parameters
    ----------
    tag : the class under which the recipe takes it.
    path : the file; empty for a product that does not exist yet.
    block : id of the block that will make it; empty for a file.
    category : category of that product; empty for a file.
    level : quality level of the association.
    distance_days : distance in time from the block, days; None where a time is unknown.
    is_optional : whether the rules let the block go without it.
    """

    tag: str
    path: str = ""
    block: str = ""
    category: str = ""
    level: AssociationLevel = AssociationLevel.PLAN
    distance_days: float | None = None
    is_optional: bool = False

    @property
    def is_virtual(self) -> bool:
        """Whether another block has yet to make it."""
        return bool(self.block)


@dataclass(frozen=True, slots=True)
class MissingInput:
    """A calibration that the rules ask for and that was not found.

    Parameters
    ----------
    tag : the class.
    minimum : how many are needed.
    found : how many there are.
    reason : why no other file will do, in a sentence.
    """

    tag: str
    minimum: int
    found: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReductionBlock:
    """All that is needed to run one recipe once.

    Parameters
    ----------
    id : stable: the same frames under the same action have the same id.
    instrument : the instrument's id.
    action : the rules' action.
    recipe : the recipe's name; empty if the action names none.
    name : stem of the products' file names.
    inputs : the grouped frames, oldest first.
    calibrations : the associated files and coming products.
    products : categories of the products that the rules declare.
    missing : what the rules ask for in vain; a block with any is incomplete.
    parameters : the recipe's parameters as far as the rules set them.
    setup : the group's keywords and values.
    time_mjd : start of the first frame, MJD in days.
    priority : higher runs earlier.
    """

    id: str
    instrument: str
    action: str
    recipe: str
    name: str
    inputs: tuple[BlockInput, ...]
    calibrations: tuple[BlockInput, ...] = ()
    products: tuple[str, ...] = ()
    missing: tuple[MissingInput, ...] = ()
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    setup: Mapping[str, HeaderValue] = field(default_factory=dict)
    time_mjd: float | None = None
    priority: float = 0

    @property
    def is_complete(self) -> bool:
        """Whether every calibration that the rules ask for was found."""
        return not self.missing

    @property
    def level(self) -> AssociationLevel:
        """The worst level among the associated calibrations."""
        return max((c.level for c in self.calibrations), default=AssociationLevel.PLAN)

    @property
    def depends_on(self) -> frozenset[str]:
        """Ids of the blocks whose products this one takes."""
        return frozenset(c.block for c in self.calibrations if c.block)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A folder, organised.

    Parameters
    ----------
    frames : every frame that belongs to a ready instrument, classified or not.
    blocks : the reduction blocks, each after those it depends on.
    problems : what was skipped and why.
    """

    frames: tuple[ClassifiedFrame, ...]
    blocks: tuple[ReductionBlock, ...]
    problems: tuple[Problem, ...] = ()


class Fate(StrEnum):
    """What became of a candidate of an association."""

    CHOSEN = "chosen"
    FARTHER = "farther"
    """It fits, but others are at a better level or nearer in time."""
    CONDITION = "condition"
    """A condition of the rule does not hold."""
    OWN = "own"
    """It is one of the block's own frames or products."""
    NO_TIME = "no-time"
    """The calibration plan limits the time, and a time is unknown."""
    BREAKPOINT = "breakpoint"
    """An intervention at the instrument lies between."""
    OUTSIDE = "outside"
    """It lies outside the time ranges of the calibration plan."""
    INCOMPLETE = "incomplete"
    """The block that would make it lacks something itself."""
    REJECTED = "rejected"
    """Quality control has rejected it."""
    CYCLE = "cycle"
    """The block that would make it needs, in the end, this block's product."""


@dataclass(frozen=True, slots=True)
class CandidateFate:
    """A candidate with what became of it and why.

    Parameters
    ----------
    path : the file; empty for a coming product.
    block : id of the block that will make it; empty for a file.
    category : of a coming product.
    fate : what became of it.
    reason : why, in words.
    level : quality level that it has or would have; None if it has none.
    distance_days : distance in time from the block, days; None where a time is unknown.
    """

    path: str
    block: str
    category: str
    fate: Fate
    reason: str
    level: AssociationLevel | None
    distance_days: float | None


@dataclass(frozen=True, slots=True)
class InputExplanation:
    """One input of a block, explained.

    Parameters
    ----------
    tag : the class.
    condition : the rule's condition, as text.
    where : place of the rule.
    minimum, maximum : how many are asked for.
    candidates : the chosen ones first, then the others, the nearest first.
    not_shown : how many candidates more there are, all farther in time.
    """

    tag: str
    condition: str
    where: str
    minimum: int
    maximum: int
    candidates: tuple[CandidateFate, ...]
    not_shown: int = 0

    @property
    def chosen(self) -> int:
        """How many were chosen."""
        return sum(c.fate is Fate.CHOSEN for c in self.candidates)


@dataclass(frozen=True, slots=True)
class BlockExplanation:
    """Why a block is as it is.

    Parameters
    ----------
    block : the block.
    where : place of the rule that grouped its frames.
    condition : condition on the frames, as text.
    keys : keywords whose values the frames share.
    inputs : each input that the action asks for.
    """

    block: ReductionBlock
    where: str
    condition: str
    keys: tuple[str, ...]
    inputs: tuple[InputExplanation, ...]
