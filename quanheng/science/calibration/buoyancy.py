"""Air buoyancy: density of moist air, mass and conventional mass, weighings corrected with their uncertainty.

Sources: CIPM-2007 (A. Picard, R. S. Davis, M. Gläser, K. Fujii, Metrologia 45 (2008) 149) for the density of air;
OIML R 111-1:2004, 2.7 and annex C.5, C.6.3 for conventional mass and the buoyancy correction; JJG 99 follows it.

>>> air = air_density(1013.25, 20.0, 50.0)
>>> round(air.value, 4), round(conventional_mass(100.0, 7950.0), 7)
(1.1993, 99.9999056)
"""

from __future__ import annotations

import math
from typing import NamedTuple

from quanheng.science.errors import ScienceError

#: Conventional density of air and of weights in kg/m³ (OIML R 111-1, 2.7; OIML D 28).
AIR, WEIGHT = 1.2, 8000.0
#: Relative standard uncertainty of the CIPM-2007 equation itself.
_EQUATION = 22e-6


class BuoyancyRefused(ScienceError):
    """Conditions or densities outside what the equations hold for."""


class AirDensity(NamedTuple):
    """The density of moist air and its standard uncertainty, in kg/m³."""

    value: float
    u: float


class Weighing(NamedTuple):
    """The conventional mass of a weight, its standard uncertainty, the correction and its uncertainty: one unit."""

    conventional: float
    u: float
    correction: float
    u_buoyancy: float


def air_density(
    pressure: float, temperature: float, humidity: float, u: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> AirDensity:
    """CIPM-2007 for air with a carbon dioxide fraction of 400 μmol/mol.

    ``pressure`` in hPa (600 to 1100), ``temperature`` in ℃ (15 to 27), ``humidity`` in % (0 to 100); ``u`` are their
    standard uncertainties. The uncertainty of the equation, 22·10⁻⁶, is in the answer's. Raises BuoyancyRefused.
    """
    for value, low, high, field in (
        (pressure, 600, 1100, "pressure"),
        (temperature, 15, 27, "temperature"),
        (humidity, 0, 100, "humidity"),
    ):
        if not low <= value <= high:
            raise BuoyancyRefused(
                f"CIPM-2007 适用于 {field} {low} 至 {high}，请核对单位",
                f"CIPM-2007 holds for {field} {low} to {high}; check the unit",
                field,
            )
    if not all(0 <= one < math.inf for one in u):
        raise BuoyancyRefused("标准不确定度不能为负", "standard uncertainties must not be negative", "u")
    density = _cipm(pressure, temperature, humidity)
    steps = (0.1, 0.01, 0.1)
    parts = [_EQUATION * density]
    for place, step in enumerate(steps):
        above, below = ([pressure, temperature, humidity] for _ in range(2))
        above[place] += step
        below[place] -= step
        parts.append((_cipm(*above) - _cipm(*below)) / (2 * step) * u[place])
    return AirDensity(density, math.hypot(*parts))


def _cipm(pressure: float, t: float, humidity: float) -> float:
    p, kelvin = pressure * 100, t + 273.15
    saturation = math.exp(1.237_884_7e-5 * kelvin**2 - 1.912_131_6e-2 * kelvin + 33.937_110_47 - 6.343_164_5e3 / kelvin)
    enhancement = 1.000_62 + 3.14e-8 * p + 5.6e-7 * t * t
    x = humidity / 100 * enhancement * saturation / p
    second = 1.581_23e-6 - 2.933_1e-8 * t + 1.104_3e-10 * t * t + (5.707e-6 - 2.051e-8 * t) * x
    z = (
        1
        - p / kelvin * (second + (1.989_8e-4 - 2.376e-6 * t) * x * x)
        + (p / kelvin) ** 2 * (1.83e-11 - 0.765e-8 * x * x)
    )
    return 3.483_740e-3 * p / (z * kelvin) * (1 - 0.378_0 * x)


def conventional_mass(mass: float, density: float) -> float:
    """The conventional mass of a body of this mass and density in kg/m³ (OIML R 111-1, 2.7)."""
    _density(density, "density")
    return mass * (1 - AIR / density) / (1 - AIR / WEIGHT)


def mass_from_conventional(conventional: float, density: float) -> float:
    """The mass of a body of this conventional mass and density in kg/m³.

    >>> round(mass_from_conventional(conventional_mass(100.0, 7950.0), 7950.0), 12)
    100.0
    """
    _density(density, "density")
    return conventional * (1 - AIR / WEIGHT) / (1 - AIR / density)


def weigh(
    reference: float,
    difference: float,
    air: AirDensity,
    density_test: float,
    density_reference: float,
    *,
    u_reference: float = 0.0,
    u_difference: float = 0.0,
    u_density_test: float = 0.0,
    u_density_reference: float = 0.0,
    air_at_calibration: float = AIR,
) -> Weighing:
    """The conventional mass of a test weight from its difference to a reference weight on a comparator.

    m_ct = m_cr (1 + C) + Δm with C = (ρ_a − 1.2)(1/ρ_t − 1/ρ_r) (OIML R 111-1, C.5.1.2); the buoyancy part of its
    uncertainty after C.6.3.2, where ``air_at_calibration`` is the air density at which the reference itself was
    calibrated. Densities in kg/m³, masses in one unit. Raises BuoyancyRefused.

    >>> found = weigh(20.000004, 0.0000115, AirDensity(0.8937, 0.0002), 8000.0, 8013.881, u_reference=1.25e-5)
    >>> round(found.correction * 1e6, 3)
    -1.326
    """
    _density(density_test, "density_test")
    _density(density_reference, "density_reference")
    uncertainties = (u_reference, u_difference, u_density_test, u_density_reference, air.u)
    if not all(0 <= one < math.inf for one in uncertainties):
        raise BuoyancyRefused("标准不确定度不能为负", "standard uncertainties must not be negative", "u")
    away = air.value - AIR
    correction = reference * away * (1 / density_test - 1 / density_reference)
    square = (reference * (density_reference - density_test) / (density_reference * density_test) * air.u) ** 2
    square += (reference * away * u_density_test / density_test**2) ** 2
    # The reference's density entered its own calibration too: this term may be negative.
    square += (
        reference**2 * away * (away - 2 * (air_at_calibration - AIR)) * u_density_reference**2 / density_reference**4
    )
    buoyancy = math.sqrt(max(square, 0.0))
    total = math.sqrt(max(u_reference**2 + u_difference**2 + square, 0.0))
    return Weighing(reference + correction + difference, total, correction, buoyancy)


def _density(value: float, field: str) -> None:
    if not 500 <= value <= 25_000:
        raise BuoyancyRefused(
            "密度须为 500 至 25 000 kg/m³，请核对单位", "a density must be 500 to 25 000 kg/m³; check its unit", field
        )
