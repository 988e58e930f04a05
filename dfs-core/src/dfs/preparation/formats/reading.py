"""A file of blocks, whatever its format: what it is, is seen from its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from dfs.foundation.errors import UserError
from dfs.instruments.service import Packages
from dfs.plugin import Container, ObservationBlock
from dfs.preparation.formats import archive, document, obx
from dfs.preparation.formats.errors import DOCUMENT, OBX

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
        ``format.*``: it is none of these, or says what it may not.
    """
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
