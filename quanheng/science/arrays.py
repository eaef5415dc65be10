"""Numbers at the door of the science: converted to float, looked at once, refused with their place.

>>> column([1, 2, 3], "x").mean()
2.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quanheng.science.errors import ScienceError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


class DataRefused(ScienceError):
    """Data that a calculation cannot take, with their place."""


def column(values: ArrayLike, name: str, *, least: int = 1) -> Floats:
    """``values`` as a one-dimensional array of finite numbers, at least ``least`` of them. Raises DataRefused.

    Whole numbers become floats: arithmetic on integers would round.
    """
    found = table(values, name, dimensions=1)
    if len(found) < least:
        raise DataRefused(
            f"“{name}”有 {len(found)} 个数，至少要有 {least} 个",
            f"'{name}' has {len(found)} numbers, at least {least} are needed",
            name,
        )
    return found


def table(values: ArrayLike, name: str, *, dimensions: int = 2) -> Floats:
    """``values`` as an array of finite numbers with so many dimensions. Raises DataRefused."""
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataRefused(
            f"“{name}”中有不是数的内容，或各行长短不一，请核对",
            f"'{name}' holds something that is no number, or rows of unequal length; check it",
            name,
        ) from error
    if found.ndim != dimensions:
        raise DataRefused(
            f"“{name}”须为 {dimensions} 维的数", f"'{name}' must be numbers in {dimensions} dimensions", name
        )
    if not np.isfinite(found).all():
        place = ".".join(map(str, (name, *np.argwhere(~np.isfinite(found))[0])))
        raise DataRefused(f"“{place}”不是有限的数，请改正或删去", f"'{place}' is not finite; mend or remove it", place)
    return found


def positive(values: ArrayLike, name: str, *, least: int = 1, zero: bool = False) -> Floats:
    """The same as `column` with every number above zero (``zero``: or zero). Raises DataRefused."""
    found = column(values, name, least=least)
    wrong = found < 0 if zero else found <= 0
    if wrong.any():
        place = f"{name}.{int(np.argmax(wrong))}"
        zh, en = ("不能为负", "must not be negative") if zero else ("须大于 0", "must be greater than 0")
        raise DataRefused(f"“{place}”{zh}，请核对", f"'{place}' {en}; check it", place)
    return found
