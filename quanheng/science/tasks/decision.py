"""A statement of conformity for one measured value, with the risks that it and its rule carry."""

from __future__ import annotations

import math
from typing import Any

from quanheng.science.decisions.acceptance import ACCEPTANCE_RULES, RISK_RULES, TUR_RULES, acceptance_limits
from quanheng.science.decisions.priors import PRIORS, Prior, prior_of
from quanheng.science.decisions.risks import posterior_nonconformity, production_risks
from quanheng.science.errors import ScienceError
from quanheng.science.task import Task, array, boolean, choice, number, optional, record
from quanheng.science.uncertainty.conformity import nonconformity_probability
from quanheng.science.uncertainty.decision import RULES, VERDICTS

_PRIOR = record(
    {
        "dist": choice(*PRIORS, about="Distribution of the true values of the production", default="normal"),
        "mean": optional(number("normal")),
        "sd": optional(number("normal", above=0)),
        "itp": optional(number("normal, instead of sd: share within the limits", above=0.5, exclusiveMaximum=1)),
        "cpk": optional(number("normal, instead of sd", above=0, maximum=100)),
        "lower": optional(number("uniform")),
        "upper": optional(number("uniform")),
        "shape": optional(number("gamma", minimum=1, maximum=10_000)),
        "scale": optional(number("gamma", above=0)),
        "median": optional(number("lognormal", above=0)),
        "sd_log": optional(number("lognormal", above=0, maximum=0.5)),
    },
    about="What is known of the production before the measurement; null: nothing",
)
_TAKES = record(
    {
        "value": number("The measured value"),
        "u": number("Its standard uncertainty", minimum=0),
        "lower": optional(number("Lower tolerance limit; null: none")),
        "upper": optional(number("Upper tolerance limit; null: none")),
        "rule": choice(
            *ACCEPTANCE_RULES,
            about=f"Decision rule. w = r·k·u: {', '.join(RULES)}, custom; by TUR: {', '.join(TUR_RULES)}; "
            f"by an allowed risk: {', '.join(RISK_RULES)}",
            default="simple",
        ),
        "prior": optional(_PRIOR),
        "k": number("Coverage factor of the U in guard bands (2)", above=0, maximum=100),
        "r": number("custom: the factor of w = r·U (1)", minimum=-3, maximum=3),
        "risk": number(
            "specific_risk, global_risk (0.05), pfa_at_itp (0.02): what is allowed", above=0, exclusiveMaximum=1
        ),
        "itp": number("same_as_4_to_1, pfa_at_itp: in-tolerance probability (0.95)", above=0.5, exclusiveMaximum=1),
        "costs": array(
            number(minimum=0), "cost: of a false acceptance, of a false rejection ([1, 1])", least=2, most=2
        ),
        "clamp": boolean("Keep acceptance within the tolerance where a rule's factor exceeds 1", default=True),
    },
    needs=("value", "u"),
)
_GIVES = record(
    {
        "p_conform": number("Probability of conformity, by the prior where there is one (JCGM 106:2012, 7)"),
        "p_conform_measured": number("The same by the measurement alone"),
        "acceptance_lower": optional(number("Lower acceptance limit; null: none")),
        "acceptance_upper": optional(number("Upper acceptance limit; null: none")),
        "acceptance_possible": boolean("Whether the guard bands leave room between the limits"),
        "guard_band": optional(number("w: tolerance limit less acceptance limit")),
        "factor": optional(number("Width of acceptance by width of tolerance")),
        "clamped": boolean("Whether the rule asked for more than the tolerance"),
        "tur": optional(number("Test uncertainty ratio (upper − lower)/(2·k·u)")),
        "decision": choice(*VERDICTS),
        "consumer_risk": number("With a prior: of the production (R_C); else that this decision accepts wrongly"),
        "producer_risk": number("With a prior: of the production (R_P); else that this decision rejects wrongly"),
        "specific_consumer_risk": number("Probability that this decision accepts what does not conform"),
        "specific_producer_risk": number("Probability that this decision rejects what conforms"),
        "worst_specific_risk": optional(number("Of an item at an acceptance limit, by the measurement alone")),
        "production": optional(
            record(
                {
                    "nonconforming": number("Share of the production out of tolerance"),
                    "accepted": number("Share that is accepted"),
                    "consumer_if_accepted": number("Share of the accepted that is out of tolerance"),
                }
            )
        ),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    value, u = float(data["value"]), float(data["u"])
    low = -math.inf if data.get("lower") is None else float(data["lower"])
    high = math.inf if data.get("upper") is None else float(data["upper"])
    name = data.get("rule", "simple")
    prior = _prior(data, low, high)
    given = {key: data[key] for key in ("k", "r", "itp", "costs", "clamp") if key in data}
    if "costs" in given:
        given["costs"] = tuple(given["costs"])
    risk = data.get("risk", 0.02 if name == "pfa_at_itp" else 0.05)
    rule = acceptance_limits(name, u, low, high, prior=prior, risk=risk, **given)
    verdict = _verdict(name, value, low, high, rule.lower, rule.upper)
    alone = nonconformity_probability(value, u, low, high)
    outside = alone if prior is None else posterior_nonconformity(value, u, prior, low, high)
    accepted = verdict in ("pass", "conditional_pass")
    specific = (outside, 0.0) if accepted else (0.0, 1 - outside)
    whole = None if prior is None else production_risks(prior, u, (low, high), rule.interval)
    two_sided = math.isfinite(low) and math.isfinite(high)
    return {
        "p_conform": 1 - outside,
        "p_conform_measured": 1 - alone,
        "acceptance_lower": rule.lower,
        "acceptance_upper": rule.upper,
        "acceptance_possible": rule.interval is not None,
        "guard_band": rule.guard_band,
        "factor": rule.factor,
        "clamped": rule.clamped,
        "tur": (high - low) / (2 * data.get("k", 2) * u) if two_sided and u > 0 else None,
        "decision": verdict,
        "consumer_risk": specific[0] if whole is None else whole.consumer,
        "producer_risk": specific[1] if whole is None else whole.producer,
        "specific_consumer_risk": specific[0],
        "specific_producer_risk": specific[1],
        "worst_specific_risk": _worst(u, low, high, rule.interval),
        "production": None
        if whole is None
        else {
            "nonconforming": whole.nonconforming,
            "accepted": whole.accepted,
            "consumer_if_accepted": whole.consumer_if_accepted,
        },
    }


def _prior(data: dict[str, Any], low: float, high: float) -> Prior | None:
    if data.get("prior") is None:
        return None
    try:
        return prior_of(data["prior"], low, high)
    except ScienceError as error:
        raise error.at("prior") from None


def _verdict(rule: str, value: float, low: float, high: float, from_: float, to: float) -> str:
    if from_ <= value <= to:
        return "pass"
    if rule not in RULES or RULES[rule].binary:
        return "fail"
    if low <= value <= high:
        return "conditional_pass"
    # As far outside the tolerance as the acceptance is inside.
    below = low - (from_ - low) if math.isfinite(low) else low
    above = high + (high - to) if math.isfinite(high) else high
    return "conditional_fail" if below <= value <= above else "fail"


def _worst(u: float, low: float, high: float, acceptance: tuple[float, float] | None) -> float | None:
    if acceptance is None:
        return None
    return max(nonconformity_probability(limit, u, low, high) for limit in acceptance if math.isfinite(limit))


TASK = Task(
    "decision",
    "符合性判定",
    "statement of conformity",
    "JCGM 106:2012, 7 to 9; ILAC-G8:09/2019, 4.2",
    _TAKES,
    _GIVES,
    {"value": 13.6, "u": 1.8, "lower": 12.5, "upper": 16.3, "rule": "simple"},
    _run,
)
