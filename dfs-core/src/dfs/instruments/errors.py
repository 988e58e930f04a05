"""What can be wrong with instrument packages and with values of their parameters, as codes."""

from __future__ import annotations

from dfs.foundation.errors import ErrorKind, define

UNKNOWN_PACKAGE = define(
    "instruments.unknown-package",
    "There is no such version of the instrument's package.",
    "Run `dfs package list` to see which there are; migrate the block to the newest one.",
    ErrorKind.ABSENT,
)
UNKNOWN_TEMPLATE = define(
    "instruments.unknown-template",
    "The instrument's package has no such template.",
    "Run `dfs package show INSTRUMENT` to see which there are.",
    ErrorKind.ABSENT,
)
BAD_PACKAGE = define(
    "instruments.bad-package",
    "The files of an instrument package contradict themselves or their format.",
    "Run `dfs package check` for all of its faults; report them to the plugin's authors.",
)
TSF_SYNTAX = define(
    "instruments.tsf-syntax",
    "A template signature file cannot be read.",
    "Correct the line that is named; the syntax is described in docs/plugins/packages.md.",
)
WRONG_TYPE = define(
    "parameter.type",
    "The value is not of the type that the package asks for.",
    "Give a value of that type.",
)
OUT_OF_RANGE = define(
    "parameter.range",
    "The number is outside the allowed range.",
    "Choose a number inside the range that is named.",
)
NOT_A_CHOICE = define(
    "parameter.choice",
    "The word is none of the allowed ones.",
    "Choose one of the words that are named.",
)
WRONG_LENGTH = define(
    "parameter.length",
    "The list is too short or too long.",
    "Give as many elements as the package asks for.",
)
FIXED = define(
    "parameter.fixed",
    "The parameter has one value, which cannot be changed.",
    "Leave it as it is.",
)
UNKNOWN_PARAMETER = define(
    "parameter.unknown",
    "The template has no such parameter, or the package no such constraint.",
    "Take it out, or migrate the block to the version of the package that has it.",
)
MISSING = define(
    "parameter.missing",
    "A parameter without a default is not filled in.",
    "Give it a value.",
)
