"""Units in models: every sum, function and power is checked, and inputs are brought to coherent SI units.

Source: SI Brochure (9th edition), 2.3.3 (dimensions); 5.4.7 (only pure numbers have logarithms and sines). Plane angle
counts as a pure number.

>>> from quanheng.science.uncertainty.inputs import normal
>>> from quanheng.science.uncertainty.expression import parse_model
>>> given = {"m": normal(25, 0.1), "V": normal(2, 0.01)}
>>> scaled = to_coherent(parse_model("m / V"), given, {"m": "g", "V": "mL"}, "kg/m3")
>>> scaled.inputs["m"].value, scaled.factor
(0.025, 1.0)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from quanheng.science.errors import ScienceError
from quanheng.science.quantities import Unit, UnitMismatch, UnknownUnit
from quanheng.science.quantities.units import as_unit
from quanheng.science.uncertainty.expression import Model
from quanheng.science.uncertainty.inputs import Input

Dimension = tuple[tuple[str, float], ...]
PURE: Dimension = ()
_ANGLES = frozenset({"rad", "sr"})
#: Functions of pure numbers alone.
_PURE_ONLY = frozenset(
    {"exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "arg"}
)
_SHOWN = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")


class DimensionRefused(ScienceError):
    """Quantities that cannot be put together."""


class Kind(NamedTuple):
    """What a register holds: its dimension; how often the zero of a scale such as ℃ is in it (nan: unknown)."""

    dimension: Dimension
    zeros: float


class Coherent(NamedTuple):
    """A model's inputs in coherent SI units; y = (y_SI − offset) / factor in the unit that was asked for.

    ``factors`` lead from each input's own unit, so that sensitivities can be told in the units as given.
    """

    inputs: dict[str, Input]
    factors: dict[str, float]
    factor: float
    offset: float
    unit: str


def rescaled(one: Input, factor: float, offset: float = 0.0) -> Input:
    """The input in another unit: x·factor + offset.

    >>> from quanheng.science.uncertainty.inputs import rectangular
    >>> rescaled(rectangular(20, half_width=1), 1, 273.15).parameters
    (292.15, 294.15)
    """
    if factor == 1.0 and offset == 0.0:
        return one
    shift, scale = (lambda x: x * factor + offset), (lambda x: x * factor)
    first, *rest = one.parameters
    if one.dist in ("exponential", "gamma"):
        if offset:
            raise DimensionRefused(
                f"分布 {one.dist} 从零开始，不能用 ℃ 这类有零点的单位，请用 K",
                f"the distribution {one.dist} starts at zero, so its unit cannot be one with a zero of its own; use K",
                "unit",
            )
        given = (scale(first),) if one.dist == "exponential" else (first, scale(rest[0]))
    elif one.dist in ("normal", "t"):
        given = (shift(first), scale(rest[0]), *rest[1:])
    elif one.dist == "constant":
        given = (shift(first),)
    else:
        given = (shift(first), shift(rest[0]), *(scale(x) if one.dist == "ctrap" else x for x in rest[1:]))
    return one._replace(value=shift(one.value), u=scale(one.u), parameters=given)


def to_coherent(
    model: Model, inputs: Mapping[str, Input], units: Mapping[str, str], unit: str | None = None
) -> Coherent:
    """Check the model's dimensions and bring its inputs to coherent SI units.

    ``inputs`` and ``units`` go by the model's names; an input without unit is a pure number. ``unit`` is wanted of
    the result (default: the coherent SI unit); kelvins beside degrees Celsius are read as differences. Raises
    DimensionRefused with the part of the model where units do not fit, UnknownUnit.
    """
    found = {name: _unit(text, f"inputs.{name}.unit") for name, text in units.items()}
    kinds = [
        Kind(_dimension(found[name]), 1.0 if found[name].offset else 0.0) if name in found else Kind(PURE, 0.0)
        for name in model.inputs
    ]
    result = _result(model, kinds)
    coherent = {
        name: rescaled(one, float(found[name].factor), float(found[name].offset)) if name in found else one
        for name, one in inputs.items()
    }
    factors = {name: float(found[name].factor) if name in found else 1.0 for name in inputs}
    if unit is None:
        return Coherent(coherent, factors, 1.0, 0.0, shown(result.dimension))
    wanted = _unit(unit, "unit")
    if _dimension(wanted) != result.dimension:
        raise DimensionRefused(
            f"模型结果的单位是 {shown(result.dimension)}，不能用 {wanted.symbol} 表示，请核对模型与单位",
            f"the model's result is in {shown(result.dimension)}, which {wanted.text('en')} cannot express; check "
            "model and units",
            "unit",
        )
    offset = 0.0
    if wanted.offset and result.zeros != 0.0:
        if result.zeros != 1.0:
            raise DimensionRefused(
                f"不能断定结果是温度还是温差，请用 K 代替 {wanted.symbol}",
                f"a temperature or a difference? The model does not tell; use K instead of {wanted.text('en')}",
                "unit",
            )
        offset = float(wanted.offset)
    return Coherent(coherent, factors, float(wanted.factor), offset, wanted.symbol)


def _unit(text: str, field: str) -> Unit:
    try:
        return as_unit(text)
    except (UnknownUnit, UnitMismatch) as error:
        raise error.at(field) from None


def _dimension(unit: Unit) -> Dimension:
    return tuple((name, float(power)) for name, power in unit.dimension if name not in _ANGLES)


def shown(dimension: Dimension) -> str:
    """A dimension as its coherent SI unit.

    >>> shown((("kg", 1.0), ("m", -3.0)))
    'kg·m⁻³'
    """
    return "·".join(name + ("" if power == 1 else f"{power:g}".translate(_SHOWN)) for name, power in dimension) or "1"


def _result(model: Model, kinds: list[Kind]) -> Kind:
    registers: list[Kind] = [*kinds, *(Kind(PURE, 0.0) for _ in model.constants)]
    first_constant = len(kinds)
    for place, step in enumerate(model.steps):
        name, x = step.operation.name, registers[step.first]
        y = registers[step.second] if step.second >= 0 else Kind(PURE, 0.0)
        if name in ("add", "sub", "atan2", "hypot"):
            if x.dimension != y.dimension:
                raise _unfit(model, place, x, y)
            zeros = x.zeros + y.zeros if name == "add" else x.zeros - y.zeros if name == "sub" else math.nan
            registers.append(Kind(PURE, 0.0) if name == "atan2" else Kind(x.dimension, zeros))
        elif name in ("mul", "div"):
            sign = 1.0 if name == "mul" else -1.0
            zeros = _times(model, first_constant, step.first, step.second, x, y, sign)
            registers.append(Kind(_product(x.dimension, y.dimension, sign), zeros))
        elif name == "powc":
            power = model.constants[step.second - first_constant].real if first_constant <= step.second < (
                first_constant + len(model.constants)
            ) else math.nan  # fmt: skip
            registers.append(Kind(_raised(model, place, x.dimension, power), math.nan if x.zeros else 0.0))
        elif name == "sqrt":
            registers.append(Kind(_raised(model, place, x.dimension, 0.5), math.nan if x.zeros else 0.0))
        elif name == "pow" or name in _PURE_ONLY:
            if x.dimension or y.dimension:
                raise _unfit(model, place, x, y)
            registers.append(Kind(PURE, 0.0))
        else:  # neg, abs, re, im, conj
            registers.append(Kind(x.dimension, -x.zeros if name == "neg" else x.zeros))
    return registers[model.result]


def _times(model: Model, start: int, first: int, second: int, x: Kind, y: Kind, sign: float) -> float:
    """How often the zero of a scale is in a product: known where the other factor is a number of the model."""
    if x.zeros == y.zeros == 0.0:
        return 0.0
    place, kind = (second, x) if not y.zeros else (first, y)
    if (x.zeros and y.zeros) or not start <= place < start + len(model.constants) or (place == first and sign < 0):
        return math.nan
    return kind.zeros * float(model.constants[place - start].real) ** sign


def _product(x: Dimension, y: Dimension, sign: float) -> Dimension:
    found = dict(x)
    for name, power in y:
        found[name] = found.get(name, 0.0) + sign * power
    return tuple(sorted((name, power) for name, power in found.items() if power))


def _raised(model: Model, place: int, x: Dimension, power: float) -> Dimension:
    return tuple((name, round(one * power, 9)) for name, one in x if power)


def _unfit(model: Model, place: int, x: Kind, y: Kind) -> DimensionRefused:
    part = written(model, len(model.inputs) + len(model.constants) + place)
    step = model.steps[place]
    if step.second >= 0 and step.operation.name != "pow":
        return DimensionRefused(
            f"“{part}”中 {shown(x.dimension)} 与 {shown(y.dimension)} 不能相加减或比较，请核对各量的单位；"
            "带单位的常数请作为输入量给出",
            f"in '{part}', {shown(x.dimension)} and {shown(y.dimension)} cannot be put together; check the units of "
            "the inputs, and give constants that have a unit as inputs",
            "model",
        )
    return DimensionRefused(
        f"“{part}”须作用于无量纲的数，现为 {shown(x.dimension or y.dimension)}，请核对单位",
        f"'{part}' must be taken of pure numbers, here it is {shown(x.dimension or y.dimension)}; check the units",
        "model",
    )


_INFIX = {"add": " + ", "sub": " - ", "mul": "*", "div": "/", "pow": "^", "powc": "^"}


def written(model: Model, register: int, depth: int = 4) -> str:
    """A part of a model in words of the model, inner parts beyond ``depth`` left out."""
    if register < len(model.inputs):
        return model.inputs[register]
    place = register - len(model.inputs)
    if place < len(model.constants):
        return f"{model.constants[place]:g}"
    if depth == 0:
        return "…"
    step = model.steps[place - len(model.constants)]
    name = step.operation.name
    parts = [written(model, one, depth - 1) for one in (step.first, step.second) if one >= 0]
    if name in _INFIX:
        return f"({_INFIX[name].join(parts)})"
    return f"-{parts[0]}" if name == "neg" else f"{name}({', '.join(parts)})"
