"""A task: one calculation of the science as JSON in and JSON out, with the schemas of both published.

Command line, API and pages call tasks and nothing else, so that one input gives one answer everywhere. What a schema
does not allow is refused here, at its place and in both languages; what only the calculation can see, by its function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from quanheng.science.errors import ScienceError

if TYPE_CHECKING:
    import jsonschema_rs

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Numbers beyond this are no measured values, and their squares would leave the floating-point range.
GREATEST = 1e100


class TaskRefused(ScienceError):
    """An input that a task cannot take, with its place."""


@dataclass(frozen=True)
class Task:
    """A calculation: ``run`` takes what ``takes`` describes and gives what ``gives`` describes (JSON Schema).

    ``zh`` and ``en`` name it, ``source`` is the document and clause it follows, ``example`` an input that works.
    """

    name: str
    zh: str
    en: str
    source: str
    takes: Schema
    gives: Schema
    example: dict[str, Any]
    run: Callable[[dict[str, Any]], Mapping[str, Any]]

    @cached_property
    def _validator(self) -> jsonschema_rs.Validator:
        import jsonschema_rs

        return jsonschema_rs.validator_for({"$schema": DIALECT, **self.takes})

    def calculate(self, data: Any) -> dict[str, Any]:
        """The answer to ``data``, as plain JSON values; infinite numbers are null. Raises ScienceError."""
        try:
            wrong = next(self._validator.iter_errors(data), None)
        except ValueError as error:  # a value that JSON does not know, from a caller in Python
            raise TaskRefused(
                "输入中有 JSON 不能表示的值", "the input holds a value that JSON does not know"
            ) from error
        if wrong is not None:
            raise _refused(list(wrong.instance_path), {"name": wrong.kind.name, **wrong.kind.as_dict()})
        try:
            return {key: plain(value) for key, value in self.run(data).items()}
        except (OverflowError, ZeroDivisionError, FloatingPointError) as error:
            raise TaskRefused(
                "数值过大或过小，超出可计算的范围，请核对数值与单位",
                "the numbers are too large or too small to calculate with; check them and their units",
            ) from error


def plain(value: Any) -> Any:
    """Result records, arrays and their numbers as JSON values; what is not finite becomes null.

    Raises OverflowError for a number that no measured value has: one more step and it would not be finite either.

    >>> plain((1, float("inf"), {"k": 2.0}))
    [1, None, {'k': 2.0}]
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        if GREATEST < abs(value) < math.inf:
            raise OverflowError(f"{value} is beyond {GREATEST}")
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    return plain(value.tolist())  # numpy's arrays and scalars


# --- schemas -------------------------------------------------------------------------------------------------


def number(about: str = "", *, above: float | None = None, **limits: Any) -> Schema:
    """A finite number; ``above``: greater than; ``minimum`` and ``maximum`` as JSON Schema has them."""
    wide = {"minimum": -GREATEST, "maximum": GREATEST} | limits
    if above is not None:
        wide.pop("minimum")
        wide["exclusiveMinimum"] = above
    return _described({"type": "number", **wide}, about)


def integer(about: str = "", *, minimum: int = 0, maximum: int = 10**9, **more: Any) -> Schema:
    """A whole number in bounds."""
    return _described({"type": "integer", "minimum": minimum, "maximum": maximum, **more}, about)


def text(about: str = "", *, longest: int = 60) -> Schema:
    """A text that is not endless."""
    return _described({"type": "string", "minLength": 1, "maxLength": longest}, about)


def choice(*words: str, about: str = "", default: str | None = None) -> Schema:
    """One of some words."""
    return _described(
        {"type": "string", "enum": list(words)} | ({} if default is None else {"default": default}), about
    )


def boolean(about: str = "", *, default: bool = False) -> Schema:
    """Yes or no."""
    return _described({"type": "boolean", "default": default}, about)


def array(items: Schema, about: str = "", *, least: int = 1, most: int = 100_000) -> Schema:
    """A list of some length."""
    return _described({"type": "array", "items": items, "minItems": least, "maxItems": most}, about)


def record(properties: Mapping[str, Schema], *, needs: Sequence[str] = (), about: str = "") -> Schema:
    """An object with these keys and no others."""
    return _described(
        {"type": "object", "properties": dict(properties), "required": list(needs), "additionalProperties": False},
        about,
    )


def named(values: Schema, about: str = "", *, least: int = 1, most: int = 100) -> Schema:
    """An object with names of the caller's own as keys."""
    return _described(
        {"type": "object", "additionalProperties": values, "minProperties": least, "maxProperties": most}, about
    )


def optional(schema: Schema) -> Schema:
    """The same or null."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    allowed = {**schema, "type": [*kinds, "null"]}
    return allowed | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def _described(schema: Schema, about: str) -> Schema:
    return {**schema, "description": about} if about else schema


# --- what a schema does not allow, said so that it can be mended ---------------------------------------------

_KINDS = {
    "number": ("数", "a number"),
    "integer": ("整数", "a whole number"),
    "string": ("文字", "a text"),
    "boolean": ("true 或 false", "true or false"),
    "array": ("列表", "a list"),
    "object": ("对象", "an object"),
    "null": ("null", "null"),
}
_LIMITS = {
    "minimum": ("不能小于 {}", "must not be less than {}"),
    "exclusiveMinimum": ("须大于 {}", "must be greater than {}"),
    "maximum": ("不能大于 {}", "must not be greater than {}"),
    "exclusiveMaximum": ("须小于 {}", "must be less than {}"),
    "minItems": ("至少要有 {} 个", "needs at least {} entries"),
    "maxItems": ("至多 {} 个，请分批计算", "must not have more than {} entries; calculate in parts"),
    "minLength": ("至少 {} 个字符", "needs at least {} characters"),
    "maxLength": ("至多 {} 个字符，请缩短", "must not have more than {} characters; shorten it"),
    "minProperties": ("至少要有 {} 项", "needs at least {} entries"),
    "maxProperties": ("至多 {} 项", "must not have more than {} entries"),
}


def _refused(path: list[str | int], found: dict[str, Any]) -> TaskRefused:
    place = ".".join(map(str, path))
    kind = found["name"]
    if kind == "required":
        place = ".".join(map(str, [*path, found["property"]]))
        return TaskRefused(f"缺少“{place}”，请补上", f"'{place}' is missing; add it", place)
    if kind == "additionalProperties":
        place = ".".join(map(str, [*path, found["unexpected"][0]]))[:200]
        return TaskRefused(
            f"没有“{place}”这一项，请删去，或对照说明核对名称",
            f"there is no '{place}' here; take it away or compare its name with the schema",
            place,
        )
    shown = place or "（整个输入）"
    shown_en = f"'{place}'" if place else "the input"
    if kind == "type":
        zh = "或".join(_KINDS[one][0] for one in found["types"])
        en = " or ".join(_KINDS[one][1] for one in found["types"])
        return TaskRefused(f"“{shown}”须为{zh}，且为有限值", f"{shown_en} must be {en}, and finite", place)
    if kind == "enum":
        words = [str(one) for one in found["options"]]
        return TaskRefused(
            f"“{shown}”只能是 {'、'.join(words)}", f"{shown_en} must be one of {', '.join(words)}", place
        )
    if kind in _LIMITS:
        limit = f"{found['limit']:g}" if isinstance(found["limit"], float) else str(found["limit"])
        zh, en = (pattern.format(limit) for pattern in _LIMITS[kind])
        return TaskRefused(f"“{shown}”{zh}", f"{shown_en} {en}", place)
    return TaskRefused(f"“{shown}”不符合说明", f"{shown_en} does not fit the schema", place)
