"""What the room says of packages and of the values in a block."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dfs.foundation.errors import ErrorCode
from dfs.plugin import ConstraintValue, InstrumentPackage, ObservationBlock, TemplateValue


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value.

    Parameters
    ----------
    code : what kind of trouble.
    message : a sentence without the parameter's name.
    parameter : its name; empty where only a value was looked at.
    """

    code: ErrorCode
    message: str
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to be said of a place in the files of a package.

    Parameters
    ----------
    file : below the package's folder, e.g. ``templates/DEMO_img_obs.toml``.
    key : the entry, e.g. ``parameter[2].default``, or ``line 7``; may be empty.
    message : a sentence.
    """

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.file, self.key, self.message)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading the files of a package.

    Parameters
    ----------
    package : what could be read; not to be used if there is any fault.
    faults : everything that is wrong.
    remarks : what the files say and a package cannot hold; it can be used all the same.
    """

    package: InstrumentPackage
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...]


class ChangeKind(StrEnum):
    """What a migration does to a place in a block."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a block and its migrated self.

    Parameters
    ----------
    path : of what changes, e.g. ``templates[1].parameters.DET.WIN1.UIT1``; of a
        removed template or parameter in the old block, else in the new one.
    kind : what becomes of it.
    before, after : values; None of what is not there or not filled in.
    """

    path: str
    kind: ChangeKind
    before: TemplateValue | ConstraintValue = None
    after: TemplateValue | ConstraintValue = None

    def __str__(self) -> str:
        if self.kind is ChangeKind.ADDED:
            return f"{self.path}: added as {self.after!r}"
        if self.kind is ChangeKind.REMOVED:
            return f"{self.path}: removed, was {self.before!r}"
        return f"{self.path}: {self.before!r} → {self.after!r}"


@dataclass(frozen=True, slots=True)
class Migration:
    """A block, moved to another version of its package.

    Parameters
    ----------
    block : as it would be.
    changes : every difference to what it was.
    """

    block: ObservationBlock
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """What a template signature file says and a signature cannot hold.

    Parameters
    ----------
    line : of the file, counted from 1.
    message : a sentence.
    """

    line: int
    message: str
