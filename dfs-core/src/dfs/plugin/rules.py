"""Rules in the OCA language, as files of the plugin."""

from __future__ import annotations

from pydantic import Field

from dfs.plugin.values import Value


class Resource(Value):
    """A data file inside an installed package.

    Parameters
    ----------
    package : importable name of the package.
    path : path below the package, with slashes.
    """

    package: str = Field(min_length=1)
    path: str = Field(min_length=1)


class Rules(Value):
    """Classification, organisation and association rules of one instrument.

    Parameters
    ----------
    files : OCA files; their rules are read in this order as one set.
    dictionaries : keyword dictionaries against which the linter checks them.
    """

    files: tuple[Resource, ...] = Field(min_length=1)
    dictionaries: tuple[Resource, ...] = ()
