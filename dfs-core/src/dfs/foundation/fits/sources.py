"""Where a file's bytes come from: the file itself, or what its gzip stream unpacks to.

No file stays open between two reads, so a thousand frames need no thousand
descriptors and nothing has to be closed.
"""

from __future__ import annotations

import os
import stat
import zlib
from typing import Final, Protocol

from dfs.foundation.errors import UserError
from dfs.foundation.fits.errors import BAD_COMPRESSION, NOT_FITS, TOO_LARGE, TRUNCATED, UNREADABLE

FIRST_READ_BYTES: Final = 14 * 2880
"""Read at once; the headers of most raw frames are shorter, so one read is enough."""

MAX_UNPACKED_BYTES: Final = 2 << 30
"""A gzip stream is not followed further than this."""

_DEFLATE_MAX_RATIO: Final = 1032  # no deflate stream unpacks to more, see zlib.net/zlib_tech.html
_PACKED_CHUNK_BYTES: Final = 1 << 18
_SKIP_BYTES: Final = 1 << 20


class ByteSource(Protocol):
    """A sequence of bytes on disk.

    Parameters
    ----------
    path : the file, for messages.
    size : number of bytes; for a compressed file an upper bound.
    """

    path: str
    size: int

    def read_at(self, offset: int, size: int) -> bytes:
        """Give the bytes from an offset; fewer than asked for only at the end."""

    def release(self) -> None:
        """Let go of what is kept of the last reads."""


def open_source(path: str | os.PathLike[str]) -> ByteSource:
    """Look at the beginning of a file and choose how to read it.

    Raises
    ------
    UserError
        ``fits.unreadable``, or ``fits.not-fits`` for an empty file.
    """
    name = os.fspath(path)
    head, size = _read(name, 0, FIRST_READ_BYTES)
    if not head:
        raise UserError(NOT_FITS, "the file is empty", where=name)
    if head.startswith(b"\x1f\x8b"):
        return _GzipStream(name, size)
    return _PlainFile(name, size, head)


def _read(path: str, offset: int, size: int) -> tuple[bytes, int]:
    try:
        # A named pipe without a writer would block for ever without O_NONBLOCK.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UserError(UNREADABLE, "this is not a regular file", where=path)
            return os.pread(descriptor, size, offset), status.st_size
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(UNREADABLE, reason, where=path) from error


class _PlainFile:
    __slots__ = ("_head", "path", "size")

    def __init__(self, path: str, size: int, head: bytes) -> None:
        self.path = path
        self.size = size
        self._head = head

    def read_at(self, offset: int, size: int) -> bytes:
        if offset + size <= len(self._head) or len(self._head) == self.size:
            return self._head[offset : offset + size]
        return _read(self.path, offset, size)[0]

    def release(self) -> None:
        self._head = b""


class _GzipStream:
    """Unpacks forward; going back further than the last read starts again."""

    __slots__ = ("_packed_offset", "_position", "_unpacker", "_window", "path", "size")

    def __init__(self, path: str, packed_size: int) -> None:
        self.path = path
        self.size = packed_size * _DEFLATE_MAX_RATIO
        self._rewind()

    def _rewind(self) -> None:
        self._packed_offset = 0
        self._unpacker = zlib.decompressobj(wbits=31)
        self._position = 0  # of the next byte to be unpacked
        self._window = b""  # the last bytes handed out; they end at the position

    def release(self) -> None:
        self._rewind()

    def read_at(self, offset: int, size: int) -> bytes:
        if offset + size > MAX_UNPACKED_BYTES:
            limit_mb = MAX_UNPACKED_BYTES >> 20
            raise UserError(TOO_LARGE, f"it unpacks to more than {limit_mb} MiB", where=self.path)
        if offset < self._position - len(self._window):
            self._rewind()
        while self._position < offset:
            self._window = self._unpack(min(_SKIP_BYTES, offset - self._position))
            if not self._window:
                return b""
        kept = self._window[len(self._window) - (self._position - offset) :]
        fresh = self._unpack(size - len(kept)) if size > len(kept) else b""
        self._window = kept + fresh
        return self._window[:size]

    def _unpack(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            try:
                part = self._next_part(size)
            except zlib.error as error:
                raise UserError(BAD_COMPRESSION, str(error), where=self.path) from error
            if part is None:
                break
            parts.append(part)
            size -= len(part)
            self._position += len(part)
        return b"".join(parts)

    def _next_part(self, size: int) -> bytes | None:
        """Unpack at most so many bytes, maybe none; None at the end of the stream."""
        packed = self._unpacker.unconsumed_tail
        if self._unpacker.eof:
            packed = self._unpacker.unused_data
            if not packed:
                packed = self._packed_chunk()
            # Members may follow each other; anything else behind the last one is padding.
            if not packed.startswith(b"\x1f"):
                return None
            self._unpacker = zlib.decompressobj(wbits=31)
        elif not packed:
            packed = self._packed_chunk()
            if not packed:
                raise UserError(TRUNCATED, "the gzip stream breaks off", where=self.path)
        return self._unpacker.decompress(packed, size)

    def _packed_chunk(self) -> bytes:
        chunk = _read(self.path, self._packed_offset, _PACKED_CHUNK_BYTES)[0]
        self._packed_offset += len(chunk)
        return chunk
