"""Groups of frames that become reduction blocks, and the products that they will have."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath

from dfs.organiser.catalogue import Candidate, Catalogue
from dfs.organiser.classification import TAG_KEYWORDS
from dfs.organiser.errors import NO_ACTION, SEVERAL_RECIPES
from dfs.organiser.model import BlockInput, ClassifiedFrame, MissingInput, Problem
from dfs.organiser.rulebook import Rulebook
from dfs.organiser.rules import (
    CompiledAction,
    CompiledGroup,
    CompiledProduct,
    CompiledRules,
    index_key,
)
from dfs.organiser.rules.analysis import split
from dfs.organiser.signals import signal_keys, with_signals
from dfs.plugin import Header, HeaderValue, ParameterValue, Recipe

__all__ = [
    "Draft",
    "candidate_of",
    "coming_products",
    "drafts",
    "recipe_parameters",
    "static_candidates",
]

_DIGITS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A block whose calibrations are still to be chosen.

    Parameters
    ----------
    id, name : as of the block that it becomes.
    action : what will be done.
    group : the rule that grouped the frames.
    frames : oldest first.
    paths : of the frames.
    missing : frames that the group lacks.
    """

    id: str
    name: str
    action: CompiledAction
    group: CompiledGroup
    frames: tuple[ClassifiedFrame, ...]
    paths: frozenset[str]
    missing: tuple[MissingInput, ...] = ()

    @property
    def header(self) -> Header:
        """Header that stands for the group, ``inputFile`` in the rules: the oldest frame's."""
        return self.frames[0].header

    @property
    def time_mjd(self) -> float | None:
        """Start of the oldest frame, MJD in days."""
        return self.frames[0].time_mjd

    @property
    def setup(self) -> dict[str, HeaderValue]:
        """The keywords whose values the frames share."""
        return {key: self.header[key] for key in self.group.keys if key in self.header}

    @property
    def inputs(self) -> tuple[BlockInput, ...]:
        """The frames as the block takes them."""
        start = self.time_mjd
        return tuple(
            BlockInput(
                tag=frame.tag,
                path=frame.path,
                distance_days=None
                if start is None or frame.time_mjd is None
                else frame.time_mjd - start,
            )
            for frame in self.frames
        )


def candidate_of(frame: ClassifiedFrame, header: Header | None = None) -> Candidate:
    """Make the candidate that a file is, with another header than its own if one is given."""
    rank = (False, frame.identity, frame.path, "")
    return Candidate(header or frame.header, frame.time_mjd, rank, path=frame.path)


def static_candidates(
    frames: Iterable[ClassifiedFrame], files: Iterable[Candidate]
) -> Iterator[Candidate]:
    """Make the candidates that static calibrations are, each after all files of its class.

    Parameters
    ----------
    frames : the static calibrations; what is unclassified is left out.
    files : the other candidates; what is one of them already is left out.
    """
    known = {candidate.path for candidate in files}
    for frame in frames:
        if frame.tag and frame.path not in known:
            yield Candidate(
                frame.header, frame.time_mjd, (True, "", frame.path, ""), path=frame.path
            )


def drafts(book: Rulebook, frames: Iterable[ClassifiedFrame]) -> tuple[list[Draft], list[Problem]]:
    """Group classified frames as the organisation rules say.

    One draft for each distinct tuple of key values; a keyword that is missing counts
    as a value of its own. Signals of the on-line pipeline add to the keys, see
    `dfs.organiser.signals`. With ``cluster by`` a group also ends where a frame with
    other values comes in between. A group with more frames than ``maxRet`` is cut
    into consecutive ones.
    """
    if book.rules is None:
        return [], []
    usable = {frame.path: frame for frame in sorted(frames, key=_in_time) if frame.tag}
    headers = with_signals(usable.values(), book.rules.keywords)
    files = [
        (frame.is_product, candidate_of(frame, headers[path])) for path, frame in usable.items()
    ]
    catalogue = Catalogue(
        raw=[file for is_product, file in files if not is_product],
        calibrations=[file for is_product, file in files if is_product],
    )
    made: dict[str, Draft] = {}
    problems: dict[str, Problem] = {}
    for group in book.rules.groups:
        action = book.rules.actions.get(group.action)
        for members in _groups(group, catalogue, usable):
            if action is None:
                detail = f"there is no action {group.action}"
                problems[group.action] = Problem(str(group.position), NO_ACTION.name, detail)
                break
            if len(action.recipes) > 1:
                names = ", ".join(recipe.name for recipe in action.recipes)
                detail = f"{action.name} names the recipes {names}"
                problems[action.name] = Problem(str(action.position), SEVERAL_RECIPES.name, detail)
            draft = _draft(book.registered.id, group, action, members)
            made.setdefault(draft.id, draft)
    return list(made.values()), list(problems.values())


def _groups(
    group: CompiledGroup, catalogue: Catalogue, frames: Mapping[str, ClassifiedFrame]
) -> Iterator[list[ClassifiedFrame]]:
    if group.maximum == 0:
        return
    constants = split(group.rule.condition).constants
    # The catalogue was filled in order of time, and gives back in that order.
    selected = [
        frames[candidate.path]
        for candidate in catalogue.of_class(group.source, constants)
        if group.predicate(candidate.header)
    ]
    implied = signal_keys(group)

    def values(frame: ClassifiedFrame) -> tuple[str | int | float | None, ...]:
        header = frame.header
        keys = (index_key(header[k]) if k in header else None for k in group.keys)
        return (*keys, *implied(frame))

    if group.cluster:
        members = [list(run) for _, run in groupby(selected, key=values)]
    else:
        by_values: dict[tuple[str | int | float | None, ...], list[ClassifiedFrame]] = {}
        for frame in selected:
            by_values.setdefault(values(frame), []).append(frame)
        members = list(by_values.values())
    for those in members:
        most = group.maximum or len(those)
        yield from (those[start : start + most] for start in range(0, len(those), most))


def _in_time(frame: ClassifiedFrame) -> tuple[bool, float, str, str]:
    return frame.time_mjd is None, frame.time_mjd or 0.0, frame.identity, frame.path


def _draft(
    instrument: str,
    group: CompiledGroup,
    action: CompiledAction,
    frames: Sequence[ClassifiedFrame],
) -> Draft:
    first = frames[0]
    setup = {key: first.header.get(key) for key in group.keys}
    identities = sorted(frame.identity for frame in frames)
    what = json.dumps([instrument, action.name, setup, identities], sort_keys=True)
    digest = hashlib.sha256(what.encode()).hexdigest()[:_DIGITS]
    stem = PurePath(first.identity).name.split(".fits")[0]
    missing: tuple[MissingInput, ...] = ()
    if len(frames) < group.minimum:
        reason = f"the group has {len(frames)} of the {group.minimum} frames that the rule wants"
        missing = (MissingInput(first.tag, group.minimum, len(frames), reason),)
    return Draft(
        id=f"{action.name.lower().removeprefix('action_')}-{digest}",
        name="_".join(filter(None, (_safe(stem), _safe(group.suffix)))),
        action=action,
        group=group,
        frames=tuple(frames),
        paths=frozenset(frame.path for frame in frames),
        missing=missing,
    )


def _safe(name: str) -> str:
    """Make a part of a file name: letters, digits, dots, dashes and underscores."""
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-_") else "_" for c in name)


def coming_products(draft: Draft, rules: CompiledRules) -> Iterator[Candidate]:
    """Give the products that a block will have, as candidates for other blocks."""
    for product in draft.action.products:
        header = _product_header(draft.header, product, rules)
        category = str(header.get("PRO.CATG", product.name))
        rank = (True, draft.id, "", category)
        yield Candidate(header, draft.time_mjd, rank, block=draft.id, category=category)


def _product_header(group: Header, product: CompiledProduct, rules: CompiledRules) -> Header:
    """Header that a product will have: the group's without what says that it is raw.

    The classification rules see it as they will see the file; what the product itself
    assigns stands above them.
    """
    assigned = product.assign(group)
    header = {
        keyword: value
        for keyword, value in group.items()
        if not keyword.startswith("DPR.") and keyword not in TAG_KEYWORDS
    } | assigned
    return header | rules.classify(header) | assigned


def recipe_parameters(options: Iterable[str], recipe: Recipe | None) -> dict[str, ParameterValue]:
    """Read options as rules give them to a recipe, ``--kappa=5.0 --merge``.

    Parameters
    ----------
    options : one or more options each.
    recipe : its declaration, which knows the types; a parameter that it does not
        declare is read as what it looks like.
    """
    declared = {parameter.name: parameter.type for parameter in recipe.parameters} if recipe else {}
    parameters: dict[str, ParameterValue] = {}
    for option in options:
        for word in shlex.split(option):
            name, _, text = word.removeprefix("--").partition("=")
            value = _value(text) if "=" in word else True
            wanted = declared.get(name)
            if wanted == "str":
                value = text
            elif wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            parameters[name] = value
    return parameters


def _value(text: str) -> ParameterValue:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
