"""The FITS checksum: 32-bit ones'-complement sums and their spelling in a card.

Source: FITS standard 4.0, section 4.4.2.7 and appendix J.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD: Final = 0xFFFFFFFF
_PUNCTUATION: Final = frozenset(b":;<=>?@[\\]^_`")


def ones_complement_sum(data: bytes | memoryview | NDArray[Any], start: int = 0) -> int:
    """Sum the big-endian 32-bit words with end-around carry.

    Parameters
    ----------
    data : a multiple of four bytes, contiguous.
    start : sum of what went before.
    """
    import numpy as np  # who only waits for workers sums nothing, and starts sooner without

    words = np.frombuffer(data, dtype=">u4")
    return _fold(start + int(np.add.reduce(words, dtype=np.uint64)))


def encode_checksum(total: int) -> str:
    """Spell the complement of a sum in 16 letters and digits that add up to it.

    An HDU whose CHECKSUM card, while it held sixteen ``0``, was part of ``total``
    sums to minus zero with the result in its place.
    """
    complement = ~total & _WORD
    columns = [_letters(byte) for byte in complement.to_bytes(4, "big")]
    text = bytes(columns[i][j] for j in range(4) for i in range(4))
    return (text[-1:] + text[:-1]).decode()


def _fold(total: int) -> int:
    while total > _WORD:
        total = (total & _WORD) + (total >> 32)
    return total


def _letters(byte: int) -> list[int]:
    """Part a byte into four characters that sum to it (above four times ``0``)."""
    quarter, rest = divmod(byte, 4)
    letters = [quarter + rest + ord("0"), *[quarter + ord("0")] * 3]
    for i in (0, 2):
        while letters[i] in _PUNCTUATION or letters[i + 1] in _PUNCTUATION:
            letters[i] += 1
            letters[i + 1] -= 1
    return letters
