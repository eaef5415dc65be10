"""A calibration curve through points with uncertainties in both variables, and what readings mean on it."""

from __future__ import annotations

from typing import Any

from quanheng.science.task import Task, array, integer, number, optional, record

_EACH = {"type": ["number", "array"], "minimum": 0, "items": number(minimum=0), "maxItems": 10_000}
_PAIR = record({"value": number(), "u": number(minimum=0)}, needs=("value",))
_TAKES = record(
    {
        "x": array(number(), "Values of the standards", least=2, most=10_000),
        "y": array(number(), "Readings", least=2, most=10_000),
        "u_x": {**_EACH, "description": "Standard uncertainties of x, or one for all (0)"},
        "u_y": {**_EACH, "description": "Standard uncertainties of y; without them y's own scatter is taken"},
        "covariance": optional(
            array(array(number(), most=200), "Instead: covariance matrix of (x1 … xm, y1 … ym), m ≤ 100", most=200)
        ),
        "degree": integer("Of the polynomial; 1: a straight line", minimum=1, maximum=8, default=1),
        "predict": array(_PAIR, "x at which to tell y", least=0, most=1_000),
        "inverse": array(_PAIR, "y of which to tell x", least=0, most=1_000),
    },
    needs=("x", "y"),
)
_ESTIMATE = record({"value": number(), "u": number(), "dof": optional(number())})
_GIVES = record(
    {
        "coefficients": array(number(), "Of 1, x, x², …"),
        "u": array(number(), "Their standard uncertainties"),
        "covariance": array(array(number())),
        "dof": optional(number("Degrees of freedom of the uncertainties; null: infinite")),
        "scatter": optional(number("Standard deviation about the curve, where no uncertainties were given")),
        "chi_square": optional(number()),
        "p_consistent": optional(number("Probability of a larger chi-square: small where the curve does not fit")),
        "predicted": array(_ESTIMATE, least=0),
        "inverted": array(_ESTIMATE, least=0),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    from quanheng.science.calibration.line import fit

    given = {key: data[key] for key in ("u_x", "u_y", "covariance", "degree") if data.get(key) is not None}
    curve = fit(data["x"], data["y"], **given)
    return {
        "coefficients": curve.coefficients,
        "u": curve.u,
        "covariance": curve.covariance,
        "dof": curve.dof,
        "scatter": curve.scatter,
        "chi_square": curve.chi_square,
        "p_consistent": curve.p_consistent,
        "predicted": [curve.predict(one["value"], one.get("u", 0.0))._asdict() for one in data.get("predict", ())],
        "inverted": [curve.inverse(one["value"], one.get("u", 0.0))._asdict() for one in data.get("inverse", ())],
    }


TASK = Task(
    "calibration_curve",
    "校准曲线",
    "calibration curve",
    "ISO/TS 28037:2010; ISO/TS 28038:2018; JCGM 100:2008, H.3",
    _TAKES,
    _GIVES,
    {"x": [1, 2, 3, 4, 5], "y": [2.1, 3.9, 6.1, 7.9, 10.1], "u_y": 0.1, "inverse": [{"value": 5.0, "u": 0.1}]},
    _run,
)
