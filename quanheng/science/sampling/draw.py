"""Draws that anybody can repeat: from public numbers that nobody could know or choose, by a published rule.

Sources: RFC 3797 (D. Eastlake, 2004), bit by bit; the method "sha256" of this project keeps its idea without its limit
of 65,535 and without the slight favour that a remainder gives to the front of a list. Weighted draws: P. S. Efraimidis,
P. G. Spirakis, Inf. Process. Lett. 97 (2006) 181 (exponential keys). Beacon: drand, randomness = SHA-256(signature).

How a draw goes: publish the list with its digest (`list_digest`), the rule, the weights, and which future numbers will
decide (lotteries, a beacon's round, or secrets that several parties have committed to); then draw, and publish the
record (`record`): whoever has it and the list recomputes all of it (`recomputes`). Whoever drops out is replaced by
drawing one more: the first picks stay what they were.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Final, Literal

from quanheng.science.arrays import DataRefused

Method = Literal["rfc3797", "sha256"]
#: The method of a weighted draw in its record.
WEIGHTED: Final = "sha256-weighted"
#: The edition of the records, so that old ones are still understood.
EDITION: Final = 1
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

    method: str
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
        numbers = [source] if isinstance(source, int) else list(source)
        if not numbers or any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in numbers):
            raise DataRefused(
                f"第 {place + 1} 个来源须为非负整数",
                f"source {place + 1} must be whole numbers that are not negative",
                f"sources.{place}",
            )
        parts.append(".".join(map(str, sorted(numbers))))
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
    gone: list[int] = []  # places drawn, ascending from 0: what is left of the list needs no memory
    picked, hashes = [], []
    for left in range(pool, pool - picks, -1):
        number, told = next(numbers)
        if method == "sha256":
            # What lies in the last, incomplete round of the remainder is drawn anew: each place is as likely.
            while number >= _SPACE - _SPACE % left:
                number, told = next(numbers)
        picked.append(_take(gone, number % left) + 1)
        hashes.append(told)
    return Draw(method, key, pool, tuple(picked), tuple(hashes))


def _take(gone: list[int], position: int) -> int:
    """The place at ``position`` among those that are not ``gone``, which it joins."""
    low, high = 0, len(gone)
    while low < high:
        middle = (low + high) // 2
        if gone[middle] - middle <= position:
            low = middle + 1
        else:
            high = middle
    gone.insert(low, position + low)
    return position + low


def verify(found: Draw, sources: Sequence[Source], weights: Sequence[int] | None = None) -> bool:
    """Whether a draw is what its sources, and the weights of a weighted one, give.

    >>> once = draw([7], 10, 3, "sha256")
    >>> verify(once, [7]), verify(once, [8])
    (True, False)
    """
    if found.method == WEIGHTED:
        return weights is not None and found == draw_weighted(sources, weights, len(found.picks))
    return found == draw(sources, found.pool, len(found.picks), found.method)  # type: ignore[arg-type]


def draw_strata(
    sources: Sequence[Source], strata: Mapping[str, tuple[int, int]], method: Method = "sha256"
) -> dict[str, Draw]:
    """One draw for each stratum (its pool and picks), each with its own name among the sources. Raises DataRefused.

    >>> {name: len(one.picks) for name, one in draw_strata([7], {"120101": (10, 2), "120102": (5, 1)}).items()}
    {'120101': 2, '120102': 1}
    """
    named = {name: hashlib.sha256(name.encode()).hexdigest() for name in strata}
    return {name: draw([*sources, named[name]], *strata[name], method) for name in strata}


def draw_weighted(sources: Sequence[Source], weights: Sequence[int], picks: int) -> Draw:
    """Draw ``picks`` different places (from 1) with chances by published whole ``weights``; 0: never.

    Each place has the key −ln(h)/w with h of SHA-256 of sources and place; the smallest keys are drawn. Forty decimal
    digits make the order the same on every machine. Raises DataRefused.

    >>> len(draw_weighted([7], [1, 5, 0, 3], 3).picks)
    3
    """
    if any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in weights):
        raise DataRefused("权重须为非负整数", "weights must be whole numbers that are not negative", "weights")
    likely = [place for place, one in enumerate(weights, 1) if one]
    if not 0 <= picks <= len(likely):
        raise DataRefused(f"权重大于 0 的只有 {len(likely)} 个", f"only {len(likely)} have a weight above 0", "picks")
    key = key_of(sources)
    start = key.encode()
    numbers = {place: int.from_bytes(_hash_of(start, place).digest(), "big") for place in likely}
    near = {place: _arrival(number) / weights[place - 1] for place, number in numbers.items()}

    def exact(place: int) -> tuple[Decimal, int]:
        share = _PRECISE.divide(Decimal(numbers[place] + 1), Decimal(_SPACE + 1))
        return _PRECISE.divide(-_PRECISE.ln(share), Decimal(weights[place - 1])), place

    chosen: list[int] = []
    run: list[int] = []  # keys that floating point cannot tell apart for sure: forty digits order them
    for place in sorted(likely, key=near.__getitem__):
        if run and near[place] > near[run[-1]] * (1 + 1e-9):
            chosen += sorted(run, key=exact) if len(run) > 1 else run
            run = []
            if len(chosen) >= picks:
                break
        run.append(place)
    chosen = (chosen + (sorted(run, key=exact) if len(run) > 1 else run))[:picks]
    hashes = tuple(_hash_of(start, place).hexdigest().upper() for place in chosen)
    return Draw(WEIGHTED, key, len(weights), tuple(chosen), hashes)


def _arrival(number: int) -> float:
    """−ln of a hash as a share of all hashes, with full relative accuracy at both ends."""
    rest = (_SPACE - number) / (_SPACE + 1)
    return -math.log1p(-rest) if rest < 0.5 else -math.log((number + 1) / (_SPACE + 1))


def _hash_of(key: bytes, place: int) -> hashlib._Hash:
    return hashlib.sha256(key + place.to_bytes(8, "big"))


# --- records --------------------------------------------------------------------------------------------------


def list_digest(names: Sequence[str]) -> str:
    """SHA-256 (hexadecimal) of a list as it is published: one name a line, NFC, UTF-8, each line ended by a line feed.

    Raises DataRefused for a name that is empty, holds a line break or stands twice.

    >>> list_digest(["甲", "乙"])[:16]
    '3e397d9ac4394ac4'
    """
    lines = [unicodedata.normalize("NFC", one) for one in names]
    seen: set[str] = set()
    for place, one in enumerate(lines):
        if not one.strip() or "\n" in one or "\r" in one or one in seen:
            raise DataRefused(
                f"名单第 {place + 1} 行为空、含换行或重复",
                f"line {place + 1} of the list is empty, holds a line break or stands twice",
                f"names.{place}",
            )
        seen.add(one)
    return hashlib.sha256("".join(f"{one}\n" for one in lines).encode()).hexdigest()


def record(
    sources: Sequence[Source],
    names: Sequence[str],
    picks: int,
    method: Method = "sha256",
    weights: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Draw from a list of names and give the whole as JSON values: with the list anybody recomputes it.

    Raises DataRefused.

    >>> told = record([7], ["甲", "乙", "丙"], 2)
    >>> recomputes(told, ["甲", "乙", "丙"]), recomputes(told, ["甲", "丙", "乙"])
    (True, False)
    """
    if weights is not None and len(weights) != len(names):
        raise DataRefused("每个名字须有一个权重", "each name needs a weight", "weights")
    if weights is not None and method != "sha256":
        raise DataRefused("加权抽取用 sha256", "a weighted draw takes sha256", "method")
    digest = list_digest(names)
    found = draw(sources, len(names), picks, method) if weights is None else draw_weighted(sources, weights, picks)
    return {
        "edition": EDITION,
        "method": found.method,
        "sources": [one if isinstance(one, int | str) else list(one) for one in sources],
        "list_sha256": digest,
        "pool": found.pool,
        "weights": None if weights is None else list(weights),
        "key": found.key,
        "picks": list(found.picks),
        "hashes": list(found.hashes),
        "names": [names[place - 1] for place in found.picks],
    }


def recomputes(told: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether a record is, to the last field, what its sources give from this list; False for what is no record."""
    try:
        method: Method = "sha256" if told["method"] == WEIGHTED else told["method"]
        return record(told["sources"], names, len(told["picks"]), method, told["weights"]) == dict(told)
    except (DataRefused, KeyError, TypeError):
        return False


# --- sources that nobody can choose ---------------------------------------------------------------------------


def commitment(secret: bytes) -> str:
    """What is published before the draw of a secret that is opened after it: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret).hexdigest()


def opened(secret: bytes, published: str) -> bool:
    """Whether an opened secret is the one committed to.

    >>> opened(b"s", commitment(b"s")), opened(b"t", commitment(b"s"))
    (True, False)
    """
    return hmac.compare_digest(commitment(secret), published.lower())


def revealed(published: Sequence[str], secrets: Sequence[bytes]) -> tuple[str, ...]:
    """The sources of a draw from secrets of several parties, each checked against what it had committed to.

    Nobody can choose the outcome as long as one party keeps its secret until all have committed. Raises DataRefused
    with the place of a secret that is not the one committed to.

    >>> revealed([commitment(b"a"), commitment(b"b")], [b"a", b"b"])
    ('61', '62')
    """
    if not secrets or len(published) != len(secrets):
        raise DataRefused("承诺与公开值须一一对应", "each commitment needs its secret, and no other", "secrets")
    for place, (one, secret) in enumerate(zip(published, secrets, strict=True)):
        if not secret or not opened(secret, one):
            raise DataRefused(
                f"第 {place + 1} 方公开的值与其承诺不符", f"party {place + 1} did not open what it committed to",
                f"secrets.{place}",
            )  # fmt: skip
    return tuple(one.hex() for one in secrets)


def beacon_round(at: int, genesis: int, period: int) -> int:
    """The first round of a beacon that is not out yet at ``at``; all in whole seconds since 1970 (UTC).

    ``genesis`` and ``period`` are the network's. Name this round, or a later one, before the draw. Raises DataRefused.

    >>> beacon_round(1595431050, 1595431050, 30), beacon_round(1595431079, 1595431050, 30)
    (2, 2)
    """
    if period < 1:
        raise DataRefused("周期须大于 0 秒", "the period must be above 0 seconds", "period")
    return 1 if at < genesis else (at - genesis) // period + 2


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
