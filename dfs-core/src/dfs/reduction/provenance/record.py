"""The record of how products were made, written and read beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dfs.foundation.errors import StorageError
from dfs.foundation.files import NOT_READABLE, atomic_write, storage_error
from dfs.reduction.errors import PROVENANCE_DAMAGED
from dfs.reduction.provenance.model import RECORD_FORMAT, RECORD_NAME, ProvenanceRecord

__all__ = ["read_record", "record_from_json", "record_to_json", "write_record"]

_ADAPTER = TypeAdapter(ProvenanceRecord)


def write_record(folder: Path, record: ProvenanceRecord) -> Path:
    """Write the record of the products in a folder; it appears whole or not at all.

    Returns
    -------
    Path
        The record.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    path = folder / RECORD_NAME
    with atomic_write(path) as file:
        file.write(_ADAPTER.dump_json(record, indent=1) + b"\n")
    return path


def read_record(folder: Path) -> ProvenanceRecord:
    """Read the record of the products in a folder.

    Raises
    ------
    StorageError
        ``storage.not-readable``, or ``provenance.damaged`` where it is not what
        :func:`write_record` writes.
    """
    path = folder / RECORD_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise storage_error(error, path, NOT_READABLE) from error
    return _checked(lambda: _ADAPTER.validate_json(content), str(path))


def record_from_json(document: dict[str, Any], where: str) -> ProvenanceRecord:
    """Make a record of what `record_to_json` gave.

    Raises
    ------
    StorageError
        ``provenance.damaged``; ``where`` is what the message names.
    """
    return _checked(lambda: _ADAPTER.validate_python(document), where)


def _checked(parse: Callable[[], ProvenanceRecord], where: str) -> ProvenanceRecord:
    try:
        record = parse()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = f"{place}: {first['msg']}" if place else first["msg"]
        raise StorageError(PROVENANCE_DAMAGED, problem, where=where) from error
    if record.format != RECORD_FORMAT:
        problem = f"format {record.format} is unknown here; this version knows {RECORD_FORMAT}"
        raise StorageError(PROVENANCE_DAMAGED, problem, where=where)
    if not record.block.get("id"):
        raise StorageError(PROVENANCE_DAMAGED, "the block has no id", where=where)
    return record


def record_to_json(record: ProvenanceRecord) -> dict[str, Any]:
    """Give a record in plain values; a value that is not finite becomes None."""
    document: dict[str, Any] = _ADAPTER.dump_python(record, mode="json")
    return document
