"""What the reading process says: frames of a letter, a length and content; blocks of rows are stored as they come."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from quanheng.kernel.imports.reading.refused import NumberedRow

_HEAD = struct.Struct("!cI")
_BLOCK = struct.Struct("!III")


@dataclass(frozen=True)
class Packed:
    """A block of rows as it is kept: how many, the numbers of the first and the last, and the rows compressed."""

    count: int
    first: int
    last: int
    data: bytes


def send(out: IO[bytes], kind: str, content: bytes) -> None:
    """Write one frame."""
    out.write(_HEAD.pack(kind.encode(), len(content)))
    out.write(content)


def receive(source: IO[bytes]) -> tuple[str, bytes] | None:
    """The next frame; None where the other side broke off or has ended."""
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    content = source.read(length)
    return (kind.decode("ascii", "replace"), content) if len(content) == length else None


def pack_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def compress(rows: Sequence[Any]) -> bytes:
    """Rows as they lie in the database. Level 1: a third larger than the best, five times as quick."""
    return zlib.compress(pack_json(rows), 1)


def rows_in(data: bytes) -> list[Any]:
    """The rows of a block: [number, cells] each."""
    return json.loads(zlib.decompress(data))


def pack_block(rows: Sequence[NumberedRow]) -> bytes:
    return _BLOCK.pack(len(rows), rows[0][0], rows[-1][0]) + compress(rows)


def unpack_block(content: bytes) -> Packed:
    count, first, last = _BLOCK.unpack_from(content)
    return Packed(count, first, last, content[_BLOCK.size :])
