"""Draws that anybody can repeat: from public numbers that nobody could know or choose, by a published rule.

Sources: RFC 3797 (D. Eastlake, 2004), bit by bit; the method "sha256" of this project keeps its idea without its limit
of 65,535 and without the slight favour that a remainder gives to the front of a list. Weighted draws: P. S. Efraimidis,
P. G. Spirakis, Inf. Process. Lett. 97 (2006) 181 (exponential keys). Beacon: drand, randomness = SHA-256(signature).
"""

from __future__ import annotations

import hashlib
import hmac
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final, Literal

from quanheng.science.arrays import DataRefused

Method = Literal["rfc3797", "sha256"]
Source = Sequence[int] | int | str
#: RFC 3797, 4: the index is a 16-bit number.
RFC_LIMIT: Final = 65_535
LARGEST: Final = 10_000_000
_PRECISE: Final = Context(prec=40)
_SPACE: Final = 1 << 256


@dataclass(frozen=True)
class Draw:
    """Which places of an ordered list were drawn (from 1), in order, with the hash behind each pick.

    Whoever has ``sources`` and ``pool`` recomputes all of it.
    """

    method: Method
    key: str
    pool: int
    picks: tuple[int, ...]
    hashes: tuple[str, ...]


def key_of(sources: Sequence[Source]) -> str:
    """The key string of RFC 3797, 4.1: each source's numbers ascending, joined by ".", ended by "./".

    A text (the hexadecimal randomness of a beacon, say) stands as it is, without spaces. Raises DataRefused.

    >>> key_of([9319, [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]])
    '9319./2.5.8.10.12./9.18.26.34.41.45./'
    """
    if not sources:
        raise DataRefused("至少要有一个随机来源", "at least one source of randomness is needed", "sources")
    parts = []
    for place, source in enumerate(sources):
        if isinstance(source, str):
            value = "".join(source.split())
            if not value or "/" in value or not value.isascii():
                raise DataRefused(
                    f"第 {place + 1} 个来源为空，或含“/”或非 ASCII 字符",
                    f"source {place + 1} is empty or holds '/' or what is not ASCII",
                    f"sources.{place}",
                )
            parts.append(value)
            continue
        numbers = sorted([source] if isinstance(source, int) else source)
        if not numbers or any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in numbers):
            raise DataRefused(
                f"第 {place + 1} 个来源须为非负整数",
                f"source {place + 1} must be whole numbers that are not negative",
                f"sources.{place}",
            )
        parts.append(".".join(map(str, numbers)))
    return "".join(f"{part}./" for part in parts)


def draw(sources: Sequence[Source], pool: int, picks: int, method: Method = "rfc3797") -> Draw:
    """Draw ``picks`` different places of a list of ``pool``. Raises DataRefused.

    >>> draw([9319, [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]], 25, 5).picks
    (17, 7, 2, 16, 25)
    """
    if method not in ("rfc3797", "sha256"):
        raise DataRefused("方法只能是 rfc3797 或 sha256", "the method must be rfc3797 or sha256", "method")
    most = RFC_LIMIT if method == "rfc3797" else LARGEST
    if not 1 <= pool <= most:
        raise DataRefused(
            f"名单长度须在 1 到 {most} 之间；更长的名单请用 sha256",
            f"the pool must hold 1 to {most} entries; for a longer one take sha256",
            "pool",
        )
    if not 0 <= picks <= pool:
        raise DataRefused("抽取数不能超过名单长度", "more cannot be drawn than the pool holds", "picks")
    key = key_of(sources)
    numbers = _md5(key.encode()) if method == "rfc3797" else _sha256(key.encode())
    left = array("H" if pool <= RFC_LIMIT else "L", range(1, pool + 1))  # compact: each pick moves half of it
    picked, hashes = [], []
    for _ in range(picks):
        number, told = next(numbers)
        if method == "sha256":
            # What lies in the last, incomplete round of the remainder is drawn anew: each place is as likely.
            while number >= _SPACE - _SPACE % len(left):
                number, told = next(numbers)
        picked.append(left.pop(number % len(left)))
        hashes.append(told)
    return Draw(method, key, pool, tuple(picked), tuple(hashes))


def verify(found: Draw, sources: Sequence[Source]) -> bool:
    """Whether a draw is what its sources give.

    >>> once = draw([7], 10, 3, "sha256")
    >>> verify(once, [7]), verify(once, [8])
    (True, False)
    """
    return found == draw(sources, found.pool, len(found.picks), found.method)


def draw_strata(
    sources: Sequence[Source], strata: Mapping[str, tuple[int, int]], method: Method = "sha256"
) -> dict[str, Draw]:
    """One draw for each stratum (its pool and picks), each with its own name among the sources. Raises DataRefused.

    >>> {name: len(one.picks) for name, one in draw_strata([7], {"120101": (10, 2), "120102": (5, 1)}).items()}
    {'120101': 2, '120102': 1}
    """
    named = {name: hashlib.sha256(name.encode()).hexdigest() for name in strata}
    return {name: draw([*sources, named[name]], *strata[name], method) for name in strata}


def draw_weighted(sources: Sequence[Source], weights: Sequence[int], picks: int) -> tuple[int, ...]:
    """Draw ``picks`` different places (from 1) with chances by published whole ``weights``; 0: never.

    Each place has the key −ln(h)/w with h of SHA-256 of sources and place; the smallest keys are drawn. Forty decimal
    digits make the order the same on every machine. Raises DataRefused.

    >>> len(draw_weighted([7], [1, 5, 0, 3], 3))
    3
    """
    if any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in weights):
        raise DataRefused("权重须为非负整数", "weights must be whole numbers that are not negative", "weights")
    likely = [place for place, one in enumerate(weights, 1) if one]
    if not 0 <= picks <= len(likely):
        raise DataRefused(f"权重大于 0 的只有 {len(likely)} 个", f"only {len(likely)} have a weight above 0", "picks")
    key = key_of(sources).encode()
    arrival: dict[int, Decimal] = {}
    for place in likely:
        number = int.from_bytes(hashlib.sha256(key + place.to_bytes(8, "big")).digest(), "big")
        share = _PRECISE.divide(Decimal(number + 1), Decimal(_SPACE + 1))
        arrival[place] = _PRECISE.divide(-_PRECISE.ln(share), Decimal(weights[place - 1]))
    return tuple(sorted(likely, key=lambda place: (arrival[place], place))[:picks])


def commitment(secret: bytes) -> str:
    """What is published before the draw of a secret that is opened after it: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret).hexdigest()


def opened(secret: bytes, published: str) -> bool:
    """Whether an opened secret is the one committed to.

    >>> opened(b"s", commitment(b"s")), opened(b"t", commitment(b"s"))
    (True, False)
    """
    return hmac.compare_digest(commitment(secret), published.lower())


def beacon_randomness(signature: str) -> str:
    """The randomness of a drand round of its signature, both hexadecimal. Raises DataRefused.

    That the signature is the network's own is for who has its public key to check.
    """
    try:
        return hashlib.sha256(bytes.fromhex(signature)).hexdigest()
    except ValueError as error:
        raise DataRefused("签名须为十六进制", "a signature must be hexadecimal", "signature") from error


def _md5(key: bytes) -> Iterator[tuple[int, str]]:
    for index in range(RFC_LIMIT + 1):
        around = index.to_bytes(2, "big")
        told = hashlib.md5(around + key + around, usedforsecurity=False).hexdigest().upper()
        yield int(told, 16), told


def _sha256(key: bytes) -> Iterator[tuple[int, str]]:
    for index in range(1 << 62):
        around = index.to_bytes(8, "big")
        told = hashlib.sha256(around + key + around).hexdigest()
        yield int(told, 16), told
