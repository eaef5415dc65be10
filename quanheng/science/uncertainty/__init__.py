"""Measurement uncertainty: best uncertainty as a formula, statements of conformity, their risks."""

from quanheng.science.uncertainty.conformity import (
    GlobalRisks,
    RiskRefused,
    capability_index,
    conformity_probability,
    global_risks,
    guard_factor,
    nonconformity_probability,
)
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
from quanheng.science.uncertainty.formula import Formula, FormulaRefused, parse_formula

__all__ = [
    "RULES",
    "VERDICTS",
    "Decision",
    "DecisionRefused",
    "DecisionRule",
    "Formula",
    "FormulaRefused",
    "GlobalRisks",
    "RiskRefused",
    "Verdict",
    "capability_index",
    "conformity_probability",
    "decide",
    "decide_bounded",
    "decide_qualitative",
    "global_risks",
    "guard_factor",
    "nonconformity_probability",
    "parse_formula",
]
