"""Whether this week has more reports than the past explains.

Sources: L. Hutwagner et al., J. Urban Health 80 (2003) i89 (EARS C1 to C3); C. P. Farrington et al., J. R. Stat. Soc. A
159 (1996) 547; A. Noufaily et al., Stat. Med. 32 (2013) 1206 (Farrington flexible). Places in a series count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from quanheng.science.arrays import DataRefused, positive
from quanheng.science.special import normal_quantile, student_t_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from quanheng.science.arrays import Floats

    Places = NDArray[np.int64]

_BASE: Final = 7
_LAG: Final = 2
_MOST: Final = 50
_AT_REST: Final = 1e-10


@dataclass(frozen=True)
class Watched:
    """The bound of each watched place (NaN before the first one) and where counts exceed it."""

    upper: Floats
    alarms: tuple[int, ...]


def ears(counts: ArrayLike, method: str = "c1", alpha: float | None = None) -> Watched:
    """EARS: the mean of seven counts plus z standard deviations; C2 leaves the last two out, C3 adds its recent excess.

    ``alpha`` is 0.001 for C1 and C2, 0.025 for C3 by default. Raises DataRefused.

    >>> ears([1, 2, 1, 2, 1, 2, 1, 9]).alarms
    (7,)
    """
    values = _counts(counts)
    z = -normal_quantile(alpha if alpha is not None else 0.025 if method == "c3" else 0.001)
    lags = {"c1": 0, "c2": _LAG, "c3": _LAG}
    if method not in lags:
        raise DataRefused("方法只能是 c1、c2 或 c3", "the method must be c1, c2 or c3", "method")
    first = _BASE + lags[method]
    _long_enough(values, first + (_LAG if method == "c3" else 0) + 1)
    windows = np.lib.stride_tricks.sliding_window_view(values, _BASE)[: len(values) - first]
    mean, spread = np.full(len(values), np.nan), np.full(len(values), np.nan)
    mean[first:], spread[first:] = windows.mean(axis=1), windows.std(axis=1, ddof=1)
    if method != "c3":
        return _watched(values, mean + z * spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.maximum(0.0, np.where(spread > 0, (values - mean) / spread, 0.0) - 1)
    recent = np.full(len(values), np.nan)
    recent[first + _LAG :] = excess[first + 1 : -1] + excess[first:-_LAG]
    return _watched(values, mean + spread * (z - recent))


@dataclass(frozen=True)
class Farrington:
    """What a Farrington run takes as the past, and how sure it must be.

    ``years`` back, ``half_width`` weeks around the same week, ``alpha`` (two-sided in the original, one-sided in the
    flexible form), the least ``few`` cases in ``recent`` weeks for an alarm. For the flexible form: the last
    ``skipped`` weeks stay out, ``periods`` of the year (1: only the window itself counts), ``threshold`` from which a
    past outbreak is weighted down, ``trend_p`` below which a trend is believed.
    """

    years: int = 5
    half_width: int = 3
    alpha: float = 0.01
    few: int = 5
    recent: int = 4
    skipped: int = 0
    periods: int = 1
    threshold: float = 1.0
    trend_p: float = 0.05
    one_sided: bool = False


ORIGINAL: Final = Farrington()
FLEXIBLE: Final = Farrington(skipped=26, periods=10, threshold=2.58, trend_p=1.0, one_sided=True, alpha=0.05)


def farrington(
    counts: ArrayLike, frequency: int = 52, setting: Farrington = ORIGINAL, places: tuple[int, int] | None = None
) -> Watched:
    """The bound of a quasi-Poisson regression on the same weeks of earlier years, past outbreaks weighted down.

    ``places``: from and to (exclusive) which places are watched; all that have so many years behind them by default.
    Raises DataRefused.

    >>> season = [3 + (week % 52 > 40) for week in range(52 * 6)]
    >>> season[-1] = 30
    >>> farrington(season).alarms
    (311,)
    """
    values = _counts(counts)
    if frequency < 2 or setting.years < 1 or setting.half_width < 0 or not 0 < setting.alpha < 1:
        raise DataRefused("设置超出范围", "a setting is out of range", "options")
    first = setting.years * frequency + setting.half_width
    start, end = places or (first, len(values))
    if not first <= start < end <= len(values):
        raise DataRefused(
            f"前面至少要有 {first} 期数据，现有 {len(values)} 期",
            f"at least {first} earlier periods are needed; there are {len(values)}",
            "counts",
        )
    z = -normal_quantile(setting.alpha if setting.one_sided else setting.alpha / 2)
    upper = np.full(len(values), np.nan)
    upper[start:end] = _bounds(values, np.arange(start, end), frequency, setting, z)
    found = _watched(values, upper)
    sums = np.convolve(values, np.ones(setting.recent))[: len(values)]
    return Watched(upper, tuple(one for one in found.alarms if sums[one] >= setting.few))


def _bounds(values: Floats, places: Places, frequency: int, setting: Farrington, z: float) -> Floats:
    """The bounds of all places at once: each has its past at the same distances, so they share their design."""
    offsets, level = _past(frequency, setting)
    season = [(level == one).astype(float) for one in np.unique(level) if one]
    flat = np.stack([np.ones(len(offsets)), *season], axis=1)
    sloped = np.insert(flat, 1, offsets / frequency, axis=1)
    if len(offsets) <= sloped.shape[1]:
        raise DataRefused("过去数据太少，请放宽设置", "the past is too short; widen the settings", "options")
    upper = np.zeros(len(places))
    past = values[places[:, None] + offsets[None, :]]
    left = np.flatnonzero(past.any(axis=1))  # where nothing ever happened, anything is more
    if setting.years >= 3 and len(left):
        y = past[left]
        fitted = _weighted(sloped, y, setting.threshold)
        dof = len(offsets) - sloped.shape[1]
        size = abs(fitted.beta[:, 1]) / np.sqrt(np.maximum(fitted.phi * fitted.covariance[:, 1, 1], 1e-300))
        least = student_t_quantile(1 - setting.trend_p / 2, dof) if setting.trend_p < 1 else -1.0
        # A trend is believed that is sure enough and does not lead beyond all that was ever seen.
        believed = (size > least) & (np.exp(np.minimum(fitted.beta[:, 0], 700.0)) <= y.max(axis=1))
        upper[left[believed]] = _quantiles(fitted.of(believed), z)
        left = left[~believed]
    if len(left):
        upper[left] = _quantiles(_weighted(flat, past[left], setting.threshold), z)
    return upper


def _past(frequency: int, setting: Farrington) -> tuple[Places, Places]:
    """The distances of the past, and to which part of the year each belongs (0: the window around the same week)."""
    width = setting.half_width
    if setting.periods == 1:
        years = np.arange(setting.years, 0, -1) * frequency
        offsets = (np.arange(-width, width + 1)[None, :] - years[:, None]).ravel()
        offsets = offsets[offsets < -setting.skipped]
        return offsets, np.zeros(len(offsets), dtype=np.int64)
    offsets = np.arange(-setting.years * frequency - width, -max(setting.skipped, 1))
    phase = (offsets + width) % frequency
    rest = frequency - (2 * width + 1)
    level = np.where(phase <= 2 * width, 0, 1 + (phase - 2 * width - 1) * (setting.periods - 1) // max(rest, 1))
    return offsets, level


@dataclass(frozen=True)
class _Fits:
    """Coefficients, their covariance without dispersion, and the dispersion, of each place."""

    beta: Floats
    covariance: Floats
    phi: Floats

    def of(self, some: NDArray[np.bool_]) -> _Fits:
        return _Fits(self.beta[some], self.covariance[some], self.phi[some])


def _quantiles(fitted: _Fits, z: float) -> Floats:
    """The bound of a count at distance 0 in the window, where counts to the power of two thirds are symmetric."""
    mean = np.exp(np.minimum(fitted.beta[:, 0], 700.0))
    tau = fitted.phi * (1 + mean * fitted.covariance[:, 0, 0])
    bound: Floats = (mean ** (2 / 3) + z * np.sqrt(4 / 9 * mean ** (1 / 3) * tau)) ** 1.5
    return bound


def _weighted(design: Floats, y: Floats, threshold: float) -> _Fits:
    """Quasi-Poisson regressions, done again with weights that hold back what lies far above its own fit."""
    found, leverage, mean = _quasi_poisson(design, y, np.ones(y.shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = 1.5 * (y ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean))
        residual /= np.sqrt(found.phi[:, None] * np.maximum(1 - leverage, 1e-12))
    far = residual > threshold
    some = far.any(axis=1)
    if some.any():
        weights = np.where(far[some], 1 / np.where(far[some], residual[some], 1.0) ** 2, 1.0)
        weights *= y.shape[1] / weights.sum(axis=1, keepdims=True)
        again, _leverage, _mean = _quasi_poisson(design, y[some], weights)
        found.beta[some], found.covariance[some], found.phi[some] = again.beta, again.covariance, again.phi
    return found


def _quasi_poisson(design: Floats, y: Floats, weights: Floats) -> tuple[_Fits, Floats, Floats]:
    """Iterated weighted least squares with the logarithm as link; the dispersion is at least that of Poisson."""
    places, terms = len(y), design.shape[1]
    pairs = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    eta, beta = np.log(y + 0.1), np.zeros((places, terms))
    ridge = 1e-12 * np.eye(terms)

    def information(mean: Floats) -> Floats:
        found: Floats = ((weights * mean) @ pairs).reshape(places, terms, terms) + ridge
        return found

    for _ in range(_MOST):
        mean = np.exp(np.clip(eta, -30, 30))
        aim = (weights * (mean * eta + y - mean)) @ design
        after = np.linalg.solve(information(mean), aim[:, :, None])[:, :, 0]
        moved = float(abs(after - beta).max())
        beta, eta = after, after @ design.T
        if moved < _AT_REST:
            break
    mean = np.exp(np.clip(eta, -30, 30))
    covariance = np.linalg.inv(information(mean)).astype(float)
    leverage = weights * mean * (covariance.reshape(places, -1) @ pairs.T)
    pearson = (weights * (y - mean) ** 2 / mean).sum(axis=1)
    phi = np.maximum(1.0, pearson / (len(design) - terms))
    return _Fits(beta, covariance, phi), leverage, mean


def _counts(counts: ArrayLike) -> Floats:
    return positive(counts, "counts", zero=True)


def _long_enough(values: Floats, least: int) -> None:
    if len(values) < least:
        raise DataRefused(
            f"至少要有 {least} 期数据，现有 {len(values)} 期",
            f"at least {least} periods are needed; there are {len(values)}",
            "counts",
        )


def _watched(values: Floats, upper: Floats) -> Watched:
    with np.errstate(invalid="ignore"):
        return Watched(upper, tuple(int(one) for one in np.flatnonzero(values > upper)))
