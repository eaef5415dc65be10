"""A bitstring as status lists carry it (W3C Bitstring Status List 1.0, sections 3.3 and 3.4): gzip, base64url, "u".

Index 0 is the most significant bit of the first byte.
"""

from __future__ import annotations

import binascii
import gzip
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable

# Fewer would tell too much about each of those in it (section 2.2: 16 KB before compression).
FEWEST = 131_072
# What is unpacked at most: 16 million bits. A list that claims to hold more is refused before it fills the memory.
MOST_BYTES = 2 * 1024 * 1024
# Best compression: a list is packed once and fetched by many.
_LEVEL = 9
_GZIP = 16 + zlib.MAX_WBITS


class BadBitstring(ValueError):
    """A text is no bitstring; says why."""


def packed(size: int, indices: Iterable[int]) -> str:
    """The text of a bitstring of ``size`` bits in which those at ``indices`` are set. ValueError where it cannot be."""
    if size < FEWEST or size % 8 or size > MOST_BYTES * 8:
        raise ValueError(f"a bitstring has {FEWEST} to {MOST_BYTES * 8} bits, in whole bytes, not {size}")
    bits = bytearray(size // 8)
    for index in indices:
        if not 0 <= index < size:
            raise ValueError(f"index {index} is outside of {size} bits")
        bits[index >> 3] |= 0x80 >> (index & 7)
    # Without a time, so that the same bits give the same text.
    squeezed = gzip.compress(bytes(bits), _LEVEL, mtime=0)
    return "u" + urlsafe_b64encode(squeezed).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    """The bits in a text. BadBitstring where it is none, or holds more or fewer than a list may."""
    if not isinstance(text, str) or not text.startswith("u") or not text.isascii():
        raise BadBitstring("the list is not base64url text that starts with u")
    try:
        squeezed = urlsafe_b64decode(text[1:] + "=" * (-(len(text) - 1) % 4))
        inflate = zlib.decompressobj(_GZIP)
        bits = inflate.decompress(squeezed, MOST_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise BadBitstring(f"the list cannot be unpacked: {error}") from error
    if len(bits) > MOST_BYTES or not inflate.eof or inflate.unused_data:
        raise BadBitstring("the list is larger than lists are, or cut off")
    if len(bits) * 8 < FEWEST:
        raise BadBitstring(f"the list has fewer than {FEWEST} entries")
    return bits


def is_set(bits: bytes, index: int) -> bool:
    """Whether the bit at an index is set. BadBitstring where the list is shorter."""
    if not 0 <= index < len(bits) * 8:
        raise BadBitstring(f"index {index} lies outside of the {len(bits) * 8} entries")
    return bool(bits[index >> 3] & 0x80 >> (index & 7))
