"""The catalogue: every rule of the core with its number, code, severity and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dfs.plugin import Finding, Severity

_CLIENT: Final = "p2api 1.2.1, docstrings"
_POLICY: Final = "ESO Phase 2 pages"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold.

    Parameters
    ----------
    number : in the field's catalogue.
    code : of its findings; stable.
    severity : of its findings.
    meaning : what must hold, in a sentence.
    source : where the rule was read.
    """

    number: int
    code: str
    severity: Severity
    meaning: str
    source: str

    def finding(self, message: str, path: str = "") -> Finding:
        """Make a finding of the rule."""
        return Finding(code=self.code, severity=self.severity, path=path, message=message)


_ERROR, _WAIVABLE = Severity.ERROR, Severity.WAIVABLE
_WARNING, _INFO = Severity.WARNING, Severity.INFO

ACQUISITION = Rule(
    1, "ob.acquisition", _ERROR,
    "There is one acquisition template, and it is the first.", _CLIENT,
)  # fmt: skip
NO_TEMPLATE = Rule(
    2, "ob.no-template", _ERROR,
    "There is at least one template that exposes.", _CLIENT,
)  # fmt: skip
MISSING = Rule(
    2, "ob.missing-value", _ERROR,
    "Every parameter has a value.", _CLIENT,
)  # fmt: skip
VALUE = Rule(
    3, "ob.value", _ERROR,
    "Every value is of its parameter's type and among what is allowed.", "VLT-ICD-ESO-17240-19200",
)  # fmt: skip
CONSTRAINT = Rule(
    3, "ob.constraint", _ERROR,
    "Every constraint of the instrument is set to what it allows.", _CLIENT,
)  # fmt: skip
PACKAGE = Rule(
    4, "ob.package-version", _ERROR,
    "The block is written for the newest instrument package.", _CLIENT,
)  # fmt: skip
TARGET = Rule(
    5, "ob.target", _ERROR,
    "An Observation Block has a named target; a calibration block has none.", _CLIENT,
)  # fmt: skip
TARGET_NAME = Rule(
    5, "ob.target-name", _ERROR,
    "A target's name has letters, digits, spaces and .+-_ only.", _POLICY,
)  # fmt: skip
CALIBRATION = Rule(
    5, "ob.calibration-block", _ERROR,
    "A calibration block has no time intervals and no ephemeris.", _CLIENT,
)  # fmt: skip
LONG = Rule(
    6, "ob.long", _WAIVABLE,
    "A block in service mode takes at most one hour.", _POLICY,
)  # fmt: skip
LONG_CONCATENATION = Rule(
    7, "container.long", _WAIVABLE,
    "A concatenation takes at most one hour.", _POLICY,
)  # fmt: skip
MODES = Rule(
    8, "ob.multi-mode", _WAIVABLE,
    "All templates of a block use one mode of the instrument.", _POLICY,
)  # fmt: skip
ALLOCATION = Rule(
    9, "run.over-allocation", _ERROR,
    "All blocks together take no more than the time that was granted.", _POLICY,
)  # fmt: skip
TIGHTER = Rule(
    10, "ob.tighter-than-granted", _ERROR,
    "Phase 2 relaxes the constraints that Phase 1 granted, or keeps them.", _POLICY,
)  # fmt: skip
UNAPPROVED = Rule(
    11, "ob.unapproved-target", _WAIVABLE,
    "The target is one that Phase 1 approved.", _CLIENT,
)  # fmt: skip
INTERVALS = Rule(
    12, "ob.intervals", _ERROR,
    "Time intervals begin before they end, and do not overlap or touch.", _CLIENT,
)  # fmt: skip
EPHEMERIS = Rule(
    13, "ob.ephemeris", _ERROR,
    "An ephemeris covers the time intervals, and goes without differential rates.",
    "CRIRES User Manual; our reading",
)  # fmt: skip
CHARTS = Rule(
    14, "ob.no-chart", _WARNING,
    "A block in service mode has a finding chart.", "CRIRES User Manual",
)  # fmt: skip
README = Rule(
    15, "run.readme", _ERROR,
    "The README is complete before the run is submitted.", _POLICY,
)  # fmt: skip
NESTING = Rule(
    16, "container.nesting", _ERROR,
    "Groups and time links hold blocks and concatenations, a concatenation holds blocks; none "
    "of them exists in visitor mode.", _CLIENT,
)  # fmt: skip
MEMBERS = Rule(
    16, "container.member-status", _ERROR,
    "What a certified container holds is certified.", _CLIENT,
)  # fmt: skip
EMPTY = Rule(
    16, "container.empty", _ERROR,
    "A group, time link or concatenation holds something.", _CLIENT,
)  # fmt: skip
WINDOWS = Rule(
    17, "container.windows", _ERROR,
    "In a time link the first member has no relative window, each other one a latest that is "
    "not before its earliest.", "P2PP 3 (2011)",
)  # fmt: skip
CONTRIBUTIONS = Rule(
    17, "container.contributions", _WARNING,
    "Members of a group contribute to it.", "P2PP 3 (2011)",
)  # fmt: skip
NEVER = Rule(
    20, "ob.not-observable", _ERROR,
    "In some future window the target can be observed within its constraints.",
    "LCO observation portal",
)  # fmt: skip
PAST = Rule(
    20, "ob.windows-passed", _ERROR,
    "Not all windows have passed.", "LCO observation portal",
)  # fmt: skip
OTHER_PLACE = Rule(
    21, "ob.target-elsewhere", _WARNING,
    "In a programme a name stands for one place.", "Gemini p2checker",
)  # fmt: skip
OTHER_NAME = Rule(
    21, "ob.target-renamed", _INFO,
    "In a programme a place has one name.", "Gemini p2checker",
)  # fmt: skip
PROPER_MOTION = Rule(
    21, "ob.proper-motion", _WARNING,
    "A proper motion is no larger than that of any known star.", "Gemini p2checker",
)  # fmt: skip
OUT_OF_REACH = Rule(
    22, "ob.out-of-reach", _ERROR,
    "The telescope can point at the target.", "Gemini lucuma-odb",
)  # fmt: skip
NOT_MOUNTED = Rule(
    22, "run.not-mounted", _WARNING,
    "The instrument is mounted at the telescope in the period.", "Gemini lucuma-odb",
)  # fmt: skip
TIME_UNKNOWN = Rule(
    9, "ob.time-unknown", _ERROR,
    "The execution time can be computed.", "ours: what is unknown cannot be charged",
)  # fmt: skip
VERIFIER = Rule(
    0, "ob.verifier-failed", _ERROR,
    "The instrument's verifier gives an answer.", "ours: what nobody could verify is not verified",
)  # fmt: skip

RULES: Final = tuple(
    sorted(
        (rule for rule in list(globals().values()) if isinstance(rule, Rule)),
        key=lambda rule: (rule.number, rule.code),
    )
)
"""All of them, by number. Rule 18 (who may edit and delete in which status) and the parts
of others that would lose data are refused when they are tried, not found later; rule 19
(guide stars, position angles) belongs to the instruments."""
