"""Sets of frames: a line a frame, ``path TAG``. Parsing only; no file is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from dfs.foundation.errors import UserError
from dfs.plugin import Recipe
from dfs.reduction import errors
from dfs.reduction.blocks import count_problem, tag_problem


@dataclass(frozen=True, slots=True)
class SofLine:
    """A frame of a set.

    Parameters
    ----------
    path : as written.
    tag : its class.
    line : number of the line, from 1.
    """

    path: str
    tag: str
    line: int


def parse_sof(text: str, where: str) -> tuple[SofLine, ...]:
    """Read a set of frames.

    Parameters
    ----------
    text : lines ``path TAG``; the path may hold spaces, the tag may not. ``#`` begins
        a comment where a line begins or a space stands before it.
    where : name of the file, for messages.

    Raises
    ------
    UserError
        ``sof.syntax``: a line has no tag, or there is no line.
    """
    lines = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = f" {raw}".partition(" #")[0].strip()
        if not line:
            continue
        path, _, tag = line.replace("\t", " ").rpartition(" ")
        if not path:
            raise UserError(errors.SOF_SYNTAX, f"{line!r} has no tag", where=f"{where}:{number}")
        lines.append(SofLine(path.strip(), tag, number))
    if not lines:
        raise UserError(errors.SOF_SYNTAX, "there is no frame in it", where=where)
    return tuple(lines)


def check_sof(lines: tuple[SofLine, ...], recipe: Recipe, where: str) -> None:
    """Hold a set of frames to what a recipe takes.

    Raises
    ------
    UserError
        ``sof.tag`` or ``sof.count``.
    """
    for line in lines:
        if problem := tag_problem(recipe, line.tag):
            raise UserError(errors.SOF_TAG, problem, where=f"{where}:{line.line}")
    if problem := count_problem(recipe, [line.tag for line in lines]):
        raise UserError(errors.SOF_COUNT, problem, where=where)
