"""Values of Phase 2: items of a run, their statuses, what is stored of a block."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from dfs.plugin import (
    Finding,
    Membership,
    ObservationBlock,
    Severity,
    Template,
    TemplateSignature,
    TimePart,
)
from dfs.programmes.model import Mode, Right, Run

Json: TypeAlias = Mapping[str, Any]
"""What a row of a table holds, as JSON can say it."""


# ── Items ───────────────────────────────────────────────────────────────────


class ItemKind(StrEnum):
    """What stands in the tree of a run, in the words of the Phase 2 interface."""

    OB = "OB"
    CB = "CB"
    """A calibration block: it has no target, no time intervals, no ephemeris."""
    FOLDER = "Folder"
    GROUP = "Group"
    TIME_LINK = "TimeLink"
    CONCATENATION = "Concatenation"

    @property
    def is_block(self) -> bool:
        """Whether it is executed itself."""
        return self in {ItemKind.OB, ItemKind.CB}

    @property
    def is_scheduling(self) -> bool:
        """Whether it says how its members are scheduled."""
        return self in {ItemKind.GROUP, ItemKind.TIME_LINK, ItemKind.CONCATENATION}


@dataclass(frozen=True, slots=True)
class Item:
    """A block or a container as lists show it.

    Parameters
    ----------
    id : unique among all blocks and containers of the observatory.
    run_id : run that it belongs to; never changes.
    parent_id : container that holds it; None of the root of a run.
    position : orders the members of a container; not consecutive.
    kind : what it is.
    name : of the item.
    status : see `STATUSES`; empty of a folder.
    user_priority : 1 (best) to 10.
    version : of its own fields and status; of a container, of what it holds as well.
    items_version : of a container, of its members and their order.
    membership : what the container around says of it.
    membership_version : of that.
    exposure_s, execution_s : of a block; an execution time of None is unknown.
    group_score : of a group.
    created_at, modified_at : UTC.
    target_name, target_ra, target_dec : of a block; empty without a target.
    package_version : of a block, of the instrument package.
    template_count, interval_count, chart_count : of a block; absolute intervals.
    item_count : of a container.
    verified : whether it was found without errors as it stands.
    depth : in the tree, 0 of the root; only trees say it.
    """

    id: int
    run_id: int
    parent_id: int | None
    position: int
    kind: ItemKind
    name: str
    status: str
    user_priority: int
    version: int
    items_version: int
    membership: Membership
    membership_version: int
    exposure_s: float
    execution_s: float | None
    group_score: float
    created_at: dt.datetime
    modified_at: dt.datetime
    target_name: str
    target_ra: str
    target_dec: str
    package_version: str
    template_count: int
    interval_count: int
    chart_count: int
    item_count: int
    verified: bool
    depth: int = 0

    @property
    def is_block(self) -> bool:
        """Whether it is executed itself, and holds nothing."""
        return self.kind.is_block

    @property
    def is_root(self) -> bool:
        """Whether it is the outermost container of its run."""
        return self.parent_id is None


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run with what Phase 2 knows of it.

    Parameters
    ----------
    run : as Phase 1 granted it.
    root_id : the container that holds everything.
    item_count : of that container.
    package_version : newest one of the instrument; empty without its plugin.
    read_only : why nothing can be changed; empty if it can.
    """

    run: Run
    root_id: int
    item_count: int
    package_version: str
    read_only: str = ""


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """A template of a block.

    Parameters
    ----------
    template : its values.
    version : of them.
    signature : what it asks for; where the package cannot be read, what the stored
        values tell of it.
    """

    template: Template
    version: int
    signature: TemplateSignature


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block: as lists show it, and all of it.

    Parameters
    ----------
    item : as lists show it.
    block : all of it.
    absolute_version, sidereal_version, templates_version, ephemeris_version : what a
        change of these must name, as it must name ``item.version`` for the rest.
    latest_version : newest version of the instrument package; empty without its plugin.
    """

    item: Item
    block: ObservationBlock
    absolute_version: int
    sidereal_version: int
    templates_version: int
    ephemeris_version: int
    latest_version: str

    @property
    def can_migrate(self) -> bool:
        """Whether there is a newer version of the instrument package."""
        return self.latest_version not in {"", self.item.package_version}


@dataclass(frozen=True, slots=True)
class BlockTime:
    """How long a block takes.

    Parameters
    ----------
    item_id, name : of the block.
    exposure_s : seconds with an open shutter.
    total_s : seconds altogether; None if it is unknown.
    parts : what takes time, in order.
    unknown : why the total is unknown, in sentences.
    """

    item_id: int
    name: str
    exposure_s: float
    total_s: float | None
    parts: tuple[TimePart, ...]
    unknown: tuple[str, ...] = ()


class FileKind(StrEnum):
    """What a file of a block is."""

    CHART = "chart"
    EPHEMERIS = "ephemeris"
    PARAMETER = "parameter"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a block.

    Parameters
    ----------
    name : without folders; empty if there is none.
    media_type : e.g. ``image/jpeg``.
    size : bytes.
    sha256 : of the content, in hexadecimal digits.
    version : what a change must name.
    content : left out in lists.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    version: int
    content: bytes = b""


# ── Life-cycle ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Status:
    """What a status means.

    Parameters
    ----------
    code : one character.
    meaning : for people.
    source : where the meaning was read.
    editable : whether its author may change the item.
    deletable : whether its author may delete it.
    executed : whether the night has begun with it.
    """

    code: str
    meaning: str
    source: str
    editable: bool = False
    deletable: bool = False
    executed: bool = False


_CLIENT: Final = "p2api 1.2.1, docstrings"
_MEMORY: Final = "from memory"

STATUSES: Final[Mapping[str, Status]] = MappingProxyType(
    {
        status.code: status
        for status in (
            Status("P", "partially defined", _CLIENT, editable=True, deletable=True),
            Status("-", "to be corrected", _CLIENT, editable=True, deletable=True),
            Status("D", "defined: certified by its author", _CLIENT, deletable=True),
            Status("R", "under review by the observatory", _MEMORY),
            Status("+", "accepted: may be executed", _CLIENT),
            Status("S", "started", _CLIENT, executed=True),
            Status("X", "executed", _CLIENT, executed=True),
            Status("A", "aborted", _CLIENT, executed=True),
            Status("C", "completed", _MEMORY, executed=True),
            Status("M", "must be repeated", _MEMORY, executed=True),
            Status("K", "cancelled", _MEMORY, executed=True),
            Status("F", "failed", _MEMORY, executed=True),
            Status("T", "terminated", _MEMORY, executed=True),
        )
    }
)

NEW: Final = "P"
CERTIFIED: Final = frozenset("DR+SXACM")
"""At least certified by its author: what a certified container may hold."""


class Action(StrEnum):
    """What moves an item from one status to another."""

    CERTIFY = "certify"
    REVISE = "revise"
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from some statuses to another one.

    Parameters
    ----------
    action : what is done.
    mode : of the run.
    before : statuses in which it can be done.
    after : the status then.
    right : who may.
    containers : whether it is done to scheduling containers as well.
    """

    action: Action
    mode: Mode
    before: str
    after: str
    right: Right = Right.EDIT
    containers: bool = False


TRANSITIONS: Final = (
    Transition(Action.CERTIFY, Mode.SERVICE, "P-", "D", containers=True),
    Transition(Action.CERTIFY, Mode.VISITOR, "P-", "+"),
    Transition(Action.REVISE, Mode.SERVICE, "D", "P", containers=True),
    Transition(Action.REVISE, Mode.VISITOR, "P-DR+", "P"),
    Transition(Action.SUBMIT, Mode.SERVICE, "D", "R"),
    Transition(Action.ACCEPT, Mode.SERVICE, "R", "+", Right.REVIEW),
    Transition(Action.REJECT, Mode.SERVICE, "R", "-", Right.REVIEW),
)
"""Every way that there is before the night; a container stays certified while its blocks
are reviewed, and is to be corrected when one of them is."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What verification found of an item.

    Parameters
    ----------
    item_id : of the item.
    findings : of the block, or of the container and all in it.
    status : of the item now.
    """

    item_id: int
    findings: tuple[Finding, ...]
    status: str

    @property
    def observable(self) -> bool:
        """Whether nothing forbids to observe it."""
        return not any(one.severity in BLOCKING for one in self.findings)


BLOCKING: Final = frozenset({Severity.WAIVABLE, Severity.ERROR})
"""What forbids to observe a block."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What a newer package changes in a block.

    Parameters
    ----------
    block : as it is then.
    changes : what changes, in sentences.
    version : of the block's own fields now.
    """

    block: ObservationBlock
    changes: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class Submission:
    """What a run handed in.

    Parameters
    ----------
    submitted : the blocks that are now under review.
    """

    submitted: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """The observatory's leave to break a rule in a run.

    Parameters
    ----------
    run_id : of the run.
    code : of the finding that does not block any more.
    reason : why.
    granted_by : who gave it.
    granted_at : UTC.
    """

    run_id: int
    code: str
    reason: str
    granted_by: str
    granted_at: dt.datetime


# ── History ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """What a change did to one thing.

    Parameters
    ----------
    what : ``item``, ``template``, ``file``, ``readme`` or ``waiver``.
    id : of that thing.
    item_id : block or container that it belongs to; None of what belongs to the run.
    before, after : what changed; None if it was not there.
    """

    what: str
    id: int
    item_id: int | None
    before: Json | None
    after: Json | None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did, as one thing that can be told and undone.

    Parameters
    ----------
    id : of the change; a later one has a larger id.
    run_id : run in which it was done.
    at : when, UTC.
    user_id, user_name : who.
    summary : what, in a few words.
    undo_of : the change that it takes back; None of any other.
    entries : what it did.
    """

    id: int
    run_id: int
    at: dt.datetime
    user_id: int
    user_name: str
    summary: str
    undo_of: int | None
    entries: tuple[Entry, ...] = field(default=())


# ── Readme, library ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Readme:
    """What a run's author tells the observers.

    Parameters
    ----------
    run_id : of the run.
    content : text by section.
    version : what a change must name.
    locked : whether it was submitted and cannot be changed.
    missing : sections that must be filled in before the run is submitted.
    """

    run_id: int
    content: Mapping[str, str]
    version: int
    locked: bool
    missing: tuple[str, ...]


class LibraryKind(StrEnum):
    """What can be kept to build blocks from."""

    DESCRIPTION = "description"
    """Templates and comments."""
    TARGET = "target"
    CONSTRAINTS = "constraints"


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """Something that somebody keeps to build blocks from.

    Parameters
    ----------
    id : of the entry.
    kind : what it is.
    name : unique among its owner's of the kind.
    instrument, package_version : that it was written for; empty of a target.
    content : as the fields of a block.
    created_at, modified_at : UTC.
    """

    id: int
    kind: LibraryKind
    name: str
    instrument: str
    package_version: str
    content: Json
    created_at: dt.datetime
    modified_at: dt.datetime


# ── Many at once ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class BulkLine:
    """What a change of many blocks means for one of them.

    Parameters
    ----------
    item_id, name : of the block.
    before, after : of what changes; equal if nothing does.
    refusal : why it cannot be; empty if it can.
    """

    item_id: int
    name: str
    before: Json
    after: Json
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What a change of many blocks would do; with one refusal it does nothing.

    Parameters
    ----------
    lines : one for each block, in the order asked.
    """

    lines: tuple[BulkLine, ...]

    @property
    def refused(self) -> tuple[BulkLine, ...]:
        """The blocks that cannot be changed so."""
        return tuple(line for line in self.lines if line.refusal)

    @property
    def changed(self) -> tuple[BulkLine, ...]:
        """The blocks that would be another."""
        return tuple(line for line in self.lines if not line.refusal and line.before != line.after)
