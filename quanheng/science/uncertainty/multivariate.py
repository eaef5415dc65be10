"""Models with several outputs, and complex ones: covariances, coverage regions, Monte Carlo.

Source: JCGM 102:2011, 6.2 (real), 6.3 (complex: real and imaginary part are two outputs), 6.5 (coverage regions),
7.5 to 7.7 (Monte Carlo).

>>> from quanheng.science.uncertainty.inputs import normal
>>> found = propagate_many({"s": "a + b", "d": "a - b"}, {"a": normal(1, 0.1), "b": normal(2, 0.1)})
>>> found.names, found.values, round(abs(found.correlation[0][1]), 12)
(('s', 'd'), (3.0, -1.0), 0.0)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quanheng.science.special import chi_square_quantile, normal_quantile
from quanheng.science.uncertainty.correlation import Correlations, correlated
from quanheng.science.uncertainty.expression import Model, ModelRefused, parse_model, plain_name
from quanheng.science.uncertainty.gum import UncertaintyRefused, effective_dof
from quanheng.science.uncertainty.inputs import Input
from quanheng.science.uncertainty.montecarlo import BLOCK, Source, affordable, check_finite, check_trials, moments
from quanheng.science.uncertainty.taylor import series

MOST_OUTPUTS = 20
#: Draws that are kept, over all outputs.
MOST_KEPT = 10_000_000


@dataclass(frozen=True)
class Many:
    """Several outputs Y: estimates (m), standard uncertainties, dof, covariance and correlation (m × m).

    A complex output has two entries, ``name.re`` and ``name.im``. ``sensitivity`` is m × n, its columns in the order
    of ``inputs``. ``k_ellipse``: (η − y)ᵀ U⁻¹ (η − y) ≤ k² holds with the coverage probability; ``k_rectangle``:
    y_j ± k·u_j for all j, at least with it (Bonferroni). By Monte Carlo both are read from the draws.
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    u: tuple[float, ...]
    dof: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    correlation: tuple[tuple[float, ...], ...]
    inputs: tuple[str, ...]
    sensitivity: tuple[tuple[float, ...], ...]
    coverage: float
    k_ellipse: float | None
    k_rectangle: float
    trials: int | None = None


def _prepared(
    models: Mapping[str, str], inputs: Mapping[str, Input], correlations: Sequence[tuple[str, str, float]]
) -> tuple[dict[str, Model], tuple[str, ...], Correlations]:
    if not 1 <= len(models) <= MOST_OUTPUTS:
        raise ModelRefused(f"须有 1 至 {MOST_OUTPUTS} 个输出量", f"give 1 to {MOST_OUTPUTS} outputs", "model")
    parsed = {name: parse_model(text) for name, text in models.items()}
    named = {plain_name(name): name for name in inputs}
    used = {name for one in parsed.values() for name in one.inputs}
    if missing := sorted(used - named.keys()):
        raise ModelRefused(
            f"模型中的 {missing[0]} 没有给出，请补上",
            f"the models use {missing[0]}, which is not given; add it",
            f"inputs.{missing[0]}",
        )
    if spare := [name for folded, name in named.items() if folded not in used]:
        raise ModelRefused(
            f"模型中没有 {spare[0]}，请删去",
            f"no model uses {spare[0]}; take it away",
            f"inputs.{spare[0]}",
        )
    return parsed, tuple(named), correlated(tuple(named.values()), correlations)


def _check_coverage(coverage: float) -> None:
    if not 0.0 < coverage < 1.0:
        raise UncertaintyRefused(
            "包含概率须在 0 与 1 之间", "the coverage probability must lie between 0 and 1", "coverage"
        )


def _names(models: Mapping[str, Model]) -> tuple[str, ...]:
    return tuple(
        one for name, model in models.items() for one in ((f"{name}.re", f"{name}.im") if model.is_complex else (name,))
    )


def propagate_many(
    models: Mapping[str, str],
    inputs: Mapping[str, Input],
    correlations: Sequence[tuple[str, str, float]] = (),
    *,
    coverage: float = 0.95,
) -> Many:
    """Several outputs by first-order propagation: U_y = C U_x Cᵀ (JCGM 102, 6.2.1.3).

    Raises ModelRefused, CorrelationRefused, UncertaintyRefused.
    """
    _check_coverage(coverage)
    parsed, order, related = _prepared(models, inputs, correlations)
    given = list(inputs.values())
    place = {name: at for at, name in enumerate(order)}
    values: list[float] = []
    rows: list[list[float]] = []
    for model in parsed.values():
        at = [given[place[name]].value for name in model.inputs]
        found: list[tuple[float, Sequence[float]]]
        if model.is_complex:
            terms = series(model, np.array(at), np.eye(len(at)))[:2] if at else np.array([[model.arrays([])], [0]])
            found = [(float(part[0, 0]), part[1].tolist() if at else []) for part in (terms.real, terms.imag)]
        else:
            found = [model.gradient(at)]
        for value, slopes in found:
            row = [0.0] * len(order)
            for name, slope in zip(model.inputs, slopes, strict=False):
                row[place[name]] = slope
            values.append(value)
            rows.append(row)
    u = np.array([one.u for one in given])
    parts = np.array(rows) * u
    between = np.array(related.matrix) if related.matrix else np.eye(len(given))
    covariance = parts @ between @ parts.T
    dofs = [one.dof for one in given]
    return _told(
        _names(parsed), values, covariance, [effective_dof(row.tolist(), dofs, related) for row in parts],
        tuple(inputs), rows, coverage,
    )  # fmt: skip


def _told(
    names: tuple[str, ...], values: Sequence[float], covariance: Any, dof: Sequence[float], inputs: tuple[str, ...],
    sensitivity: Any, coverage: float,
) -> Many:  # fmt: skip
    u = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return Many(
        names, tuple(values), tuple(u.tolist()), tuple(dof), _rows(covariance), _rows(_correlation(covariance, u)),
        inputs, _rows(sensitivity), coverage,
        math.sqrt(chi_square_quantile(coverage, len(names))),
        normal_quantile(1 - (1 - coverage) / (2 * len(names))),
    )  # fmt: skip


def _rows(matrix: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in matrix)


def _correlation(covariance: Any, u: Any) -> Any:
    """Correlations; a quantity without uncertainty correlates with none."""
    size = np.where(u > 0, u, np.inf)
    found = np.clip(covariance / np.outer(size, size), -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return found


def simulate_many(
    models: Mapping[str, str],
    inputs: Mapping[str, Input],
    correlations: Sequence[tuple[str, str, float]] = (),
    *,
    coverage: float = 0.95,
    trials: int = 100_000,
    seed: int = 1,
) -> Many:
    """Several outputs by Monte Carlo; k for both regions from the draws (JCGM 102, 7.7.2 and 7.7.3).

    ``k_ellipse`` is None where the covariance matrix is singular. Raises ModelRefused, UncertaintyRefused.
    """
    _check_coverage(coverage)
    parsed, order, related = _prepared(models, inputs, correlations)
    given = list(inputs.values())
    names = _names(parsed)
    check_trials(list(parsed.values()), given, trials)
    if trials * len(names) > min(MOST_KEPT, affordable(list(parsed.values()), given) * len(names)):
        raise UncertaintyRefused(
            f"试验次数乘以输出量个数不能超过 {MOST_KEPT}，请减少试验次数",
            f"trials times outputs must not exceed {MOST_KEPT}; take fewer trials",
            "trials",
        )
    source = Source(given, related, seed)
    place = {name: at for at, name in enumerate(order)}
    drawn = np.empty((len(names), trials))
    at = 0
    for block in source.blocks(trials):
        size = min(BLOCK, trials - at)
        row = 0
        for model in parsed.values():
            value = np.broadcast_to(model.arrays([block[place[name]] for name in model.inputs]), (size,))
            check_finite(value, model)
            drawn[row, at : at + size] = value.real
            if model.is_complex:
                drawn[row + 1, at : at + size] = value.imag
            row += 2 if model.is_complex else 1
        at += size
    mean = np.array([moments(row)[0] for row in drawn])
    drawn -= mean[:, None]
    covariance = np.atleast_2d(np.cov(drawn))
    u = np.sqrt(np.diag(covariance))
    q = min(trials, math.ceil(coverage * trials)) - 1
    wide = np.abs(drawn / np.where(u > 0, u, np.inf)[:, None]).max(0)
    k_ellipse: float | None = None
    try:
        factor = np.linalg.cholesky(_correlation(covariance, u) if (u > 0).all() else np.zeros((1, 1)))
        distance = (np.linalg.solve(factor, drawn / u[:, None]) ** 2).sum(0)
        k_ellipse = math.sqrt(float(np.partition(distance, q)[q]))
    except np.linalg.LinAlgError:
        pass
    return Many(
        names, tuple(mean.tolist()), tuple(u.tolist()), (math.inf,) * len(names), _rows(covariance),
        _rows(_correlation(covariance, u)), tuple(inputs), (), coverage, k_ellipse,
        float(np.partition(wide, q)[q]), trials,
    )  # fmt: skip
