"""Writing a new plugin, whole or not at all."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from dfs.foundation.errors import UserError
from dfs.foundation.files import NOT_WRITABLE, storage_error
from dfs.plugin import API_VERSION
from dfs.scaffold.errors import BAD_NAME, PLUGIN_EXISTS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["new_plugin"]

_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
_RESERVED = frozenset({"core"})
_SUFFIX = ".j2"


def new_plugin(name: str, out: Path) -> Path:
    """Write the distribution of a new instrument plugin.

    It installs and is passed by ``dfs plugin check`` as it is: a camera with bias and
    flat frames, to be changed into the instrument step by step.

    Parameters
    ----------
    name : id of the instrument; the distribution is ``dfs-<name>``.
    out : folder in which that folder is made; it is made as well if need be.

    Returns
    -------
    Path
        The folder of the distribution.

    Raises
    ------
    UserError
        ``usage.plugin-name`` or ``scaffold.exists``.
    StorageError
        ``storage.not-writable``; nothing is left behind.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name in _RESERVED:
        raise UserError(BAD_NAME, f"{name!r} is no name for an instrument")
    target = out / f"dfs-{name}"
    if target.exists() or target.is_symlink():
        raise UserError(PLUGIN_EXISTS, "there is something of that name", where=str(target))
    words = {
        "name": name,
        "package": f"dfs_{name}",
        "instrume": name.upper(),
        "api": API_VERSION,
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".dfs-{name}-", dir=out))
        try:
            with as_file(files("dfs.scaffold") / "template") as template:
                _render(template, scratch / "plugin", words)
            (scratch / "plugin").rename(target)
        finally:
            shutil.rmtree(scratch)
    except OSError as error:
        raise storage_error(error, out, NOT_WRITABLE) from error
    return target


def _render(template: Path, target: Path, words: Mapping[str, str]) -> None:
    """Fill every file of the template; what its paths call by a word is named."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(template), undefined=StrictUndefined, keep_trailing_newline=True
    )
    names = {"package": words["package"], "instrument.oca.j2": f"{words['name']}.oca.j2"}
    for source in sorted(template.rglob(f"*{_SUFFIX}")):
        inside = source.relative_to(template)
        path = target.joinpath(*(names.get(part, part) for part in inside.parts))
        named = path.name.removesuffix(_SUFFIX).replace("INSTRUME", words["instrume"])
        path = path.with_name(named)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(environment.get_template(inside.as_posix()).render(words), "utf-8")
