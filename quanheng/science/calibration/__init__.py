"""Calibration: curves with errors in both variables, air buoyancy, intervals between calibrations.

>>> from quanheng.science.calibration import fit
>>> line = fit([1, 2, 3, 4], [2.1, 3.9, 6.1, 7.9], u_y=0.1)
>>> [round(one, 6) for one in line.coefficients]
[0.1, 1.96]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from quanheng.science.calibration.buoyancy import (
    AirDensity,
    BuoyancyRefused,
    Weighing,
    air_density,
    conventional_mass,
    mass_from_conventional,
    weigh,
)
from quanheng.science.calibration.intervals import (
    AttributeInterval,
    IntervalRefused,
    adjust_by_reliability,
    by_use,
    staircase,
)

if TYPE_CHECKING:
    from quanheng.science.calibration.drift import DriftInterval, by_control_chart, by_drift
    from quanheng.science.calibration.line import Curve, CurveRefused, Estimate, fit
    from quanheng.science.calibration.reliability import MODELS, ReliabilityFit, ReliabilityInterval, by_reliability

_LATER = {
    **dict.fromkeys(("Curve", "CurveRefused", "Estimate", "fit"), "line"),
    **dict.fromkeys(("DriftInterval", "by_control_chart", "by_drift"), "drift"),
    **dict.fromkeys(("MODELS", "ReliabilityFit", "ReliabilityInterval", "by_reliability"), "reliability"),
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "MODELS",
    "AirDensity",
    "AttributeInterval",
    "BuoyancyRefused",
    "Curve",
    "CurveRefused",
    "DriftInterval",
    "Estimate",
    "IntervalRefused",
    "ReliabilityFit",
    "ReliabilityInterval",
    "Weighing",
    "adjust_by_reliability",
    "air_density",
    "by_control_chart",
    "by_drift",
    "by_reliability",
    "by_use",
    "conventional_mass",
    "fit",
    "mass_from_conventional",
    "staircase",
    "weigh",
]
