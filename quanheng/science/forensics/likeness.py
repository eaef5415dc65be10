"""Fingerprints of curves and photographs, and whether two are one that was saved, scaled, cut or made noisy again.

A curve is kept as ``FINE`` means of its points, so that its number of points and its unit do not count. Two measured
curves of alike things differ by the noise of both; a copy differs from its original by less than the noise that it
carries itself, however it was scaled, shifted or cut at its ends. A photograph is kept as the mean brightness
of ``KEPT`` × ``KEPT`` fields, and compared in the same way.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quanheng.science.arrays import Floats

#: Curves are compared at so many means; one of fewer points says too little of its noise to be compared.
BINS: Final = 128
#: And kept as so many: what was cut at its ends has its means elsewhere.
FINE: Final = 512
#: Photographs are compared at so many rows of so many fields, and kept at so many.
SIDE: Final = 32
KEPT: Final = 64
#: Pictures without noise of their own are compared as if each field had so much: what saving them anew does to it.
_FINEST: Final = 0.15
_SHAPE_BANDS, _DETAIL_BANDS = 4, 10
_PHOTO_BANDS = 8
_ROUNDS: Final = 4
#: Ends cut by more than a tenth are another curve.
_MOST_CUT: Final = 0.1
_EDGES: Final = np.linspace(0, 1, BINS + 1)
_MIDDLES: Final = (_EDGES[1:] + _EDGES[:-1]) / 2
_WHOLE: Final = np.linspace(0, 1, SIDE + 1)


def curve_print(points: Sequence[float]) -> bytes:
    """The fingerprint of a curve; empty where it is shorter than ``BINS``, level, or a straight line (as a time axis).

    >>> curve_print([float(one) for one in range(500)])
    b''
    >>> len(curve_print([math.sin(one / 20) for one in range(500)])) == 2 * FINE
    True
    """
    values = np.asarray(points, dtype=float)
    if values.ndim != 1 or len(values) < BINS or not np.isfinite(values).all():
        return b""
    scale = float(np.abs(values).max())
    if not 0 < scale < 1e150:
        return b""
    means = _means(values / scale, np.linspace(0, 1, FINE + 1))
    line = np.linspace(-1, 1, FINE)
    bent = means - means.mean() - line * float(means @ line) / float(line @ line)
    if np.ptp(means) < 1e-9 or np.abs(bent).max() <= 2e-3 * np.ptp(means):
        return b""
    standard = (means - means.mean()) / means.std()
    if np.abs(standard).max() > 16:
        return b""  # a spike and nothing else: written in 16 bits it would be another curve
    return (standard * 2000).round().astype("<i2").tobytes()


def _means(values: Floats, edges: Floats) -> Floats:
    """Means of a curve between edges from 0, its beginning, to 1, its end; a point at one is shared."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    found: Floats = np.diff(np.interp(edges * len(values), np.arange(len(sums)), sums)) / np.diff(edges) / len(values)
    return found


def curve_keys(fingerprint: bytes) -> list[int]:
    """Numbers by which alike curves are found (random hyperplanes, Charikar 2002): they tell where to look.

    Most are of the noise on the curve, which no honest curve shares; some of its shape, which curves of alike things
    do, and which is all that a curve keeps that was cut at its ends.
    """
    values = _means(_read(fingerprint), _EDGES)
    shape = values - values.mean()
    detail = values[2:-2] - np.convolve(values, np.full(5, 0.2), mode="valid")
    signs = _planes() @ shape > 0
    fine = _planes()[:, 2:-2] @ detail > 0
    keys = [_key(3, band, fine[64 + band * 12 : 76 + band * 12]) for band in range(_DETAIL_BANDS)]
    return keys + [_key(1, band, signs[band * 16 : band * 16 + 16]) for band in range(_SHAPE_BANDS)]


def _key(kind: int, band: int, bits: NDArray[np.bool_]) -> int:
    packed = int("".join("1" if one else "0" for one in bits), 2)
    return (kind << 24) | (band << 18) | packed


@cache
def _planes() -> Floats:
    """Hyperplanes of signs from SHA-256: the same on every machine, so that what is stored stays comparable."""
    count = (_SHAPE_BANDS * 16 + _DETAIL_BANDS * 12) * BINS
    digests = b"".join(hashlib.sha256(f"likeness {place}".encode()).digest() for place in range(count // 256))
    bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8)).reshape(-1, BINS)
    planes: Floats = bits.astype(float) * 2 - 1
    return planes


def same_curve(one: bytes, other: bytes) -> float:
    """How two curves differ, in units of the noise that they carry: honest ones by √2, copies by less than 1.

    The other is fitted to the one by offset, factor, shift and stretch (Gauss and Newton, to first order in each
    round). Infinite where they are not alike at all; 0 for curves without noise that agree to their last digits.
    """
    fine = _read(other)
    a, b = _means(_read(one), _EDGES), _means(fine, _EDGES)
    # The ends may have nothing beyond them to be fitted to.
    inner = slice(BINS // 16, -BINS // 16)
    low, high = 0.0, 1.0
    rest = a
    for _round in range(_ROUNDS):
        warped = _means(fine, low + (high - low) * _EDGES)
        slope = np.gradient(warped, _MIDDLES)
        columns = np.stack([np.ones(BINS), warped, slope * (1 - _MIDDLES), slope * _MIDDLES], axis=1)[inner]
        found = np.linalg.lstsq(columns, a[inner], rcond=None)[0]
        rest = a[inner] - columns[:, :2] @ found[:2]
        if found[1] <= 0:
            return math.inf
        step = found[2:] / found[1]
        width = high - low
        low, high = low + width * float(step[0]), high + width * float(step[1])
        if abs(low) > _MOST_CUT or abs(high - 1) > _MOST_CUT:
            return math.inf
    difference = float(np.sqrt((rest**2).mean()))
    noise = max(_noise(a), _noise(b))
    # Standardised values are kept to 1/2000: what is less is rounding.
    if difference <= 1e-3:
        return 0.0 if noise <= 1e-3 else difference / noise
    return difference / noise if noise else math.inf


def _noise(values: Floats) -> float:
    """The standard deviation of the noise on a curve, whatever peaks it has: by medians of its differences.

    Those of the second order have more of the curve itself in them than higher ones, noise as much: the least counts.
    """
    return min(
        float(np.median(np.abs(np.diff(values, order)))) / (0.6745 * math.sqrt(math.comb(2 * order, order)))
        for order in (2, 4, 6)
    )


def _read(fingerprint: bytes) -> Floats:
    found: Floats = np.frombuffer(fingerprint, dtype="<i2").astype(float) / 2000
    return found


def photo_print(grey: Floats) -> bytes:
    """The fingerprint of a photograph of ``KEPT`` × ``KEPT`` grey values from 0 to 255; empty for a plain area.

    >>> photo_print(np.zeros((KEPT, KEPT)))
    b''
    """
    values = np.asarray(grey, dtype=float)
    if values.shape != (KEPT, KEPT) or values.std() < 4:
        return b""
    return (values * 256).round().astype("<u2").tobytes()


def photo_keys(fingerprint: bytes) -> list[int]:
    """Numbers by which alike photographs are found, by random hyperplanes as for curves."""
    fields = _fields(_picture(fingerprint), _WHOLE, _WHOLE)
    values = (fields - fields.mean()).reshape(-1, BINS)
    # A hyperplane of all fields is put together of shorter ones, for each few rows another.
    planes = _planes()
    sums = sum(np.roll(planes, 11 * place, axis=0) @ row for place, row in enumerate(values))
    signs = np.asarray(sums) > 0
    return [_key(2, band, signs[band * 16 : band * 16 + 16]) for band in range(_PHOTO_BANDS)]


def same_photo(one: bytes, other: bytes) -> float:
    """How two photographs differ, in units of the noise that they carry: honest ones by √2 or more, copies by less.

    The other is fitted to the one by brightness, contrast, shift and scale of both directions (as ``same_curve``).
    Infinite where they are not alike at all.
    """
    fine = _picture(other)
    a = _fields(_picture(one), _WHOLE, _WHOLE)
    at, inner = _WHOLE[1:] - 0.5 / SIDE, (slice(2, -2), slice(2, -2))
    target = a[inner].ravel()
    across, down = _WHOLE, _WHOLE
    rest = target
    for _round in range(_ROUNDS):
        warped = _fields(fine, down, across)
        slope_down, slope_across = np.gradient(warped, 1 / SIDE)
        parts = [np.ones_like(warped), warped, slope_across * (1 - at)[None, :], slope_across * at[None, :]]
        parts += [slope_down * (1 - at)[:, None], slope_down * at[:, None]]
        matrix = np.stack([part[inner].ravel() for part in parts], axis=1)
        found = np.linalg.lstsq(matrix, target, rcond=None)[0]
        if found[1] <= 0:
            return math.inf
        rest = target - matrix[:, :2] @ found[:2]
        across, down = _moved(across, found[2:4] / found[1]), _moved(down, found[4:6] / found[1])
        if max(abs(across[0]), abs(across[-1] - 1), abs(down[0]), abs(down[-1] - 1)) > _MOST_CUT:
            return math.inf
    difference = float(np.sqrt((rest**2).mean()))
    return difference / max(_grain(a), _grain(_fields(fine, _WHOLE, _WHOLE)), _FINEST)


def _moved(edges: Floats, step: Floats) -> Floats:
    """Edges of fields, the first and the last moved by so much of the whole and the others with them."""
    moved: Floats = edges + step[0] + (step[1] - step[0]) * _WHOLE
    return moved


def _fields(picture: Floats, down: Floats, across: Floats) -> Floats:
    """Mean brightness of the fields between edges, from 0 to 1."""
    found: Floats = _shares(down) @ picture @ _shares(across).T
    return found


def _shares(edges: Floats) -> Floats:
    """By what share each of ``KEPT`` rows enters the mean between two edges."""
    ends, rows = edges[:, None] * KEPT, np.arange(KEPT)[None, :]
    within = np.minimum(ends[1:], rows + 1) - np.maximum(ends[:-1], rows)
    found: Floats = np.clip(within, 0, None) / np.diff(ends, axis=0)
    return found


def _grain(values: Floats) -> float:
    """The standard deviation of the noise of a picture: along its rows and its columns, the least of both."""
    return min(
        float(np.median(np.abs(np.diff(values, order, axis=axis)))) / (0.6745 * math.sqrt(math.comb(2 * order, order)))
        for order in (2, 4)
        for axis in (0, 1)
    )


def _picture(fingerprint: bytes) -> Floats:
    found: Floats = np.frombuffer(fingerprint, dtype="<u2").astype(float).reshape(KEPT, KEPT) / 256
    return found
