"""Workflows: what is wanted of a folder, and thus which blocks are run."""

from __future__ import annotations

from pydantic import Field

from dfs.plugin.recipes import ParameterValue
from dfs.plugin.values import Value


class Workflow(Value):
    """A target: the actions whose products somebody wants.

    Only blocks of these actions are run, and those that they need.

    Parameters
    ----------
    target : what one asks for. The field's names are ``quick-look`` (is the frame fit
        for use, at night), ``calibration`` (masters and their quality control),
        ``science``; ``all`` is every block and is not declared.
    title : one sentence.
    actions : names of actions of the rules.
    parameters : by recipe, values of its parameters under this target.
    """

    target: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    actions: tuple[str, ...] = Field(min_length=1)
    parameters: dict[str, dict[str, ParameterValue]] = Field(default_factory=dict)
