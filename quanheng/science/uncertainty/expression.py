"""Models of measurement as safe expressions: read from text, evaluated on numbers or arrays, with derivatives.

A model is arithmetic on named inputs: ``+ - * / ^`` (also ``**``, ``×``, ``÷``), brackets, numbers, ``pi``, and the
functions listed in ``FUNCTIONS``; ``2j`` is an imaginary number. The text never reaches Python: it becomes a list of
steps, each one of the operations below on earlier results. Length, nesting, steps and powers are bounded.

>>> model = parse_model("V / I * cos(phi)")
>>> model.inputs
('V', 'I', 'phi')
>>> model.gradient((5.0, 0.02, 0.0))
(250.0, (50.0, -12500.0, 0.0))
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from quanheng.science.errors import ScienceError
from quanheng.science.text import flatten

MAX_CHARACTERS = 2000
MAX_NESTING = 40
MAX_STEPS = 600
MAX_INPUTS = 100
MAX_POWER = 64.0


class ModelRefused(ScienceError):
    """A text that is no model, or one that cannot be evaluated where it is asked to be."""


@dataclass(frozen=True)
class Operation:
    """One operation: on floats, as the name of numpy's function, and its partial derivatives from x, y and result."""

    name: str
    scalar: Callable[..., float]
    array: str
    partial: Callable[[float, float, float], tuple[float, float]]


def _power(x: float, y: float) -> float:
    found = x**y
    if isinstance(found, complex):
        raise ValueError("a negative number to a fractional power")
    return found


def _power_partial(x: float, y: float, z: float) -> tuple[float, float]:
    by_base = y * x ** (y - 1.0) if y != 0.0 else 0.0
    return by_base, z * math.log(x) if x > 0 else (0.0 if x == 0 and y > 0 else math.nan)


def _sign(x: float, _y: float, _z: float) -> tuple[float, float]:
    return (math.copysign(1.0, x) if x else math.nan), 0.0


_ALL = (
    Operation("add", operator.add, "add", lambda x, y, z: (1.0, 1.0)),
    Operation("sub", operator.sub, "subtract", lambda x, y, z: (1.0, -1.0)),
    Operation("mul", operator.mul, "multiply", lambda x, y, z: (y, x)),
    Operation("div", operator.truediv, "divide", lambda x, y, z: (1.0 / y, -z / y)),
    Operation("pow", _power, "power", _power_partial),
    # A power with a constant exponent: its derivative by the exponent is never wanted.
    Operation("powc", _power, "power", lambda x, y, z: (y * x ** (y - 1.0) if y != 0.0 else 0.0, 0.0)),
    Operation("neg", operator.neg, "negative", lambda x, y, z: (-1.0, 0.0)),
    Operation("sqrt", math.sqrt, "sqrt", lambda x, y, z: (0.5 / z, 0.0)),
    Operation("exp", math.exp, "exp", lambda x, y, z: (z, 0.0)),
    Operation("log", math.log, "log", lambda x, y, z: (1.0 / x, 0.0)),
    Operation("log10", math.log10, "log10", lambda x, y, z: (1.0 / (x * math.log(10.0)), 0.0)),
    Operation("sin", math.sin, "sin", lambda x, y, z: (math.cos(x), 0.0)),
    Operation("cos", math.cos, "cos", lambda x, y, z: (-math.sin(x), 0.0)),
    Operation("tan", math.tan, "tan", lambda x, y, z: (1.0 + z * z, 0.0)),
    Operation("asin", math.asin, "arcsin", lambda x, y, z: (1.0 / math.sqrt(1.0 - x * x), 0.0)),
    Operation("acos", math.acos, "arccos", lambda x, y, z: (-1.0 / math.sqrt(1.0 - x * x), 0.0)),
    Operation("atan", math.atan, "arctan", lambda x, y, z: (1.0 / (1.0 + x * x), 0.0)),
    Operation("sinh", math.sinh, "sinh", lambda x, y, z: (math.cosh(x), 0.0)),
    Operation("cosh", math.cosh, "cosh", lambda x, y, z: (math.sinh(x), 0.0)),
    Operation("tanh", math.tanh, "tanh", lambda x, y, z: (1.0 - z * z, 0.0)),
    Operation("abs", abs, "abs", _sign),
    Operation("atan2", math.atan2, "arctan2", lambda x, y, z: (y / (x * x + y * y), -x / (x * x + y * y))),
    Operation("hypot", math.hypot, "hypot", lambda x, y, z: (x / z, y / z)),
    # Parts of a complex number; on real numbers they are what they are of a number without imaginary part.
    Operation("re", lambda x: x, "real", lambda x, y, z: (1.0, 0.0)),
    Operation("im", lambda x: 0.0, "imag", lambda x, y, z: (0.0, 0.0)),
    Operation("arg", lambda x: math.atan2(0.0, x), "angle", lambda x, y, z: (0.0, 0.0)),
    Operation("conj", lambda x: x, "conj", lambda x, y, z: (1.0, 0.0)),
)
OPERATIONS = {one.name: one for one in _ALL}
_TWO = frozenset({"add", "sub", "mul", "div", "pow", "powc", "atan2", "hypot"})
#: The functions that a model may call, and how many arguments each takes.
FUNCTIONS: dict[str, int] = {
    one.name: 2 if one.name in _TWO else 1
    for one in _ALL
    if one.name not in ("add", "sub", "mul", "div", "pow", "powc", "neg")
}
_CHEAP = frozenset({"add", "sub", "mul", "div", "neg", "sqrt", "abs", "re", "im", "conj"})
_DEAR = 10
_REAL_ONLY = frozenset({"atan2", "hypot"})
_TO_REAL = frozenset({"re", "im", "arg", "abs"})
_ALIASES = {"ln": "log", "lg": "log10", "arcsin": "asin", "arccos": "acos", "arctan": "atan"}


@dataclass(frozen=True)
class Step:
    """An operation on earlier registers; ``second`` is −1 where it takes one argument."""

    operation: Operation
    first: int
    second: int


@dataclass(frozen=True, eq=False)
class Model:
    """A model Y = f(X1, …, Xn). Registers are the inputs, then the constants, then the results of the steps."""

    text: str
    inputs: tuple[str, ...]
    constants: tuple[complex | float, ...]
    steps: tuple[Step, ...]
    result: int
    is_complex: bool

    def __post_init__(self) -> None:
        # Plain tuples: a budget takes microseconds, and attributes of records are a good part of that.
        object.__setattr__(
            self,
            "_fast",
            tuple((one.operation.scalar, one.operation.partial, one.first, one.second) for one in self.steps),
        )

    @property
    def cost(self) -> int:
        """What one evaluation costs on arrays, in additions."""
        return 1 + sum(1 if one.operation.name in _CHEAP else _DEAR for one in self.steps)

    def value(self, values: Sequence[float]) -> float:
        """f at the inputs, in the order of ``inputs``. Raises ModelRefused."""
        return float(self._registers(values)[self.result])

    def gradient(self, values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        """f and its derivatives by every input, in one pass forth and one back. Raises ModelRefused."""
        registers = self._registers(values)
        slopes = [0.0] * len(registers)
        slopes[self.result] = 1.0
        at = len(registers)
        try:
            for _scalar, partial, first, second in reversed(self._fast):  # type: ignore[attr-defined]
                at -= 1
                slope = slopes[at]
                if slope == 0.0:
                    continue
                if second < 0:
                    by_first, _none = partial(registers[first], 0.0, registers[at])
                    slopes[first] += slope * by_first
                else:
                    by_first, by_second = partial(registers[first], registers[second], registers[at])
                    slopes[first] += slope * by_first
                    slopes[second] += slope * by_second
        except (ValueError, ArithmeticError) as error:
            raise self._without_derivative() from error
        found = tuple(slopes[: len(self.inputs)])
        if not all(map(math.isfinite, found)):
            raise self._without_derivative()
        return registers[self.result], found

    def arrays(self, values: Sequence[Any]) -> Any:
        """f on numpy arrays (or numbers) of one shape; not finite where it is not defined.

        The answer may be a number where the model does not depend on any input.
        """
        import numpy as np

        registers: list[Any] = [*values, *self.constants]
        last = {self.result: len(self.steps)}
        for place, step in enumerate(self.steps):
            last[step.first] = max(last.get(step.first, -1), place)
            last[step.second] = max(last.get(step.second, -1), place)
        kept = len(registers)
        with np.errstate(all="ignore"):
            for place, step in enumerate(self.steps):
                first = registers[step.first]
                function = getattr(np, step.operation.array)
                if step.operation.name == "powc":
                    registers.append(_small_power(first, registers[step.second], function))
                elif step.second < 0:
                    registers.append(function(first))
                else:
                    registers.append(function(first, registers[step.second]))
                for used in {step.first, step.second}:
                    if used >= kept and last[used] == place:
                        registers[used] = None  # its memory is free for the next step
        return registers[self.result]

    def _registers(self, values: Sequence[float]) -> list[Any]:
        registers: list[Any] = [*values, *self.constants]
        try:
            for scalar, _partial, first, second in self._fast:  # type: ignore[attr-defined]
                if second < 0:
                    registers.append(scalar(registers[first]))
                else:
                    registers.append(scalar(registers[first], registers[second]))
            if math.isfinite(registers[self.result]):
                return registers
        except (ValueError, ArithmeticError, TypeError):
            pass
        raise ModelRefused(
            f"模型“{_short(self.text)}”在输入量的估计值处没有有限值（如除以零、负数开方），请核对模型与数值",
            f"the model '{_short(self.text)}' has no finite value at the estimates of its inputs (a division by zero, "
            "the root of a negative number); check model and values",
            "model",
        )

    def _without_derivative(self) -> ModelRefused:
        return ModelRefused(
            f"模型“{_short(self.text)}”在输入量的估计值处不可导，GUM 方法不适用，请改用蒙特卡洛法（monte_carlo）",
            f"the model '{_short(self.text)}' has no derivative at the estimates of its inputs, so the GUM framework "
            "does not apply; use Monte Carlo (monte_carlo)",
            "model",
        )


def _small_power(x: Any, exponent: float, function: Callable[..., Any]) -> Any:
    """x to a constant power; small whole ones by multiplying, as numpy's power takes ten times as long."""
    if exponent == 2.0:
        return x * x
    if exponent == 3.0:
        return x * x * x
    return function(x, exponent)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"


# --- reading -------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<imaginary>j(?!\w))?"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[-+*/^(),]))"
)
_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "[": "(", "]": ")", "{": "(", "}": ")"})
_NAMED = re.compile(r"[^\W\d]\w*")


@lru_cache(maxsize=2048)
def plain_name(name: str) -> str:
    """A name of an input as models are read: full-width forms and subscripts folded. Raises ModelRefused.

    >>> plain_name("ρ_ａ")
    'ρ_a'
    """
    folded = flatten(name)
    if not _NAMED.fullmatch(folded) or len(folded) > 60:
        raise ModelRefused(
            f"“{_short(name)}”不能作为输入量的名称，请用字母开头、由字母、数字、下划线组成的名称",
            f"'{_short(name)}' cannot name an input; take letters, digits and underscores, a letter first",
        )
    if folded in FUNCTIONS or folded in _ALIASES or folded == "pi":
        raise ModelRefused(
            f"“{folded}”是函数或常数的名称，请给输入量另取名称",
            f"'{folded}' names a function or constant; give the input another name",
        )
    return folded


@lru_cache(maxsize=512)
def parse_model(text: str) -> Model:
    """Read a model such as ``"d + l_s * (1 - alpha * theta)"``; ``"Y = …"`` is read too.

    Raises ModelRefused, which names the position of what cannot be read.

    >>> parse_model("__import__('os')")
    Traceback (most recent call last):
        ...
    quanheng.science.uncertainty.expression.ModelRefused: ...
    """
    if len(text) > MAX_CHARACTERS:
        raise _refusal(text, f"超过 {MAX_CHARACTERS} 个字符，请分步计算", f"longer than {MAX_CHARACTERS} characters")
    flat = flatten(text).translate(_SIGNS)
    left, equals, right = flat.partition("=")
    if equals and _NAMED.fullmatch(left.strip()):
        flat = right
    return _Reader(text, flat).model()


class _Reader:
    """A reader of one text by recursive descent: sum, product, sign, power, atom."""

    def __init__(self, text: str, flat: str) -> None:
        self.text = text
        self.tokens = self._tokens(flat)
        self.place = 0
        self.depth = 0
        self.names: dict[str, None] = {}
        self.nodes: dict[tuple[Any, ...], int] = {}

    def _tokens(self, flat: str) -> list[tuple[str, str, int]]:
        found, at = [], 0
        flat = flat.rstrip()
        while at < len(flat):
            match = _TOKEN.match(flat, at)
            if not match:
                place = at + len(flat[at:]) - len(flat[at:].lstrip())
                raise self._wrong(
                    place, f"不能用“{flat[place]}”，只能用输入量、数、+ - * / ^ 和括号",
                    f"'{flat[place]}' cannot be used; take inputs, numbers, + - * / ^ and brackets",
                )  # fmt: skip
            kind = "imaginary" if match["imaginary"] else str(match.lastgroup)
            found.append((kind, match["number"] or match["name"] or match["sign"], match.end() - len(match[0].strip())))
            at = match.end()
        return found

    def model(self) -> Model:
        result = self._sum()
        if self.place < len(self.tokens):
            self._unexpected()
        return self._compiled(result)

    def _wrong(self, at: int, zh: str, en: str) -> ModelRefused:
        return _refusal(self.text, f"第 {at + 1} 个字符处：{zh}", f"at character {at + 1}: {en}")

    def _unexpected(self) -> None:
        if self.place >= len(self.tokens):
            raise _refusal(self.text, "式子不完整，请补全", "it ends too early; complete it")
        _kind, token, at = self.tokens[self.place]
        raise self._wrong(
            at, f"此处不应有“{_short(token)}”", f"'{_short(token)}' is out of place; check signs and brackets"
        )

    def _next(self, *signs: str) -> str:
        """The sign that comes next if it is one of these, taken; else an empty text."""
        if self.place < len(self.tokens):
            kind, token, _at = self.tokens[self.place]
            if kind == "sign" and token in signs:
                self.place += 1
                return token
        return ""

    def _need(self, sign: str) -> None:
        if not self._next(sign):
            self._unexpected()

    def _node(self, *node: Any) -> int:
        """The number of a node; the same node has one number, so nothing is computed twice."""
        if len(self.nodes) >= MAX_STEPS and node not in self.nodes:
            raise _refusal(
                self.text, f"多于 {MAX_STEPS} 步运算，请分步计算", f"it has more than {MAX_STEPS} steps; split it"
            )
        return self.nodes.setdefault(node, len(self.nodes))

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise _refusal(
                self.text,
                f"嵌套超过 {MAX_NESTING} 层，请分步计算",
                f"it is nested more than {MAX_NESTING} deep; split it",
            )

    def _sum(self) -> int:
        self._deeper()
        left = self._product()
        while sign := self._next("+", "-"):
            left = self._node("add" if sign == "+" else "sub", left, self._product())
        self.depth -= 1
        return left

    def _product(self) -> int:
        left = self._signed()
        while sign := self._next("*", "/"):
            left = self._node("mul" if sign == "*" else "div", left, self._signed())
        return left

    def _signed(self) -> int:
        minus = False
        while sign := self._next("+", "-"):
            minus ^= sign == "-"
        found = self._powered()
        return self._node("neg", found, -1) if minus else found

    def _powered(self) -> int:
        base = self._atom()
        if not self._next("^", "**"):
            return base
        at = self.place
        self._deeper()
        exponent = self._signed()
        self.depth -= 1
        constant = self._constant(exponent)
        if constant is None:
            return self._node("pow", base, exponent)
        if isinstance(constant, complex) or not abs(constant) <= MAX_POWER:
            raise self._wrong(
                self.tokens[min(at, len(self.tokens) - 1)][2],
                f"幂指数须为 −{MAX_POWER:g} 与 {MAX_POWER:g} 之间的实数",
                f"an exponent must be a real number from -{MAX_POWER:g} to {MAX_POWER:g}",
            )
        return self._node("powc", base, self._node("number", constant))

    def _constant(self, node: int) -> float | complex | None:
        """The value of a node that no input enters, None where one does."""
        values: list[float | complex | None] = []
        for kind, *rest in list(self.nodes)[: node + 1]:  # each node comes after those it is made of
            if kind == "number":
                values.append(rest[0])
                continue
            given = [None] if kind == "name" else [values[one] for one in rest if one >= 0]
            try:
                values.append(None if None in given else OPERATIONS[kind].scalar(*given))
            except (ValueError, ArithmeticError, TypeError):
                values.append(math.nan)
        return values[node]

    def _atom(self) -> int:
        if self.place >= len(self.tokens):
            self._unexpected()
        kind, token, at = self.tokens[self.place]
        if kind in ("number", "imaginary"):
            self.place += 1
            number = float(token)
            if not math.isfinite(number):
                raise self._wrong(at, "数过大", "the number is too large")
            return self._node("number", complex(0.0, number) if kind == "imaginary" else number)
        if kind == "name":
            self.place += 1
            if self._next("("):
                return self._call(token, at)
            if token == "pi":
                return self._node("number", math.pi)
            if token in FUNCTIONS or token in _ALIASES:
                raise self._wrong(at, f"函数 {token} 后面要有括号", f"the function {token} needs brackets after it")
            self.names.setdefault(token)
            if len(self.names) > MAX_INPUTS:
                raise _refusal(self.text, f"输入量多于 {MAX_INPUTS} 个", f"it has more than {MAX_INPUTS} inputs")
            return self._node("name", token)
        if not self._next("("):
            self._unexpected()
        found = self._sum()
        self._need(")")
        return found

    def _call(self, name: str, at: int) -> int:
        function = _ALIASES.get(name, name)
        if function not in FUNCTIONS:
            there = ", ".join(sorted(FUNCTIONS))
            raise self._wrong(
                at, f"没有函数“{_short(name)}”，可用：{there}", f"there is no function '{_short(name)}'; take {there}"
            )
        arguments = [self._sum()]
        while self._next(","):
            arguments.append(self._sum())
        self._need(")")
        if len(arguments) != FUNCTIONS[function]:
            raise self._wrong(
                at,
                f"函数 {name} 须有 {FUNCTIONS[function]} 个自变量",
                f"{name} takes {FUNCTIONS[function]} argument(s)",
            )
        if function in _REAL_ONLY and any(self._is_complex(one) for one in arguments):
            raise self._wrong(
                at,
                f"函数 {name} 只用于实数，请先取 re、im 或 abs",
                f"{name} is for real numbers; take re, im or abs first",
            )
        return self._node(function, *arguments, *([-1] if len(arguments) == 1 else []))

    def _is_complex(self, node: int) -> bool:
        found: list[bool] = []
        for kind, *rest in list(self.nodes)[: node + 1]:
            if kind == "number":
                found.append(isinstance(rest[0], complex))
            elif kind == "name" or kind in _TO_REAL:
                found.append(False)
            else:
                found.append(any(found[one] for one in rest if one >= 0))
        return found[node]

    def _compiled(self, result: int) -> Model:
        listed = list(self.nodes)
        names = [node[1] for node in listed if node[0] == "name"]
        numbers = [node[1] for node in listed if node[0] == "number"]
        register: dict[int, int] = {}
        steps: list[Step] = []
        for place, (kind, *rest) in enumerate(listed):
            if kind == "name":
                register[place] = names.index(rest[0])
            elif kind == "number":
                register[place] = len(names) + next(i for i, one in enumerate(numbers) if one is rest[0])
            else:
                first, second = register[rest[0]], register[rest[1]] if rest[1] >= 0 else -1
                register[place] = len(names) + len(numbers) + len(steps)
                steps.append(Step(OPERATIONS[kind], first, second))
        return Model(
            self.text, tuple(names), tuple(numbers), tuple(steps), register[result],
            any(isinstance(one, complex) for one in numbers),
        )  # fmt: skip


def _refusal(text: str, zh: str, en: str) -> ModelRefused:
    return ModelRefused(f"读不懂模型“{_short(text)}”：{zh}", f"cannot read the model '{_short(text)}': {en}", "model")
