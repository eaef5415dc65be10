"""Many laboratories looked at, few falsely suspected.

Sources: Y. Benjamini, Y. Hochberg, J. R. Stat. Soc. B 57 (1995) 289; Y. Benjamini, D. Yekutieli, Ann. Stat. 29 (2001)
1165 (where tests depend on each other).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quanheng.science.arrays import DataRefused, column

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from quanheng.science.arrays import Floats


def adjusted(p: ArrayLike, *, dependent: bool = False) -> Floats:
    """The least false discovery rate at which each test would be a finding, in the order given. Raises DataRefused.

    >>> adjusted([0.01, 0.02, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.04, 0.04, 0.5]
    """
    values = column(p, "p")
    if ((values < 0) | (values > 1)).any():
        raise DataRefused("概率须在 0 与 1 之间", "probabilities must lie between 0 and 1", "p")
    n = len(values)
    factor = float((1 / np.arange(1, n + 1)).sum()) if dependent else 1.0
    order = np.argsort(values, kind="stable")
    scaled = values[order] * n * factor / np.arange(1, n + 1)
    least = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    found = np.empty(n)
    found[order] = least
    return found


def findings(p: ArrayLike, rate: float = 0.05, *, dependent: bool = False) -> tuple[int, ...]:
    """Which tests are findings when at most ``rate`` of the findings may be false, on average.

    >>> findings([0.001, 0.8, 0.03, 0.002])
    (0, 2, 3)
    """
    return tuple(int(one) for one in np.flatnonzero(adjusted(p, dependent=dependent) <= rate))
