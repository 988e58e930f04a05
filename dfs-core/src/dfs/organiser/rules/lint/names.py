"""Checks on the spelling of keywords and strings."""

from __future__ import annotations

import difflib
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from dfs.organiser.rules import analysis
from dfs.organiser.rules.explain import glued_word
from dfs.organiser.rules.lint.model import Check, Context, LintWarning
from dfs.organiser.rules.syntax import Comparison, Constant, Expression, Keyword, Match, walk

__all__ = ["CHECKS"]

STANDARD_KEYWORDS = frozenset(
    """
    AIRMASS ARCFILE BITPIX BSCALE BUNIT BZERO CHECKSUM DATASUM DATAMD5 DATE DATE-OBS DEC EQUINOX
    EXPTIME EXTEND EXTNAME EXTVER FILTER INHERIT INSTRUME LST MJD-END MJD-OBS NAXIS OBJECT OBSERVER
    OBSTECH ORIGFILE ORIGIN PI-COI PIPEFILE RA RADECSYS RADESYS SIMPLE TELESCOP UTC XTENSION
    """.split()  # noqa: SIM905 - a list a person can read
)
"""Keywords of the FITS standard and of all observatories."""

_WORLD_COORDINATES = re.compile(r"(NAXIS|CRPIX|CRVAL|CDELT|CTYPE|CUNIT|CROTA)\d+|(CD|PC)\d_\d")

HOUSE_CATEGORIES = frozenset(
    """
    ADA COU DEL DET DO DPR DRS GEN INS ISS LF OBS OCS PRO QC RAW REFLEX SEQ SIG TEL TPL
    """.split()  # noqa: SIM905 - a list a person can read
)
"""Categories that exist beside those which a given dictionary happens to define."""

LAST_FILE = "LF."
"""Prefix of a pseudo keyword: the value of the last file of a template."""


def unknown_keywords(context: Context) -> Iterator[LintWarning]:
    """Keywords that are read, never assigned, and in no dictionary; at their first use."""
    if context.dictionary is None:
        return
    assigned = {assignment.keyword for assignment in analysis.assignments(context.rules)}
    first_uses = {keyword.name: keyword for keyword in reversed(list(_keywords(context)))}
    for keyword in first_uses.values():
        name = keyword.name.removeprefix(LAST_FILE)
        category = name.split(".")[0] if "." in name else ""
        if (
            name in assigned
            or name in STANDARD_KEYWORDS
            or _WORLD_COORDINATES.fullmatch(name)
            or context.dictionary.find(name) is not None
            or (category in HOUSE_CATEGORIES and category not in context.dictionary.categories)
        ):
            continue
        near = difflib.get_close_matches(name, context.dictionary.entries, 1, 0.85)
        hint = f"; is {near[0]} meant?" if near else ""
        yield LintWarning(
            keyword.position, "unknown-keyword", f"no dictionary defines {name}{hint}"
        )


def glued_tokens(context: Context) -> Iterator[LintWarning]:
    """Keywords that swallowed a word, or a minus and a second keyword."""
    for keyword in _keywords(context):
        word = glued_word(keyword.name)
        if word:
            message = f"{keyword.name} runs into the word '{word}': a blank is missing"
            yield LintWarning(keyword.position, "glued-token", message)
        elif keyword.name.count("-") > 1:
            message = f"{keyword.name} is one keyword; put blanks around a minus"
            yield LintWarning(keyword.position, "glued-token", message)


def doubled_prefixes(context: Context) -> Iterator[LintWarning]:
    """``DET.DET.WIN1.NY``."""
    for keyword in _keywords(context):
        parts = keyword.name.split(".")
        twice = next((a for a, b in itertools.pairwise(parts) if a == b), None)
        if twice:
            message = f"{keyword.name} has {twice} twice in a row"
            yield LintWarning(keyword.position, "doubled-prefix", message)


def missing_prefixes(context: Context) -> Iterator[LintWarning]:
    """``WIN1.BINX`` beside ``DET.WIN1.BINX``."""
    counts = Counter(keyword.name for keyword in _keywords(context))
    assigned = {assignment.keyword for assignment in analysis.assignments(context.rules)}
    longer = defaultdict(set)
    for name in counts.keys() | assigned:
        parts = name.split(".")
        for start in range(1, len(parts) - 1):
            if not name.startswith(LAST_FILE):
                longer[".".join(parts[start:])].add(name)
    for keyword in _keywords(context):
        name = keyword.name
        known = name in assigned or (context.dictionary and context.dictionary.find(name))
        others = [other for other in longer[name] if counts[other] > counts[name]]
        if others and not known:
            message = f"{name} looks like the end of {min(others)}"
            yield LintWarning(keyword.position, "missing-prefix", message)


def case_traps(context: Context) -> Iterator[LintWarning]:
    """Names and strings that differ from others in capitals only."""
    keywords = list(_keywords(context))
    for keyword in keywords:
        if keyword.name.lower().startswith("inputfile."):
            message = f"{keyword.name} is a keyword; the prefix is spelled inputFile"
            yield LintWarning(keyword.position, "case-trap", message)
    counts = Counter(keyword.name for keyword in keywords)
    for keyword in keywords:
        usual = _usual(keyword.name, counts)
        if usual:
            message = f"{keyword.name} and {usual} are two keywords"
            yield LintWarning(keyword.position, "case-trap", message)
    yield from _strings_by_case(context)


def _usual(name: str, counts: Counter[str]) -> str:
    """More frequent spelling with other capitals; empty if there is none."""
    others = [
        other
        for other in counts
        if other != name and other.lower() == name.lower() and counts[other] >= counts[name]
    ]
    # Of two equally frequent spellings one is reported, not both.
    others = [other for other in others if counts[other] > counts[name] or other < name]
    return max(others, key=lambda other: (counts[other], other), default="")


def _strings_by_case(context: Context) -> Iterator[LintWarning]:
    by_keyword: dict[str, Counter[str]] = defaultdict(Counter)
    conditions = [list(_strings(condition)) for condition in analysis.expressions(context.rules)]
    for strings in conditions:
        for name, text, _ in strings:
            by_keyword[name][text] += 1
    for strings in conditions:
        for name, text, node in strings:
            usual = _usual(text, by_keyword[name])
            # Both spellings in one condition are there on purpose.
            if usual and all((name, usual) != (other, known) for other, known, _ in strings):
                message = f'"{text}" and "{usual}" are two values of {name}'
                yield LintWarning(node.position, "case-trap", message)


def _strings(condition: Expression) -> Iterator[tuple[str, str, Expression]]:
    for node in walk(condition):
        match node:
            case Comparison(_, Keyword(name), Constant(str() as text)):
                yield name, text, node
            case Match("like", Keyword(name), text):
                yield name, text, node


def _keywords(context: Context) -> Iterator[Keyword]:
    return analysis.keywords(*analysis.expressions(context.rules))


CHECKS: tuple[Check, ...] = (
    unknown_keywords,
    glued_tokens,
    doubled_prefixes,
    missing_prefixes,
    case_traps,
)
