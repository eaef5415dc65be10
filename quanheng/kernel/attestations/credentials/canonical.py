"""Strict JSON and its canonical form (RFC 8785, JCS).

Numbers of an attestation are decimal strings, because JCS writes numbers as IEEE 754 doubles and a
certificate must not lose a digit. Floats are therefore refused; integers up to 2**53 - 1 are allowed.
"""

import json
from typing import Any, NoReturn

import rfc8785
from jsonschema_rs.canonical.json import to_string

from quanheng.kernel.attestations.errors import MalformedJson

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 24
MAX_INTEGER = 2**53 - 1

Json = dict[str, Any] | list[Any] | str | int | bool | None


def loads(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read one JSON object, refusing whatever different readers would understand differently.

    Refused with MalformedJson: more than `max_bytes` bytes, invalid UTF-8, a byte-order mark, duplicate
    members (RFC 8259 section 4 leaves their meaning open), floats, NaN, integers past 2**53 - 1, nesting
    deeper than MAX_DEPTH, lone surrogates, and anything that is not an object.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > max_bytes:
        raise MalformedJson(
            "too-large",
            f"文件超过 {max_bytes} 字节，请确认所选文件是否正确。",
            f"The file exceeds {max_bytes} bytes; make sure it is the right file.",
        )
    try:
        text = raw.decode("utf-8")
        value = _STRICT.decode(text)
    except UnicodeDecodeError as error:
        raise MalformedJson(
            "not-utf8",
            f"第 {error.start} 字节不是有效的 UTF-8，文件可能已损坏。",
            f"Byte {error.start} is not valid UTF-8; the file may be damaged.",
        ) from error
    except json.JSONDecodeError as error:
        raise MalformedJson(
            "not-json",
            f"不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列无法读取。",
            f"Not valid JSON: cannot be read at line {error.lineno}, column {error.colno}.",
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(value, dict):
        raise MalformedJson("not-object", "内容应为一个 JSON 对象。", "The content must be one JSON object.")
    _check(value, 1)
    return value


def canonical_bytes(document: Json) -> bytes:
    """Return the RFC 8785 bytes of a document; MalformedJson when it holds a float or anything not JSON."""
    _check(document, 1)
    return known_bytes(document)


def known_bytes(document: Json) -> bytes:
    """Return the RFC 8785 bytes of what `loads` or `canonical_bytes` has taken before, or of a part of it.

    It is not looked through again: for a report that costs as much as all else in verifying it. Without floats and
    without a character beyond the basic plane the schema library's writer gives exactly the canonical form (same
    escapes, code point order equals UTF-16 order), five times as fast as the standard library's encoder and forty times
    as fast as a general one.
    """
    try:
        text = to_string(document)
    except ValueError as error:  # of what was looked through, nothing else cannot be written
        raise MalformedJson(
            "lone-surrogate",
            "文本中含有不成对的代理字符，无法编码。",
            "A text holds a lone surrogate and cannot be encoded.",
        ) from error
    # A character beyond the basic plane takes two units of UTF-16.
    if len(text.encode("utf-16-le")) == 2 * len(text):
        return text.encode("utf-8")
    try:
        return rfc8785.dumps(document)
    except rfc8785.CanonicalizationError as error:
        raise MalformedJson("not-canonical", "内容无法规范化。", "No canonical form exists.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise MalformedJson(
                    "duplicate-member",
                    f"成员“{name[:80]}”重复出现，含义不明确。",
                    f'Member "{name[:80]}" appears twice; its meaning is ambiguous.',
                    name[:80],
                )
            seen.add(name)
    return members


def _no_float(text: str) -> NoReturn:
    raise MalformedJson(
        "float",
        f'数值 {text[:40]} 应写成十进制字符串（如 "10.02"）。',
        f'Number {text[:40]} must be written as a decimal string (such as "10.02").',
    )


def _integer(text: str) -> int:
    # The length is tested first: Python refuses to convert thousands of digits, with another error.
    if len(text) > 17 or abs(number := int(text)) > MAX_INTEGER:
        raise MalformedJson(
            "integer-range",
            f"整数 {text[:40]} 超出可精确表示的范围，请改用字符串。",
            f"Integer {text[:40]} cannot be represented exactly; use a string.",
        )
    return number


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_no_float, parse_int=_integer, parse_constant=_no_float
)


def _too_deep() -> MalformedJson:
    return MalformedJson(
        "too-deep",
        f"嵌套超过 {MAX_DEPTH} 层。",
        f"Nesting is deeper than {MAX_DEPTH} levels.",
    )


def _check(value: Any, depth: int) -> None:
    """Refuse what is not strict JSON."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str):
                raise MalformedJson(
                    "member-name", "成员名应为字符串。", "Member names must be strings.", str(name)[:80]
                )
            if type(member) is not str:
                _check(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            if type(member) is not str:
                _check(member, depth + 1)
    elif isinstance(value, bool) or value is None or isinstance(value, str):
        return
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            _integer(str(value)[:40])
    elif isinstance(value, float):
        _no_float(repr(value))
    else:
        raise MalformedJson(
            "type",
            f"类型 {type(value).__name__} 不能写成 JSON。",
            f"Type {type(value).__name__} cannot be written as JSON.",
        )
