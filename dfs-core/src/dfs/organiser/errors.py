"""Codes of the organiser's errors."""

from __future__ import annotations

from dfs.foundation.errors import define

RULES_SYNTAX = define(
    "rules.syntax",
    "A rule file does not follow the grammar of the rule language.",
    "Correct the marked place; the rule language reference has the grammar.",
)
RULES_PATTERN = define(
    "rules.pattern",
    "A regular expression of a rule file is not valid.",
    "Correct the regular expression after 'regexp'.",
)
RULES_DIRECTIVE = define(
    "rules.directive",
    "A preprocessor line of a rule file is not understood or not closed.",
    "Use #include, #define, #undef, #ifdef, #ifndef, #else and #endif.",
)
RULES_INCLUDE = define(
    "rules.include",
    "A file that a rule file includes can't be had.",
    "Put the file beside the one that includes it, or correct the name or the circle.",
)
RULES_UNREADABLE = define(
    "rules.unreadable",
    "A rule file or dictionary can't be read.",
    "Check that the file exists and that you may read it.",
)
RULES_NOT_TEXT = define(
    "rules.not-text",
    "A rule file or dictionary is not text.",
    "Give a plain text file, in UTF-8 or Latin-1.",
)
RULES_DICTIONARY = define(
    "rules.dictionary",
    "A file is not a data-interface dictionary.",
    "Give a file with 'Parameter Name:' records.",
)
RULES_FORMAT = define(
    "rules.format",
    "A rule file with preprocessor lines can't be rewritten in place.",
    "Print the expanded text without --write and save it under another name.",
)
SCAN_UNREADABLE = define(
    "scan.unreadable",
    "A folder or file can't be looked at.",
    "Check that it exists, that you may read it, and that no link leads in a circle.",
)
SCAN_NAME = define(
    "scan.name",
    "A file's name is not valid text, so no table or message could hold it.",
    "Rename the file.",
)
SCAN_INDEX = define(
    "scan.index",
    "The index of headers can't be read or written.",
    "Free some space, or let the setting organiser.index name another file.",
)
NO_INSTRUMENT = define(
    "organise.no-instrument",
    "No ready instrument plugin serves this frame.",
    "Install the instrument's plugin, or leave the file out; see `dfs plugin list`.",
)
UNCLASSIFIED = define(
    "organise.unclassified",
    "No rule says what this frame is.",
    "Complete its header, or add a classification rule to the instrument's plugin.",
)
DUPLICATE = define(
    "organise.duplicate-identity",
    "Two files carry the name of one frame, so one of them is left out.",
    "Remove one of the two files.",
)
NO_TIME = define(
    "organise.no-time",
    "A frame does not say when it was taken, so nothing near in time can be chosen for it.",
    "Complete its header.",
)
NO_ACTION = define(
    "organise.no-action",
    "A rule groups frames for an action that the rules do not define.",
    "Define the action or correct its name; `dfs rules check` finds such names.",
)
SEVERAL_RECIPES = define(
    "organise.several-recipes",
    "An action names several recipes; its blocks run the first.",
    "Write an action a recipe.",
)
CYCLE = define(
    "organise.cycle",
    "Blocks need each other's products.",
    "Correct the conditions of the named actions; meanwhile they take existing files only.",
)
UNKNOWN_BLOCK = define(
    "organise.unknown-block",
    "There is no block of that name.",
    "Name a block that `dfs organise` lists, or the beginning of its name.",
)
UNKNOWN_TARGET = define(
    "organise.unknown-target",
    "There is no target, action or category of products of that name.",
    "Choose one that the message lists; `dfs plugin show ID` lists an instrument's targets.",
)
NOTHING = define(
    "organise.nothing",
    "There is no frame to organise.",
    "Name a folder with FITS files, or install the plugin of the instrument that made them.",
)
BREAKPOINTS = define(
    "organise.breakpoints",
    "The file of instrument interventions can't be used.",
    "Write it in TOML, a [[breakpoint]] with instrument, time and reason for each intervention.",
)
