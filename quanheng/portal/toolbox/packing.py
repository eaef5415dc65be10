"""A whole input in a link: compact, and the same for the same input."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Any

#: Longer ones go behind the ``#`` of a link, which a server never sees and does not limit.
LONGEST_QUERY = 4000
_LARGEST = 4_000_000


def packed(value: dict[str, Any]) -> str:
    """The input as letters that a link may hold."""
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")


def unpacked(text: str) -> dict[str, Any] | None:
    """The input that a link holds; None where it holds none, or one that would fill the memory."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unzip = zlib.decompressobj()
        plain = unzip.decompress(raw, _LARGEST)
        found = json.loads(plain) if unzip.eof else None
    except (Error, ValueError, zlib.error, RecursionError):
        return None
    return found if isinstance(found, dict) else None
