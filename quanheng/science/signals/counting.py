"""Counting reports: how often product and event occur together, and how often they would by chance.

Source: W. DuMouchel, Am. Stat. 53 (1999) 177. A count is of distinct reports: a report that names a pair twice counts
once. Expected counts are products of margins over the number of reports, within strata where there are any.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quanheng.science.arrays import DataRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quanheng.science.arrays import Floats


@dataclass(frozen=True)
class Counts:
    """Pairs that were reported at least once: their count n, expected count e, and the margins of both.

    ``total`` is the number of distinct reports.
    """

    product: tuple[str, ...]
    event: tuple[str, ...]
    n: NDArray[np.int64]
    e: Floats
    products: NDArray[np.int64]
    events: NDArray[np.int64]
    total: int


def count(rows: Sequence[Sequence[Hashable]], strata: Sequence[Hashable] | None = None) -> Counts:
    """Count ``rows`` of (report, product, event); ``strata`` gives a row's stratum. Pairs come in alphabetical order.

    Raises DataRefused where there are no rows or a row has another number of members.

    >>> found = count([(1, "a", "x"), (1, "a", "y"), (2, "a", "x"), (3, "b", "x"), (3, "b", "x")])
    >>> list(zip(found.product, found.event, found.n.tolist(), found.e.round(3).tolist()))
    [('a', 'x', 2, 2.0), ('a', 'y', 1, 0.667), ('b', 'x', 1, 1.0)]
    """
    if not len(rows):
        raise DataRefused("没有数据行", "there are no rows", "rows")
    for place, row in enumerate(rows):
        if len(row) != 3:
            raise DataRefused(
                f"第 {place + 1} 行应有报告、产品、事件三项",
                f"row {place + 1} must have report, product and event",
                f"rows.{place}",
            )
    if strata is not None and len(strata) != len(rows):
        raise DataRefused("每行须有一个分层", "each row needs a stratum", "strata")
    report, _ = _coded(row[0] for row in rows)
    product, products = _coded(str(row[1]) for row in rows)
    event, events = _coded(str(row[2]) for row in rows)
    stratum, _ = _coded(strata) if strata is not None else (np.zeros(len(rows), dtype=np.int64), [""])
    width = len(events)
    pairs, pair_of = np.unique(product * width + event, return_inverse=True)
    n = _distinct(pair_of, report, len(pairs))
    row_margin, column_margin = _distinct(product, report, len(products)), _distinct(event, report, width)
    expected = np.zeros(len(pairs))
    at_product, at_event = pairs // width, pairs % width
    for one in np.unique(stratum):
        of = stratum == one
        within = len(np.unique(report[of]))
        expected += (
            _distinct(product[of], report[of], len(products))[at_product]
            * _distinct(event[of], report[of], width)[at_event]
            / within
        )
    return Counts(
        tuple(products[one] for one in at_product),
        tuple(events[one] for one in at_event),
        n,
        expected,
        row_margin[at_product],
        column_margin[at_event],
        len(np.unique(report)),
    )


def _coded(values: Iterable[Hashable]) -> tuple[NDArray[np.int64], list[str]]:
    """Numbers for values, and the values' texts by number, in order."""
    listed = list(values)
    known = sorted(set(listed), key=str)
    number = {one: at for at, one in enumerate(known)}
    return np.array([number[one] for one in listed], dtype=np.int64), [str(one) for one in known]


def _distinct(group: NDArray[np.int64], report: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """How many different reports each group has."""
    once = np.unique(group * (int(report.max()) + 1) + report) // (int(report.max()) + 1)
    return np.bincount(once, minlength=groups)
