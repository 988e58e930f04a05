"""Which frames a CPL recipe takes and makes, as far as texts and rules tell. Pure.

The library has no place where a recipe lists them. Authors write them into the manual,
each in a way of their own, so what is read there is a beginning, not a truth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final


class _Side(Enum):
    INPUT = auto()
    OUTPUT = auto()


@dataclass(frozen=True, slots=True)
class CplTag:
    """A class of frames.

    Parameters
    ----------
    name : the tag or category.
    help : what is said of it, empty if nothing.
    is_optional : whether it is said that the recipe runs without.
    """

    name: str
    help: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class CplTags:
    """Classes of frames, each once.

    Parameters
    ----------
    inputs : what the recipe takes.
    products : what it makes.
    is_guess : whether they were picked from prose.
    """

    inputs: tuple[CplTag, ...] = ()
    products: tuple[CplTag, ...] = ()
    is_guess: bool = False


_NAME: Final = r"(?:[A-Z]|\([A-Z|]+\)[A-Z])[A-Z0-9]*(?:_[A-Za-z0-9]+|_?\([A-Z|]+\)[A-Z]*)*"
_ROW: Final = re.compile(
    rf" *(?:- +|or +)?'?({_NAME})'?(?:  +|\t+|$| +(?=Optional|FITS|Raw|Calib))(.*)"
)
_KEYED: Final = re.compile(rf"\b(PRO\.CATG|[Tt]ag|TAG) *= *({_NAME})")
_IN_PROSE: Final = re.compile(rf"(?<!\w)({_NAME})")
_TABLE: Final = re.compile(r"^ *(?:DO category:|Tag +Description)")
_HEADING: Final = re.compile(
    r"^ *-?(?:(?P<input>input|expected input|the program accepts)"
    r"|(?P<output>output|products?\b))[^.]*: *$",
    re.IGNORECASE,
)
_SPEAKS_OF_INPUT: Final = re.compile(
    r"\b(?:inputs?|provided?|accepts?|identified by|must be|required?|using)\b", re.IGNORECASE
)
_SPEAKS_OF_OUTPUT: Final = re.compile(
    r"\b(?:outputs?|products?|produces?|creates?)\b", re.IGNORECASE
)
_OPTIONAL: Final = re.compile(r"\boptional(?:ly)?\b|\s\.\s*$|\b0\+", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.:])\s+|\n\s*\n")
_PLACEHOLDER: Final = re.compile(r"\b(x{2,})\b *(?:=|is) *((?:'?[A-Z]+'?(?:, *| or | and |\s)*)+)")
_ALTERNATIVES: Final = re.compile(r"\(([A-Z|]+)\)")
_IS_RAW: Final = re.compile(r'(?:DO\.CATG|RAW\.TYPE) *== *"([^"]+)"')


def tags_in_text(description: str) -> CplTags:
    """Read a recipe's manual: tables and lists under headings, else its prose.

    Parameters
    ----------
    description : lines of text.
    """
    listed = [*_from_tables(description), *_from_keys(description)]
    found = listed or list(_from_prose(description))
    places = _placeholders(description)
    expanded = [
        (side, CplTag(name, tag.help, tag.is_optional))
        for side, tag in found
        for name in _expanded(tag.name, places)
    ]
    return replace(_tags(expanded), is_guess=not listed)


def tags_in_rules(rules: Mapping[str, Any], recipe: str) -> CplTags:
    """Look up which frames the actions of a set of rules give to a recipe.

    Parameters
    ----------
    rules : as :func:`dfs.organiser.rules.summary.summary` tells them.
    recipe : its name.
    """
    found: list[tuple[_Side, CplTag]] = []
    for action in rules["actions"]:
        if recipe not in [used["name"] for used in action["recipes"]]:
            continue
        for group in rules["groups"]:
            if group["action"] == action["name"]:
                raw = _IS_RAW.findall(group["where"])
                found += [(_Side.INPUT, CplTag(name, "raw")) for name in raw]
        for needed in action["inputs"]:
            found.append((_Side.INPUT, CplTag(needed["tag"], "", not needed["minimum"])))
        for product in action["products"]:
            category = product["assignments"].get("PRO.CATG", "").strip('"')
            found.append((_Side.OUTPUT, CplTag(category or product["name"])))
    return _tags(found)


def _from_tables(text: str) -> Iterator[tuple[_Side, CplTag]]:
    side, in_table = None, False
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading is not None:
            side, in_table = _Side.INPUT if heading["input"] else _Side.OUTPUT, False
        elif _TABLE.match(line):
            in_table = True
        elif in_table and not line.strip():
            in_table = False
        elif in_table and side is not None and (row := _ROW.match(line)):
            optional = _OPTIONAL.search(row[2]) is not None
            words = re.sub(r"  +[Y.]\s*$", "", row[2])
            yield side, CplTag(row[1], " ".join(words.split()), optional)


def _from_keys(text: str) -> Iterator[tuple[_Side, CplTag]]:
    side = _Side.INPUT
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            side = _Side.INPUT if heading["input"] else _Side.OUTPUT
        for key, name in _KEYED.findall(line):
            words = re.sub(r"\(.*|\[.*?\]|^ *-", "", line)
            where = _Side.OUTPUT if key == "PRO.CATG" else side
            yield where, CplTag(name, " ".join(words.split()), "OPTIONAL" in line)


def _from_prose(text: str) -> Iterator[tuple[_Side, CplTag]]:
    """Take words in capitals with an underscore; their sentence says which way they go."""
    side = _Side.INPUT
    for sentence in _SENTENCE.split(text):
        if _SPEAKS_OF_INPUT.search(sentence):
            side = _Side.INPUT
        elif _SPEAKS_OF_OUTPUT.search(sentence):
            side = _Side.OUTPUT
        optional = _OPTIONAL.search(sentence) is not None
        for name in _IN_PROSE.findall(sentence):
            if "_" in name:
                yield side, CplTag(name, "", optional)


def _placeholders(text: str) -> dict[str, tuple[str, ...]]:
    return {x: tuple(re.findall(r"[A-Z]+", list_)) for x, list_ in _PLACEHOLDER.findall(text)}


def _expanded(name: str, places: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Write out what stands for several: ``A_(B|C)``, or ``A_xx`` where xx is told."""
    if alternatives := _ALTERNATIVES.search(name):
        ones = alternatives[1].split("|")
        for one in ones if len(ones) > 1 else ("", *ones):  # one in brackets may be left out
            yield from _expanded(name.replace(alternatives[0], one, 1), places)
        return
    stem, _, ending = name.rpartition("_")
    known = places.get(ending) or next(
        (values for x, values in places.items() if set(ending) == {"x"} and x), ()
    )
    yield from (f"{stem}_{value}" for value in known) if known else (name,)


def _tags(found: Iterable[tuple[_Side, CplTag]]) -> CplTags:
    sides: dict[_Side, dict[str, CplTag]] = {_Side.INPUT: {}, _Side.OUTPUT: {}}
    for side, tag in found:
        sides[side].setdefault(tag.name, tag)
    inputs, products = sides[_Side.INPUT], sides[_Side.OUTPUT]
    return CplTags(tuple(inputs.values()), tuple(products.values()))
