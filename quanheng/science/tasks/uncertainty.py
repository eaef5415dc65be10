"""The uncertainty of a result from its model and what is known of its inputs: GUM framework, Monte Carlo, or both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from quanheng.science.errors import ScienceError
from quanheng.science.task import (
    Task,
    TaskRefused,
    array,
    boolean,
    choice,
    integer,
    named,
    number,
    optional,
    record,
    text,
)
from quanheng.science.uncertainty.dimensions import Coherent, to_coherent
from quanheng.science.uncertainty.expression import (
    FUNCTIONS,
    MAX_CHARACTERS,
    Model,
    ModelRefused,
    parse_model,
    plain_name,
)
from quanheng.science.uncertainty.gum import Propagated, propagate
from quanheng.science.uncertainty.inputs import ALIASES, DISTRIBUTIONS, Input, input_of

if TYPE_CHECKING:
    from quanheng.science.uncertainty.montecarlo import Simulated
    from quanheng.science.uncertainty.multivariate import Many

#: An adaptive run ends here, stable or not.
MOST_ADAPTIVE = 4_000_000
_BINS = 200
#: Terms of higher order take memory with the square of the inputs.
_MOST_HIGHER = 200_000

_INPUT = record(
    {
        "dist": optional(choice(*DISTRIBUTIONS, *ALIASES, about="Distribution (JCGM 101:2008, table 1)")),
        "value": optional(number("Estimate")),
        "u": optional(number("Standard uncertainty; of a t its scale, such as s/√n", minimum=0)),
        "U": optional(number("Expanded uncertainty k·u", minimum=0)),
        "k": optional(number("Coverage factor of U (2)", above=0, maximum=100)),
        "dof": optional(number("Degrees of freedom; null: infinite", above=0)),
        "half_width": optional(number("Half the width between the limits", minimum=0)),
        "lower": optional(number("Lower limit")),
        "upper": optional(number("Upper limit")),
        "d": optional(number("Inexactness of the limits (ctrap)", above=0)),
        "beta": optional(number("Top by base (trapezoidal)", minimum=0, maximum=1)),
        "readings": optional(array(number(), "Independent readings: a t with n − 1 degrees of freedom", most=100_000)),
        "counts": optional(integer("Counts of a Poisson process (gamma)")),
        "shape": optional(number("Shape of a gamma distribution", above=0)),
        "scale": optional(number("Scale of a gamma distribution", above=0)),
        "unit": optional(text("Unit; without one the input is a pure number")),
    }
)
_MODEL_ABOUT = (
    "The result as an expression of the inputs: + - * / ^, brackets, numbers, pi, imaginary numbers such as 2j, and "
    f"the functions {', '.join(sorted(FUNCTIONS))}. Several outputs: an object of expressions by name"
)
_TAKES = record(
    {
        "model": {
            "type": ["string", "object"],
            "minLength": 1,
            "maxLength": MAX_CHARACTERS,
            "minProperties": 1,
            "maxProperties": 20,
            "additionalProperties": text(longest=MAX_CHARACTERS),
            "description": _MODEL_ABOUT,
        },
        "inputs": named(_INPUT, "The input quantities by the names of the model", most=100),
        "correlations": array(
            {
                "type": "array",
                "prefixItems": [text(), text(), number(minimum=-1, maximum=1)],
                "minItems": 3,
                "maxItems": 3,
            },
            "Correlation coefficients [a, b, r]; those not given are 0",
            least=0,
            most=5_000,
        ),
        "coverage": number("Coverage probability (0.95)", above=0, maximum=0.99999),
        "k": optional(number("A fixed coverage factor instead of the one for the coverage", above=0, maximum=100)),
        "method": choice("gum", "monte_carlo", "both", about="Which way", default="both"),
        "trials": {
            "type": ["integer", "string"],
            "minimum": 1_000,
            "maximum": 10_000_000,
            "pattern": "^adaptive$",
            "default": 1_000_000,
            "description": "Monte Carlo trials, or adaptive (JCGM 101:2008, 7.9)",
        },
        "seed": integer("Seed of the draws: the same seed gives the same answer", maximum=2**63 - 1, default=1),
        "digits": integer(
            "Significant digits of u in adaptive runs and for the validation", minimum=1, maximum=4, default=2
        ),
        "truncate_dof": boolean("k for the next lower whole degrees of freedom (JCGM 100:2008, G.4.1)"),
        "unit": optional(text("Unit of the result (default: the coherent SI unit)")),
        "bins": integer("Bins of a histogram of the draws; 0: none", maximum=_BINS, default=0),
    },
    needs=("model", "inputs"),
)
_PAIR = array(number(), least=2, most=2)
_GIVES = record(
    {
        "value": optional(number("Estimate of the result")),
        "u": optional(number("Standard uncertainty")),
        "u_higher_order": optional(number("u with the terms of the next order (JCGM 100:2008, 5.1.2); null: not told")),
        "dof": optional(number("Effective degrees of freedom; null: infinite")),
        "k": optional(number("Coverage factor")),
        "U": optional(number("Expanded uncertainty k·u")),
        "interval": optional(_PAIR),
        "unit": optional(text(longest=200)),
        "budget": array(
            record(
                {
                    "name": text(),
                    "dist": text(),
                    "value": number(),
                    "u": number(),
                    "dof": optional(number()),
                    "sensitivity": number("∂f/∂x, in the unit of the result by that of the input"),
                    "contribution": number("|c|·u, in the unit of the result"),
                    "share": number("Share of u²"),
                }
            ),
            least=0,
        ),
        "monte_carlo": optional(
            record(
                {
                    "mean": number(),
                    "u": number(),
                    "symmetric": _PAIR,
                    "shortest": _PAIR,
                    "trials": integer(),
                    "tolerance": optional(number("Numerical tolerance of an adaptive run")),
                    "stable": optional(boolean("Whether an adaptive run became stable")),
                    "histogram": optional(record({"edges": array(number()), "density": array(number())})),
                }
            )
        ),
        "gum_validated": optional(boolean("Whether Monte Carlo confirms the GUM interval (JCGM 101:2008, 8)")),
        "validation": optional(record({"low": number(), "high": number(), "tolerance": number()})),
        "outputs": optional({"type": "object", "description": "Of several outputs or a complex one (JCGM 102:2011)"}),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    inputs = {name: _input(name, facts) for name, facts in data["inputs"].items()}
    correlations = [(a, b, float(r)) for a, b, r in data.get("correlations", ())]
    units = {name: facts["unit"] for name, facts in data["inputs"].items() if facts.get("unit")}
    unit = data.get("unit")
    model = data["model"]
    if isinstance(model, dict) or parse_model(model).is_complex:
        if unit:
            raise TaskRefused(
                "多个或复数的输出量以一贯制 SI 单位给出，请去掉 unit",
                "several or complex outputs are told in coherent SI units; take unit away",
                "unit",
            )
        return _several(data, model if isinstance(model, dict) else {"Y": model}, inputs, units, correlations)
    parsed = parse_model(model)
    scaled = _scaled(parsed, inputs, units, unit) if units or unit else None
    return _single(data, parsed, inputs, scaled, correlations)


def _input(name: str, facts: dict[str, Any]) -> Input:
    place = f"inputs.{name}"
    try:
        plain_name(name)
        return input_of({key: value for key, value in facts.items() if key != "unit"})
    except ScienceError as error:
        error.field = f"{place}.{error.field}" if error.field else place
        raise


def _scaled(model: Model, inputs: dict[str, Input], units: dict[str, str], unit: str | None) -> Coherent:
    missing = [name for name in model.inputs if name not in {plain_name(one) for one in inputs}]
    if missing:
        raise ModelRefused(
            f"模型中的 {missing[0]} 没有给出，请补上",
            f"the model uses {missing[0]}, which is not given; add it",
            f"inputs.{missing[0]}",
        )
    folded = {plain_name(name): one for name, one in inputs.items()}
    return to_coherent(model, folded, {plain_name(name): one for name, one in units.items()}, unit)


def _single(
    data: dict[str, Any],
    model: Model,
    inputs: dict[str, Input],
    scaled: Coherent | None,
    correlations: Sequence[tuple[str, str, float]],
) -> dict[str, Any]:
    method, coverage = data.get("method", "both"), float(data.get("coverage", 0.95))
    used = {name: scaled.inputs[plain_name(name)] for name in inputs} if scaled else inputs
    factor, offset = (scaled.factor, scaled.offset) if scaled else (1.0, 0.0)

    def at(y: float) -> float:
        return (y - offset) / factor

    gum = simulated = None
    if method != "monte_carlo":
        gum = propagate(
            model, used, correlations, coverage=coverage, k=data.get("k"), truncate_dof=data.get("truncate_dof", False)
        )
    if method != "gum":
        from quanheng.science.uncertainty.montecarlo import simulate

        simulated = simulate(
            model, used, correlations, coverage=coverage, trials=data.get("trials", 1_000_000),
            seed=data.get("seed", 1), digits=data.get("digits", 2), most=MOST_ADAPTIVE,
        )  # fmt: skip
    found: dict[str, Any] = {"unit": scaled.unit if scaled else None, "outputs": None}
    found |= (
        _gum(gum, model, inputs, used, scaled, at, bool(correlations)) if gum else _from_draws(simulated, at, factor)
    )
    found["monte_carlo"] = _monte_carlo(simulated, at, factor, data.get("bins", 0)) if simulated else None
    found |= _verdict(gum, simulated, data.get("digits", 2), factor)
    return found


def _gum(
    gum: Propagated,
    model: Model,
    inputs: dict[str, Input],
    used: dict[str, Input],
    scaled: Coherent | None,
    at: Callable[[float], float],
    correlated: bool,
) -> dict[str, Any]:
    factor = scaled.factor if scaled else 1.0
    rows = []
    for row in gum.budget:
        own, by = inputs[row.name], scaled.factors[plain_name(row.name)] if scaled else 1.0
        rows.append(
            {
                **row._asdict(),
                "value": own.value,
                "u": own.u,
                "sensitivity": row.sensitivity * by / factor,
                "contribution": row.contribution / factor,
            }
        )
    return {
        "value": at(gum.value),
        "u": gum.u / factor,
        "u_higher_order": None if correlated else _higher(model, used, factor),
        "dof": gum.dof,
        "k": gum.k,
        "U": gum.U / factor,
        "interval": [at(end) for end in gum.interval],
        "budget": rows,
    }


def _higher(model: Model, used: dict[str, Input], factor: float) -> float | None:
    import numpy as np

    from quanheng.science.uncertainty.taylor import higher_order_uncertainty

    if not 0 < len(model.inputs) ** 2 * model.cost <= _MOST_HIGHER:
        return None
    by_name = {plain_name(name): one for name, one in used.items()}
    given = [by_name[name] for name in model.inputs]
    try:
        u = higher_order_uncertainty(model, np.array([one.value for one in given]), np.array([one.u for one in given]))
    except ModelRefused:
        return None  # there is no third derivative at the estimates
    return u / factor if math.isfinite(u) else None


def _from_draws(simulated: Simulated | None, at: Callable[[float], float], factor: float) -> dict[str, Any]:
    assert simulated is not None
    return {
        "value": at(simulated.mean),
        "u": simulated.u / factor,
        "u_higher_order": None,
        "dof": None,
        "k": None,
        "U": None,
        "interval": [at(end) for end in simulated.symmetric],
        "budget": [],
    }


def _monte_carlo(simulated: Simulated, at: Callable[[float], float], factor: float, bins: int) -> dict[str, Any]:
    histogram = None
    if bins:
        edges, density = simulated.histogram(bins)
        histogram = {"edges": [at(one) for one in edges], "density": [one * factor for one in density]}
    return {
        "mean": at(simulated.mean),
        "u": simulated.u / factor,
        "symmetric": [at(end) for end in simulated.symmetric],
        "shortest": [at(end) for end in simulated.shortest],
        "trials": simulated.trials,
        "tolerance": None if simulated.tolerance is None else simulated.tolerance / factor,
        "stable": simulated.stable,
        "histogram": histogram,
    }


def _verdict(gum: Propagated | None, simulated: Simulated | None, digits: int, factor: float) -> dict[str, Any]:
    if gum is None or simulated is None or gum.coverage is None:
        return {"gum_validated": None, "validation": None}
    from quanheng.science.uncertainty.montecarlo import numerical_tolerance, validate

    found = validate(gum, simulated, digits)
    # The digits that count are those of u in the unit that is told.
    tolerance = numerical_tolerance(gum.u / factor, digits)
    low, high = found.low / factor, found.high / factor
    return {
        "gum_validated": max(low, high) <= tolerance,
        "validation": {"low": low, "high": high, "tolerance": tolerance},
    }


def _several(
    data: dict[str, Any],
    models: dict[str, str],
    inputs: dict[str, Input],
    units: dict[str, str],
    correlations: Sequence[tuple[str, str, float]],
) -> dict[str, Any]:
    from quanheng.science.uncertainty.multivariate import propagate_many, simulate_many

    method, coverage = data.get("method", "both"), float(data.get("coverage", 0.95))
    trials = data.get("trials", 100_000)
    if trials == "adaptive":
        raise TaskRefused(
            "多输出模型没有自适应试验次数，请给出 trials 的数值",
            "there is no adaptive number of trials for several outputs; give a number",
            "trials",
        )
    shown: dict[str, str] = {}
    if units:
        inputs, shown = _coherent(models, inputs, units)
    found: dict[str, Any] = {"gum": None, "monte_carlo": None}
    if method != "monte_carlo":
        found["gum"] = _many(propagate_many(models, inputs, correlations, coverage=coverage), shown)
    if method != "gum":
        found["monte_carlo"] = _many(
            simulate_many(models, inputs, correlations, coverage=coverage, trials=trials, seed=data.get("seed", 1)),
            shown,
        )
    single = ("value", "u", "u_higher_order", "dof", "k", "U", "interval", "unit", "monte_carlo", "gum_validated")
    return {**dict.fromkeys((*single, "validation")), "budget": [], "outputs": found}


def _coherent(
    models: dict[str, str], inputs: dict[str, Input], units: dict[str, str]
) -> tuple[dict[str, Input], dict[str, str]]:
    """The inputs in coherent SI units, and the unit of each output, every model's dimensions checked."""
    used = dict(inputs)
    shown: dict[str, str] = {}
    for name, text_ in models.items():
        parsed = parse_model(text_)
        own = {one: facts for one, facts in inputs.items() if plain_name(one) in parsed.inputs}
        scaled = _scaled(parsed, own, {one: units[one] for one in own if one in units}, None)
        used |= {one: scaled.inputs[plain_name(one)] for one in own}
        shown |= dict.fromkeys((name, f"{name}.re", f"{name}.im"), scaled.unit)
    return used, shown


def _many(many: Many, units: dict[str, str]) -> dict[str, Any]:
    rows = zip(many.names, many.values, many.u, many.dof, strict=True)
    return {
        "quantities": [
            {"name": name, "value": value, "u": u, "dof": dof, "unit": units.get(name)} for name, value, u, dof in rows
        ],
        "covariance": many.covariance,
        "correlation": many.correlation,
        "inputs": many.inputs,
        "sensitivity": many.sensitivity,
        "coverage": many.coverage,
        "k_ellipse": many.k_ellipse,
        "k_rectangle": many.k_rectangle,
        "trials": many.trials,
    }


TASK = Task(
    "uncertainty",
    "测量不确定度",
    "measurement uncertainty",
    "JCGM 100:2008; JCGM 101:2008; JCGM 102:2011",
    _TAKES,
    _GIVES,
    {
        "model": "(m_R + dm) * (1 + (rho_a - 1.2) * (1/rho_W - 1/rho_R)) - m_nom",
        "inputs": {
            "m_R": {"dist": "normal", "value": 100000, "u": 0.05, "unit": "mg"},
            "dm": {"dist": "normal", "value": 1.234, "u": 0.02, "unit": "mg"},
            "rho_a": {"dist": "rectangular", "lower": 1.1, "upper": 1.3},
            "rho_W": {"dist": "rectangular", "value": 8000, "half_width": 1000},
            "rho_R": {"dist": "rectangular", "value": 8000, "half_width": 50},
            "m_nom": {"value": 100, "unit": "g"},
        },
        "coverage": 0.95,
        "method": "both",
        "trials": 100000,
        "seed": 1,
        "unit": "mg",
    },
    _run,
)
