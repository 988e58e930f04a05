"""ZIP files of a block or a container with all its files, out and in again.

``manifest.json`` holds the tree with everything that the contract knows; beside it lies a
folder for each block with its OBX text, finding charts, ephemeris and parameter files.
The manifest is what is read again; the OBX is for other programs.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from pydantic import ValidationError

from dfs.foundation.errors import UserError
from dfs.plugin import Container, ObservationBlock
from dfs.preparation.formats import obx
from dfs.preparation.formats.errors import ARCHIVE, ARCHIVE_SIZE

VERSION: Final = 1
MANIFEST: Final = "manifest.json"

ENTRIES: Final = 10_000
TOTAL_BYTES: Final = 200_000_000
ENTRY_BYTES: Final = 20_000_000
RATIO: Final = 200
"""An entry that grows more than so many times is taken for a bomb."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    RecursionError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of a block.

    Parameters
    ----------
    kind : ``chart``, ``ephemeris`` or ``parameter``.
    name : without folders.
    content : bytes.
    template, parameter : of a parameter file, index of the template and name of the
        parameter.
    """

    kind: str
    name: str
    content: bytes
    template: int | None = None
    parameter: str = ""


Files = Mapping[int, Sequence[ArchivedFile]]
"""Files by the index of their block, counted through the tree from zero."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a ZIP file holds.

    Parameters
    ----------
    item : the block or the container.
    files : of its blocks.
    """

    item: ObservationBlock | Container
    files: Files


def blocks_of(item: ObservationBlock | Container) -> tuple[ObservationBlock, ...]:
    """Give the blocks of a bundle in the order in which they are counted."""
    return item.blocks() if isinstance(item, Container) else (item,)


def pack(bundle: Bundle) -> bytes:
    """Write a ZIP file; the same bundle gives the same bytes."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        listed = []
        for index, block in enumerate(blocks_of(bundle.item)):
            folder = f"{index + 1:04d}-{_plain(block.name)}"
            _write(archive, f"{folder}/{_plain(block.name)}.obx", _obx(block))
            for number, file in enumerate(bundle.files.get(index, ())):
                path = f"{folder}/{file.kind}-{number + 1}-{_plain(file.name)}"
                _write(archive, path, file.content)
                listed.append(
                    {
                        "block": index,
                        "path": path,
                        "kind": file.kind,
                        "name": file.name,
                        "template": file.template,
                        "parameter": file.parameter,
                    }
                )
        kind = "container" if isinstance(bundle.item, Container) else "block"
        manifest = {
            "dfs": VERSION,
            kind: bundle.item.model_dump(mode="json"),
            "files": listed,
        }
        _write(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
    return out.getvalue()


def _obx(block: ObservationBlock) -> bytes:
    return obx.text_of(obx.lines_of(block)).encode()


def _write(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    info = zipfile.ZipInfo(path, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+-]", "_", name).lstrip(".")[:60] or "_"


def unpack(content: bytes) -> Bundle:
    """Read a ZIP file that was written here; it comes from outside, so nothing is believed.

    Raises
    ------
    UserError
        ``format.archive`` or ``format.archive-size``; names the entry.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = _checked(archive)
            manifest = json.loads(_read(archive, entries, MANIFEST))
            return _bundle(archive, entries, manifest)
    except _DAMAGE as error:
        raise UserError(ARCHIVE, " ".join(str(error).split())[:200]) from error


def _checked(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    total = 0
    infos = archive.infolist()
    if len(infos) > ENTRIES:
        raise UserError(ARCHIVE_SIZE, f"it has {len(infos)} entries; {ENTRIES} are taken")
    for info in infos:
        name = info.filename
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or ".." in parts or ":" in parts[0]:
            raise UserError(ARCHIVE, "the entry leads out of the file", where=name)
        if name in entries:
            raise UserError(ARCHIVE, "the entry is there twice", where=name)
        if info.flag_bits & 0x1:
            raise UserError(ARCHIVE, "the entry is encrypted", where=name)
        if (info.external_attr >> 16) & 0o170000 not in {0, 0o100000, 0o040000}:
            raise UserError(ARCHIVE, "the entry is no plain file", where=name)
        total += info.file_size
        bomb = info.file_size > RATIO * max(info.compress_size, 100)
        if info.file_size > ENTRY_BYTES or total > TOTAL_BYTES or bomb:
            raise UserError(ARCHIVE_SIZE, f"the entry has {info.file_size} bytes", where=name)
        entries[name] = info
    return entries


def _read(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], path: str) -> bytes:
    if path not in entries:
        raise UserError(ARCHIVE, "the entry is missing", where=path)
    with archive.open(entries[path]) as entry:
        # The size in the directory is a claim; no more than it says is read.
        content = entry.read(entries[path].file_size + 1)
    if len(content) != entries[path].file_size:
        raise UserError(ARCHIVE_SIZE, "the entry is larger than it says", where=path)
    return content


def _bundle(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], manifest: Any
) -> Bundle:
    if not isinstance(manifest, dict) or manifest.get("dfs") != VERSION:
        raise UserError(ARCHIVE, f"it is not of version {VERSION}", where=MANIFEST)
    try:
        item: ObservationBlock | Container = (
            Container.model_validate(manifest["container"])
            if "container" in manifest
            else ObservationBlock.model_validate(manifest.get("block"))
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise UserError(ARCHIVE, f"{path}: {first['msg']}", where=MANIFEST) from error
    files: dict[int, list[ArchivedFile]] = {}
    for index, file in _files(archive, entries, manifest.get("files", [])):
        if not 0 <= index < len(blocks_of(item)):
            raise UserError(ARCHIVE, f"file {file.name} belongs to no block", where=MANIFEST)
        files.setdefault(index, []).append(file)
    return Bundle(item, files)


def _files(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], listed: Any
) -> Iterator[tuple[int, ArchivedFile]]:
    if not isinstance(listed, list):
        raise UserError(ARCHIVE, "files is no list", where=MANIFEST)
    for one in listed:
        match one:
            case {
                "block": int(index),
                "path": str(path),
                "kind": "chart" | "ephemeris" | "parameter" as kind,
                "name": str(name),
                "template": int() | None as template,
                "parameter": str(parameter),
            }:
                content = _read(archive, entries, path)
                yield index, ArchivedFile(kind, name, content, template, parameter)
            case _:
                raise UserError(ARCHIVE, "an entry of files is not understood", where=MANIFEST)
