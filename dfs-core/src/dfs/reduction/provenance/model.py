"""What is known of the making of a block's products; it lies beside them on disk."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator

from dfs.plugin import Measurement, ParameterValue

RECORD_NAME: Final = "provenance.json"
"""Name of the record in a folder of products."""

RECORD_FORMAT: Final = 1


def _with_value(document: object) -> object:
    """JSON has no number for a measurement that gave none."""
    if isinstance(document, dict) and document.get("value", 0.0) is None:
        return document | {"value": math.nan}
    return document


RecordedMeasurement: TypeAlias = Annotated[Measurement, BeforeValidator(_with_value)]


@dataclass(frozen=True, slots=True)
class UsedFrame:
    """A file that a recipe took.

    Parameters
    ----------
    tag : the class under which it was taken.
    is_raw : whether it belongs to the block itself, not to its calibrations.
    path : absolute, where it lay then.
    sha256 : digest of the file, 64 hexadecimal digits.
    content : what the key knows it by: for a product of another block the digest of
        its pixels and lasting keywords, so that a product made again alike is the
        same; else the file's digest.
    product : the product's id, ``<block id>.<category>``; empty for a raw frame.
    """

    tag: str
    is_raw: bool
    path: str
    sha256: str
    content: str
    product: str = ""

    @property
    def block(self) -> str:
        """Id of the block that made it; empty for a raw frame."""
        return self.product.partition(".")[0]


@dataclass(frozen=True, slots=True)
class RecordedProduct:
    """A product, as its record knows it.

    Parameters
    ----------
    id : ``<block id>.<category>``.
    category, filename : of the product.
    sha256, content : digests, as in :class:`UsedFrame`.
    size_bytes, modified_ns : of the file when the record was written.
    unit : of its pixels.
    """

    id: str
    category: str
    filename: str
    sha256: str
    content: str
    size_bytes: int
    modified_ns: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Software:
    """A piece of software that took part.

    Parameters
    ----------
    version : its version.
    fingerprint : digest of its sources in a development install; empty for a released one.
    """

    version: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class ProvenanceRecord:
    """How the products of a block were made.

    Parameters
    ----------
    key : digest of all that the result depends on.
    block : the reduction block in plain values, as ``block_to_json`` gives it.
    instrument, action, recipe, stem : of the block.
    runner : ``native`` or ``esorex``.
    software : by name: this system, the plugin, and what the runner brings.
    parameters : every parameter with its value.
    inputs : the frames, in the order in which the recipe took them.
    products : what was made.
    measurements : QC1 values.
    environment : versions of Python and of the libraries that compute, by name.
    machine : host name, operating system, processor, cores and memory, by name.
    started_at, ended_at : when the recipe ran, UTC.
    peak_memory_mb : most memory that its process held, MB; None if unknown.
    """

    key: str
    block: Mapping[str, Any]
    instrument: str
    action: str
    recipe: str
    stem: str
    runner: str
    software: Mapping[str, Software]
    parameters: Mapping[str, ParameterValue]
    inputs: tuple[UsedFrame, ...]
    products: tuple[RecordedProduct, ...]
    measurements: tuple[RecordedMeasurement, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    peak_memory_mb: float | None = None
    format: int = RECORD_FORMAT

    @property
    def id(self) -> str:
        """The block's id."""
        return str(self.block["id"])
