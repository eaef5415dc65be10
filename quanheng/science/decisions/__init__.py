"""Decisions on conformity: prior knowledge, global risks, guard bands, capability of a process.

Statements on single results by the menu of ILAC-G8 are ``quanheng.science.uncertainty.decide``; here is what a rule
does to a whole production, and rules that follow from risks. No numpy.

>>> from quanheng.science.decisions import normal_prior, production_risks
>>> risks = production_risks(normal_prior(0.0, 0.5), 0.1, (-1.0, 1.0), (-0.8, 0.8))
>>> round(risks.consumer, 5), round(risks.producer, 3)
(0.00016, 0.071)
"""

from quanheng.science.decisions.acceptance import (
    ACCEPTANCE_RULES,
    Acceptance,
    AcceptanceRefused,
    acceptance_limits,
    tur_factor,
)
from quanheng.science.decisions.capability import Capability, SampleCapability, capability, capability_of_sample
from quanheng.science.decisions.priors import (
    Prior,
    PriorRefused,
    gamma_prior,
    lognormal_prior,
    normal_prior,
    prior_of,
    uniform_prior,
)
from quanheng.science.decisions.risks import (
    normal_global_risks,
    posterior_nonconformity,
    production_risks,
)

__all__ = [
    "ACCEPTANCE_RULES",
    "Acceptance",
    "AcceptanceRefused",
    "Capability",
    "Prior",
    "PriorRefused",
    "SampleCapability",
    "acceptance_limits",
    "capability",
    "capability_of_sample",
    "gamma_prior",
    "lognormal_prior",
    "normal_global_risks",
    "normal_prior",
    "posterior_nonconformity",
    "prior_of",
    "production_risks",
    "tur_factor",
    "uniform_prior",
]
