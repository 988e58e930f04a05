"""What can be wrong while observations are prepared."""

from __future__ import annotations

from dfs.foundation.errors import ErrorKind, define

ABSENT = define(
    "preparation.absent",
    "There is no such block, container, template or file, or it is not yours.",
    "`dfs ob list` shows what a run holds; somebody may have deleted it meanwhile.",
    ErrorKind.ABSENT,
)
VERSION_MISSING = define(
    "preparation.version-missing",
    "The change does not say which version it was made for.",
    "Read the thing first, and name the version that came with it (header If-Match).",
    ErrorKind.PRECONDITION,
)
STALE = define(
    "preparation.stale",
    "Somebody changed it since it was read.",
    "Read it again, look at what changed, and make the change anew.",
    ErrorKind.STALE,
)
READ_ONLY = define(
    "preparation.read-only",
    "The run can only be looked at: nothing serves its instrument here.",
    "Install the instrument's plugin, or repair it: `dfs plugin list` says what it lacks.",
    ErrorKind.CONFLICT,
)
BAD_VALUE = define(
    "preparation.value",
    "A value cannot be taken.",
    "Correct the field that the message names; nothing was changed.",
)
UNKNOWN_TEMPLATE = define(
    "preparation.unknown-template",
    "The instrument package has no template of this name.",
    "Choose one of the instrument's templates; a newer package may have renamed it.",
    ErrorKind.ABSENT,
)
UNKNOWN_PARAMETER = define(
    "preparation.unknown-parameter",
    "The template or the instrument has no parameter or constraint of this name.",
    "Compare the name with the template's signature; nothing was changed.",
)
ACQUISITION = define(
    "preparation.acquisition",
    "A block has at most one acquisition template, and it is the first.",
    "Delete the other acquisition template, or leave it in the first place.",
    ErrorKind.CONFLICT,
)
STATUS = define(
    "preparation.status",
    "The status does not allow this.",
    "Revise a certified block or container to change it; what is under review or was "
    "executed stays as it is.",
    ErrorKind.CONFLICT,
)
NESTING = define(
    "preparation.nesting",
    "The container cannot hold this.",
    "Folders hold anything; groups, time links and concatenations exist in service mode and "
    "hold blocks, groups and time links also concatenations.",
    ErrorKind.CONFLICT,
)
CERTIFIED_CONTAINER = define(
    "preparation.certified-container",
    "The container around is certified, so that nothing in it can change.",
    "Revise the container first.",
    ErrorKind.CONFLICT,
)
ROOT = define(
    "preparation.root",
    "The outermost container of a run stays where and what it is.",
    "Choose an item inside it.",
    ErrorKind.CONFLICT,
)
NOT_EMPTY = define(
    "preparation.not-empty",
    "Only an empty container can be deleted.",
    "Move or delete what it holds first.",
    ErrorKind.CONFLICT,
)
OTHER_RUN = define(
    "preparation.other-run",
    "The destination belongs to another run.",
    "Items move within their run; a copy may go to another run of the same instrument.",
    ErrorKind.CONFLICT,
)
CALIBRATION_BLOCK = define(
    "preparation.calibration-block",
    "A calibration block has no target, no time intervals and no ephemeris.",
    "Make an Observation Block, or leave these out.",
    ErrorKind.CONFLICT,
)
INTERVALS = define(
    "preparation.intervals",
    "The time intervals contradict each other or themselves.",
    "Each begins before it ends, and no two overlap; sidereal ones do not touch, 24:00 only "
    "ends and 00:00 only begins one.",
)
FILE_NAME = define(
    "preparation.file-name",
    "The name of the file cannot be taken.",
    "Use a plain name of at most 128 printable characters without slashes.",
)
CHART = define(
    "preparation.chart",
    "The finding chart is not a JPEG image that can be shown.",
    "Save the image as JPEG of at most 25 million pixels and upload it again.",
)
FILE_SIZE = define(
    "preparation.file-size",
    "The file is too large.",
    "A file of a block has at most 1 MiB (1 048 576 bytes).",
    ErrorKind.TOO_LARGE,
)
CHART_COUNT = define(
    "preparation.chart-count",
    "A block has at most five finding charts.",
    "Delete one first.",
    ErrorKind.CONFLICT,
)
EPHEMERIS = define(
    "preparation.ephemeris",
    "The ephemeris cannot be taken.",
    "It is a parameter file (PAF) with at least two lines INS.EPHEM.RECORD, in order of time.",
)
NO_PILLOW = define(
    "preparation.no-pillow",
    "Images cannot be looked at here.",
    "Install dfs-core[web].",
    ErrorKind.UNAVAILABLE,
)
UNDO = define(
    "preparation.undo",
    "The change cannot be taken back.",
    "Undo what was done later first; a status goes back by `revise` only.",
    ErrorKind.CONFLICT,
)
README = define(
    "preparation.readme",
    "The README was submitted with its run and cannot be changed.",
    "Wait for the review: it is opened again if a block is rejected.",
    ErrorKind.CONFLICT,
)
NOTHING_TO_SUBMIT = define(
    "preparation.nothing-to-submit",
    "There is nothing to submit.",
    "Verify and certify at least one block of the run first; visitor runs are not submitted.",
    ErrorKind.CONFLICT,
)
NOT_SUBMITTABLE = define(
    "preparation.not-submittable",
    "The run as a whole breaks a rule, so it cannot be submitted.",
    "Do what the message says, or ask the observatory for a waiver where one can be granted.",
    ErrorKind.CONFLICT,
)
OTHER_INSTRUMENT = define(
    "preparation.other-instrument",
    "It was written for another instrument.",
    "Choose a run of the same instrument.",
    ErrorKind.CONFLICT,
)
BULK = define(
    "preparation.bulk",
    "Some of the blocks refuse the change, so none was changed.",
    "Take those out of the selection that the preview names, or change the value.",
    ErrorKind.CONFLICT,
)

FILE = define(
    "preparation.file",
    "The file cannot be read.",
    "Check its path and that you may read it.",
)
CATALOGUE = define(
    "preparation.catalogue",
    "The catalogue of stars cannot be read.",
    "It is a table, CSV or VOTable, with the columns ra and dec in degrees and mag.",
)
IMAGE = define(
    "preparation.image",
    "The image of the sky cannot be read.",
    "It is a FITS file with an image that has celestial coordinates (WCS).",
)
NO_CHART = define(
    "preparation.no-chart",
    "No finding chart can be drawn.",
    "Give the block a target; the instrument's package must say its field of view.",
)
NOT_TOO = define(
    "preparation.not-too",
    "The run has no targets of opportunity.",
    "Only a run that was granted triggers can be triggered; ask the observatory.",
    ErrorKind.FORBIDDEN,
)
TRIGGERS_USED = define(
    "preparation.triggers-used",
    "The run has used all its triggers.",
    "Ask the observatory for more.",
    ErrorKind.CONFLICT,
)
NO_NIGHT = define(
    "preparation.no-night",
    "Nothing is executed here yet.",
    "Prepare the blocks; sequences of visitors come with the execution of the night.",
    ErrorKind.CONFLICT,
)
UNKNOWN_ACTION = define(
    "preparation.unknown-action",
    "There is no such action.",
    "Use the buttons of the page.",
    ErrorKind.ABSENT,
)
NO_SKY = define(
    "preparation.no-sky",
    "Nobody can tell when the block can be observed.",
    "Give it a target; the observatory's description must name the run's telescope.",
    ErrorKind.CONFLICT,
)
