"""A file of blocks, whatever its format: what it is, is seen from its content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from dfs.foundation.errors import UserError
from dfs.instruments.service import Packages
from dfs.plugin import Container, ObservationBlock, Target
from dfs.preparation.formats import archive, document, obx
from dfs.preparation.formats.errors import DOCUMENT, OBX
from dfs.preparation.logic.fields import read_target

_ZIP: Final = b"PK"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds.

    Parameters
    ----------
    item : the block or the container.
    files : of its blocks, see `dfs.preparation.formats.archive`.
    remarks : what of the file has no place in them, in sentences.
    """

    item: ObservationBlock | Container
    files: archive.Files = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def read(content: bytes, packages: Packages, *, name: str = "") -> ReadFile:
    """Read a file: ZIP, OBX, JSON or YAML.

    Parameters
    ----------
    content : of the file.
    packages : of the instruments, for OBX, which does not say what type a value has.
    name : of the file, for messages.

    Raises
    ------
    UserError
        ``format.*``: it is none of these, or says what it may not; ``preparation.value``: a
        target is nowhere on the sky, with the path of the field.
    """
    found = _decoded(content, packages, name)
    for path, target in _targets(found.item):
        try:
            read_target(target, None)
        except UserError as error:
            raise UserError(error.code, error.detail, where=path + error.where) from error
    return found


def _targets(item: ObservationBlock | Container, path: str = "") -> Iterator[tuple[str, Target]]:
    if isinstance(item, ObservationBlock):
        if item.target is not None:
            yield path, item.target
        return
    for index, member in enumerate(item.members):
        yield from _targets(member.item, f"{path}members[{index}].")


def _decoded(content: bytes, packages: Packages, name: str) -> ReadFile:
    if content.startswith(_ZIP):
        bundle = archive.unpack(content)
        return ReadFile(bundle.item, bundle.files)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(DOCUMENT, f"it is no text: {error}", where=name) from error
    if obx.is_obx(text):
        return _from_obx(obx.parse(text), packages, name)
    return ReadFile(document.parse(text))


def _from_obx(lines: tuple[obx.Line, ...], packages: Packages, name: str) -> ReadFile:
    instrument = obx.instrument_of(lines)
    if not instrument:
        raise UserError(OBX, "it does not say for which instrument it is", where=name)
    versions = packages.versions(instrument)
    said = next((line.value for line in lines if line.key == "IPVersion"), "")
    # A file without a version that is known here was written for one of them: the newest
    # that understands every line.
    tried = [said] if said in versions else list(reversed(versions))
    problems: list[UserError] = []
    for version in tried:
        try:
            found = obx.block_of(lines, packages.get(instrument, version))
        except UserError as error:
            problems.append(error)
            continue
        return ReadFile(found.block, remarks=found.remarks)
    raise problems[0]
