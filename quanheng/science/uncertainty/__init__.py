"""Measurement uncertainty: propagation through models, best uncertainty as a formula, statements of conformity.

What needs arrays (Monte Carlo, several outputs) is imported when it is first asked for, so that whoever only states a
conformity or a budget does not load numpy.

>>> from quanheng.science.uncertainty import normal, propagate, simulate
>>> round(propagate("x * y", {"x": normal(2, 0.1), "y": normal(3, 0.2)}).u, 9)
0.5
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from quanheng.science.uncertainty.conformity import (
    GlobalRisks,
    RiskRefused,
    capability_index,
    conformity_probability,
    global_risks,
    guard_factor,
    nonconformity_probability,
)
from quanheng.science.uncertainty.correlation import CorrelationRefused, correlations_of_means
from quanheng.science.uncertainty.decision import (
    RULES,
    VERDICTS,
    Decision,
    DecisionRefused,
    DecisionRule,
    Verdict,
    decide,
    decide_bounded,
    decide_qualitative,
)
from quanheng.science.uncertainty.dimensions import DimensionRefused, to_coherent
from quanheng.science.uncertainty.expression import FUNCTIONS, Model, ModelRefused, parse_model
from quanheng.science.uncertainty.formula import Formula, FormulaRefused, parse_formula
from quanheng.science.uncertainty.gum import BudgetRow, Propagated, UncertaintyRefused, effective_dof, propagate
from quanheng.science.uncertainty.inputs import (
    Input,
    InputRefused,
    arcsine,
    constant,
    counted,
    curvilinear_trapezoid,
    exponential,
    gamma,
    input_of,
    normal,
    observed,
    rectangular,
    student,
    trapezoidal,
    triangular,
)

if TYPE_CHECKING:
    from quanheng.science.uncertainty.montecarlo import (
        Simulated,
        Validation,
        numerical_tolerance,
        shortest_interval,
        simulate,
        symmetric_interval,
        validate,
    )
    from quanheng.science.uncertainty.multivariate import Many, propagate_many, simulate_many
    from quanheng.science.uncertainty.taylor import higher_order_uncertainty

_LATER = {
    **dict.fromkeys(
        (
            "Simulated",
            "Validation",
            "numerical_tolerance",
            "shortest_interval",
            "simulate",
            "symmetric_interval",
            "validate",
        ),
        "montecarlo",
    ),
    **dict.fromkeys(("Many", "propagate_many", "simulate_many"), "multivariate"),
    "higher_order_uncertainty": "taylor",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "FUNCTIONS",
    "RULES",
    "VERDICTS",
    "BudgetRow",
    "CorrelationRefused",
    "Decision",
    "DecisionRefused",
    "DecisionRule",
    "DimensionRefused",
    "Formula",
    "FormulaRefused",
    "GlobalRisks",
    "Input",
    "InputRefused",
    "Many",
    "Model",
    "ModelRefused",
    "Propagated",
    "RiskRefused",
    "Simulated",
    "UncertaintyRefused",
    "Validation",
    "Verdict",
    "arcsine",
    "capability_index",
    "conformity_probability",
    "constant",
    "correlations_of_means",
    "counted",
    "curvilinear_trapezoid",
    "decide",
    "decide_bounded",
    "decide_qualitative",
    "effective_dof",
    "exponential",
    "gamma",
    "global_risks",
    "guard_factor",
    "higher_order_uncertainty",
    "input_of",
    "nonconformity_probability",
    "normal",
    "numerical_tolerance",
    "observed",
    "parse_formula",
    "parse_model",
    "propagate",
    "propagate_many",
    "rectangular",
    "shortest_interval",
    "simulate",
    "simulate_many",
    "student",
    "symmetric_interval",
    "to_coherent",
    "trapezoidal",
    "triangular",
    "validate",
]
