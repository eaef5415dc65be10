"""The conventional mass of a weight from its difference to a reference weight, corrected for air buoyancy."""

from __future__ import annotations

from typing import Any

from quanheng.science.calibration.buoyancy import AIR, AirDensity, air_density, weigh
from quanheng.science.task import Task, TaskRefused, number, optional, record

_CLIMATE = ("pressure", "temperature", "humidity")
_TAKES = record(
    {
        "reference": number("Conventional mass of the reference weight", above=0),
        "u_reference": number("Its standard uncertainty (0)", minimum=0),
        "difference": number("Test less reference, as the comparator shows it, in the same unit"),
        "u_difference": number("Its standard uncertainty (0)", minimum=0),
        "density_reference": number("kg/m³", minimum=500, maximum=25_000),
        "u_density_reference": number("kg/m³ (0)", minimum=0),
        "density_test": number("kg/m³", minimum=500, maximum=25_000),
        "u_density_test": number("kg/m³ (0)", minimum=0),
        "air_density": optional(number("kg/m³; or give pressure, temperature and humidity", minimum=0.5, maximum=2)),
        "u_air_density": number("kg/m³ (0)", minimum=0),
        "pressure": optional(number("hPa", minimum=600, maximum=1100)),
        "u_pressure": number("hPa (0)", minimum=0),
        "temperature": optional(number("℃", minimum=15, maximum=27)),
        "u_temperature": number("℃ (0)", minimum=0),
        "humidity": optional(number("%", minimum=0, maximum=100)),
        "u_humidity": number("% (0)", minimum=0),
        "air_at_calibration": number("Air density when the reference was calibrated, kg/m³ (1.2)", above=0, maximum=2),
    },
    needs=("reference", "difference", "density_reference", "density_test"),
)
_GIVES = record(
    {
        "conventional_mass": number(),
        "u": number("Its standard uncertainty"),
        "correction": number("What buoyancy adds"),
        "u_buoyancy": number("Standard uncertainty of that"),
        "air_density": number("kg/m³"),
        "u_air_density": number("kg/m³"),
    }
)


def _run(data: dict[str, Any]) -> dict[str, Any]:
    air = _air(data)
    optional_ = ("u_reference", "u_difference", "u_density_test", "u_density_reference")
    found = weigh(
        data["reference"], data["difference"], air, data["density_test"], data["density_reference"],
        **{key: data.get(key, 0.0) for key in optional_}, air_at_calibration=data.get("air_at_calibration", AIR),
    )  # fmt: skip
    return {
        "conventional_mass": found.conventional,
        "u": found.u,
        "correction": found.correction,
        "u_buoyancy": found.u_buoyancy,
        "air_density": air.value,
        "u_air_density": air.u,
    }


def _air(data: dict[str, Any]) -> AirDensity:
    if data.get("air_density") is not None:
        return AirDensity(float(data["air_density"]), float(data.get("u_air_density", 0.0)))
    for key in _CLIMATE:
        if data.get(key) is None:
            raise TaskRefused(
                f"缺少“{key}”：请给出 air_density，或 pressure、temperature、humidity 三项",
                f"'{key}' is missing: give air_density, or pressure, temperature and humidity",
                key,
            )
    pressure, temperature, humidity = (float(data[key]) for key in _CLIMATE)
    u_pressure, u_temperature, u_humidity = (float(data.get(f"u_{key}", 0.0)) for key in _CLIMATE)
    return air_density(pressure, temperature, humidity, (u_pressure, u_temperature, u_humidity))


TASK = Task(
    "weighing",
    "砝码折算质量与空气浮力修正",
    "weighing with air buoyancy",
    "OIML R 111-1:2004, C.5 and C.6.3; CIPM-2007",
    _TAKES,
    _GIVES,
    {
        "reference": 20.000004, "u_reference": 1.25e-5, "difference": 1.2e-5, "u_difference": 5e-6,
        "density_reference": 8013.881, "u_density_reference": 1.606, "density_test": 7950, "u_density_test": 70,
        "pressure": 750.4, "temperature": 17.4, "humidity": 70.5, "u_pressure": 0.3, "u_temperature": 0.1,
        "u_humidity": 1,
    },
    _run,
)  # fmt: skip
