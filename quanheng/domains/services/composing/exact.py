"""What search and bound left open, settled by HiGHS."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from quanheng.domains.services.composing.location import Question

_LEAST_SECONDS = 0.02


class _Silent(highspy.Highs):
    """Writes nothing: the set-up of callbacks, which are not used here, prints a banner before it could be told to."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)


def settle(asked: Question, keep: NDArray[np.bool_], deadline: float) -> tuple[tuple[int, ...] | None, float]:
    """Which group serves each item in the best choice made of the pairs in ``keep``, and the bound reached in time.

    None: no choice was found. Then the bound is inf if there is none.

        minimise  Σ c[i, g] x[i, g] + opening · Σ y[g]   so that   Σ_g x[i, g] = 1,  x[i, g] ≤ y[g],  Σ c x ≤ budget
    """
    keep = keep & np.isfinite(asked.costs)
    if not keep.any(axis=1).all():
        return None, np.inf
    items, columns = np.nonzero(keep)
    model = _Silent()
    model.setOptionValue("threads", 1)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 1e-7)
    model.setOptionValue("time_limit", max(_LEAST_SECONDS, deadline - time.perf_counter()))
    model.passModel(_programme(asked, items, columns))
    model.run()
    info = model.getInfo()
    if model.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return None, np.inf
    bound = float(info.mip_dual_bound)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, bound
    served = np.full(asked.costs.shape, -1.0)
    served[items, columns] = model.getSolution().col_value[: len(items)]
    return tuple(int(group) for group in served.argmax(axis=1)), bound


def _programme(asked: Question, items: NDArray[np.int64], columns: NDArray[np.int64]) -> highspy.HighsLp:
    """Rows: one for each item, one for each pair, one for the budget. Columns: the pairs, then the groups."""
    costs, opening, budget = asked.costs, asked.opening, asked.budget
    used, opens = np.unique(columns, return_inverse=True)
    groups = len(used)
    pairs, wanted = len(items), costs.shape[0]
    limited = budget is not None
    prices = costs[items, columns]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = pairs + groups, wanted + pairs + limited
    lp.col_cost_ = np.concatenate([prices, np.full(groups, opening)])
    lp.col_lower_, lp.col_upper_ = np.zeros(pairs + groups), np.ones(pairs + groups)
    least = [np.ones(wanted), np.full(pairs + limited, -highspy.kHighsInf)]
    most = [np.ones(wanted), np.zeros(pairs), np.full(int(limited), budget or 0.0)]
    lp.row_lower_, lp.row_upper_ = np.concatenate(least), np.concatenate(most)
    own = np.arange(pairs) + wanted
    ends, rows, values = [np.arange(pairs)] * 2, [items, own], [np.ones(pairs)] * 2
    ends, rows, values = [*ends, opens + pairs], [*rows, own], [*values, -np.ones(pairs)]
    if limited:
        ends, rows, values = [*ends, np.arange(pairs)], [*rows, np.full(pairs, wanted + pairs)], [*values, prices]
    column = np.concatenate(ends)
    order = np.argsort(column, kind="stable")
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(pairs + groups + 1))
    lp.a_matrix_.index_ = np.concatenate(rows)[order]
    lp.a_matrix_.value_ = np.concatenate(values)[order]
    # Which groups are open decides who serves whom, unless a budget makes it worth while to share an item.
    whole, any_value = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    lp.integrality_ = [*[whole if limited else any_value] * pairs, *[whole] * groups]
    return lp
