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
