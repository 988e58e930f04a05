"""The files that esorex reads and writes beside FITS. Pure: texts in, texts out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dfs.plugin import ParameterValue


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A line of the list of products.

    Parameters
    ----------
    path : where esorex put it, relative to its working folder or absolute.
    category : the CPL recipe's, ``PRO.CATG``.
    """

    path: str
    category: str


def handed_name(path: str) -> str:
    """Give the name under which a frame is handed to a recipe: its own, without white space."""
    return "_".join(path.rpartition("/")[2].split())


def sof_text(frames: Iterable[tuple[str, str]]) -> str:
    """Write a set of frames: a line ``path TAG`` each.

    Raises
    ------
    ValueError
        A path or a tag holds white space, which esorex cannot read.
    """
    lines = []
    for path, tag in frames:
        if len(f"{path} {tag}".split()) != 2:
            raise ValueError(f"white space in {path!r} or {tag!r}")
        lines.append(f"{path} {tag}\n")
    return "".join(lines)


def parameter_text(values: Mapping[str, ParameterValue]) -> str:
    """Write a parameter file: a line ``full.name=value`` each.

    Raises
    ------
    ValueError
        A value holds a line break, for which there is no spelling.
    """
    return "".join(f"{name}={_written(name, value)}\n" for name, value in values.items())


def listed_products(text: str) -> tuple[ListedProduct, ...]:
    """Read what ``--products-sof=x.json`` wrote.

    Raises
    ------
    ValueError
        It is not that.
    """
    try:
        return tuple(ListedProduct(e["name"], e["category"]) for e in json.loads(text))
    except (KeyError, TypeError) as error:
        raise ValueError("this is no list of products") from error


def _written(name: str, value: ParameterValue) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if not isinstance(value, str):
        return repr(value)
    if not value.isprintable():
        raise ValueError(f"parameter {name} cannot have the value {value!r}")
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'
