"""Static calibrations: files that come with a plugin, at hand in whatever folder is organised."""

from __future__ import annotations

from pathlib import Path

from dfs.foundation.errors import PluginError
from dfs.host import Host
from dfs.organiser.classification import classify
from dfs.organiser.model import ClassifiedFrame, Problem
from dfs.organiser.rulebook import Rulebook, wanted
from dfs.organiser.scan import scan

__all__ = ["static_frames"]


def static_frames(host: Host, book: Rulebook) -> tuple[list[ClassifiedFrame], list[Problem]]:
    """Read and classify an instrument's static calibrations.

    Parameters
    ----------
    host : asks the plugin where the rules do not tell.
    book : the instrument's.

    Returns
    -------
    frames : by path, also those that stay unclassified.
    problems : what could not be read or classified.

    """
    registered = book.registered
    paths: list[Path] = []
    problems: list[Problem] = []
    for static in registered.static_calibrations:
        try:
            paths.append(registered.path(static.resource))
        except PluginError as error:
            problems.append(Problem(registered.source, error.code.name, error.detail))
    files, unreadable = scan(paths, wanted([book]))
    frames, unclear = classify(host, {registered.id: book}, files)
    return frames, [*problems, *unreadable, *unclear]
