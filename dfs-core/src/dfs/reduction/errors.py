"""What can go wrong when blocks are reduced, as codes."""

from __future__ import annotations

from dfs.foundation.errors import define

# ── How a recipe ended ──────────────────────────────────────────────────────

BAD_CONFIGURATION = define(
    "recipe.bad-configuration",
    "The recipe's parameters or inputs contradict each other or its declaration.",
    "Correct the parameters, the rules or the plugin; running again is useless.",
)
UNPROCESSABLE = define(
    "recipe.unprocessable",
    "The frames cannot be reduced.",
    "Look at the frames; the block's log says what the recipe found.",
)
RETRYABLE = define(
    "recipe.retryable",
    "A passing trouble outlasted several attempts.",
    "Run the reduction again later.",
)
FAILED = define(
    "recipe.failed",
    "The recipe ended with an error that it did not expect.",
    "The block's log holds the traceback; report it to the plugin's authors.",
)
NO_PRODUCT = define(
    "recipe.no-product",
    "The recipe ended without writing a product.",
    "Report it to the plugin's authors with the block's log.",
)
OUT_OF_MEMORY = define(
    "recipe.memory",
    "The recipe wanted more memory than it declares.",
    "Report it to the plugin's authors, who may raise the recipe's memory_mb.",
)
TIMED_OUT = define(
    "recipe.timeout",
    "The recipe ran longer than it declares and was ended.",
    "Look for what it waits for in the block's log; its authors may raise time_limit_s.",
)
CRASHED = define(
    "recipe.crashed",
    "The process in which the recipe ran has died.",
    "The block's log holds what it said last; if it was killed, look for memory that ran out.",
)

KILLED_FOR_MEMORY = define(
    "recipe.killed-for-memory",
    "The system has killed the recipe's process because the machine's memory ran out.",
    "Run fewer blocks at a time (--jobs or reduction.memory_mb), or use a larger machine.",
)

# ── Why a block cannot run ──────────────────────────────────────────────────

MISSING_CALIBRATION = define(
    "reduce.missing-calibration",
    "A calibration that the rules ask for was not found.",
    "Add it to the folder; `dfs organise DIR --explain BLOCK` says why no other file will do.",
)
UNKNOWN_RECIPE = define(
    "reduce.unknown-recipe",
    "The rules name a recipe that the plugin does not have.",
    "Update the plugin, or its rules; `dfs recipe list` shows what there is.",
)
NO_RUNNER = define(
    "reduce.no-runner",
    "The recipe cannot be run in the way that was asked for.",
    "`dfs recipe show ID.NAME` says whether it is native, a CPL recipe, or both; choose "
    "with --runner.",
)
MISSING_PRODUCT = define(
    "reduce.missing-product",
    "A block needs a product that the block before it did not make.",
    "Compare the rules' products with what the recipe wrote.",
)
BLOCKED = define(
    "reduce.blocked",
    "A block that this one depends on has no products.",
    "Put the named block right; this one follows by itself.",
)
MEMORY = define(
    "reduce.memory",
    "The recipe declares more memory than this machine has.",
    "Use a larger machine.",
)
CANCELLED = define(
    "reduce.cancelled",
    "The reduction was ended before this block was done.",
    "Run it again; nothing half-written was left behind.",
)

# ── Why nothing can run ─────────────────────────────────────────────────────

CYCLE = define(
    "reduce.cycle",
    "Blocks wait for each other in a circle.",
    "Correct the rules: `dfs rules check` names the actions that depend on each other.",
)
UNKNOWN_BLOCK = define(
    "reduce.unknown-block",
    "A block depends on one that does not exist, or two blocks have one id.",
    "Organise the folder again.",
)
NOTHING = define(
    "reduce.nothing",
    "There is nothing to reduce.",
    "Check the folder; `dfs classify` says what its files are, `dfs plugin list` which "
    "instruments are served.",
)
WORKSPACE_BUSY = define(
    "reduce.workspace-busy",
    "Another command is using the workspace, so nothing can be removed from it.",
    "Wait until it ends.",
)
WORKSPACE_INSIDE = define(
    "usage.workspace-inside-input",
    "The workspace lies in the folder of raw frames, which is never written to.",
    "Name a folder outside with --out.",
)
NOT_RECORDED = define(
    "reduce.not-recorded",
    "The workspace's database could not be written; the products themselves are whole.",
    "Free some space on the disk, or make the folder writable, and run the reduction again.",
)

# ── Earlier results ─────────────────────────────────────────────────────────

PROVENANCE_DAMAGED = define(
    "provenance.damaged",
    "The record of how products were made cannot be read.",
    "Nothing need be done: the block is run again, and the damaged result is set aside.",
)
RESULT_DAMAGED = define(
    "reduce.result-damaged",
    "An earlier result is not what its record says.",
    "Nothing need be done: it was set aside in the workspace's folder damaged/, and the block "
    "is run again.",
)
PARKED = define(
    "reduce.parked",
    "The recipe has crashed or hung on these very inputs before, and is not tried again.",
    "Look at the block's log; once the cause is gone, `dfs reduce DIR --force` tries again.",
)
NO_WORKSPACE = define(
    "reduce.no-workspace",
    "The folder is no workspace: it holds neither a database nor results.",
    "Name the folder that 'dfs reduce' wrote to, or reduce something first.",
)

ENGINE_UNKNOWN = define(
    "engine.unknown",
    "No installed package brings an engine of this name.",
    "Choose one of those that are there, or install the package that brings it.",
)
ENGINE_BROKEN = define(
    "engine.broken",
    "The engine is installed but cannot be used.",
    "Choose another one, say --engine local; report it to the authors of its package.",
)

SIZE_SYNTAX = define(
    "usage.size",
    "A size on the command line cannot be read.",
    "Write a number with a unit, e.g. 20GB or 500MB.",
)

# ── Single recipes ──────────────────────────────────────────────────────────

SOF_SYNTAX = define(
    "sof.syntax",
    "A line of the set of frames cannot be used.",
    "Write `path TAG`, one frame a line; `#` begins a comment.",
)
SOF_MISSING_FILE = define(
    "sof.missing-file",
    "A file that the set of frames names does not exist.",
    "Correct the path; a relative one is meant from where the set of frames lies.",
)
SOF_TAG = define(
    "sof.tag",
    "The recipe does not take frames of this class.",
    "`dfs recipe show ID.NAME` lists the classes that it takes.",
)
SOF_COUNT = define(
    "sof.count",
    "There are too few or too many frames of a class.",
    "`dfs recipe show ID.NAME` says how many the recipe takes.",
)
NO_SUCH_RECIPE = define(
    "recipe.unknown",
    "There is no recipe of this name.",
    "`dfs recipe list` shows what there is; a recipe is named INSTRUMENT.NAME.",
)
PARAMETER = define(
    "recipe.parameter",
    "A parameter is unknown to the recipe, or its value is not allowed.",
    "`dfs recipe show ID.NAME` lists the parameters with their ranges.",
)
PARAMETER_SYNTAX = define(
    "usage.parameter",
    "A parameter on the command line is not of the form KEY=VALUE.",
    "Write --param KEY=VALUE, with quotes where the value holds spaces.",
)
