"""Strict reading and the canonical form, refereed by an independent implementation."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.kernel.attestations.credentials.canonical import MAX_DEPTH, canonical_bytes, loads
from quanheng.kernel.attestations.errors import MalformedJson

PUBLISHED: dict[str, list[str]] = json.loads((Path(__file__).parent / "vectors" / "rfc8785.json").read_text("utf-8"))[
    "pairs"
]

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_six_published_pairs(name: str) -> None:
    """Four by our own writer. Two hold fractions, which no attestation may: refused, and written by the general one."""
    given, canonical = PUBLISHED[name]
    document = json.loads(given)
    assert rfc8785.dumps(document) == canonical.encode()
    if name not in ("structures", "values"):
        assert canonical_bytes(document) == canonical.encode()
        return
    with pytest.raises(MalformedJson) as refusal:
        canonical_bytes(document)
    assert refusal.value.code == "float"
    # Without what is no whole number the rest is written as published.
    whole = json.loads(canonical, parse_float=str)
    assert canonical_bytes(whole) == re.sub(r"(?<=[\[,])[\d.]+e?[+-]?\d+(?=[,\]])", _quoted, canonical).encode()


def _quoted(number: re.Match[str]) -> str:
    return number[0] if number[0].isdigit() else f'"{number[0]}"'


@given(documents)
@settings(max_examples=300, deadline=None)
def test_canonical_form_equals_the_reference_implementation(document: Any) -> None:
    assert canonical_bytes(document) == rfc8785.dumps(document)


@given(st.dictionaries(texts, documents, max_size=4))
@settings(max_examples=100, deadline=None)
def test_reading_the_canonical_form_gives_the_document_back(document: dict[str, Any]) -> None:
    assert loads(canonical_bytes(document)) == document


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":2}', "duplicate-member"),
        (b'{"a":{"b":"1","b":"1"}}', "duplicate-member"),
        (b'{"a":1.0}', "float"),
        (b'{"a":1e3}', "float"),
        (b'{"a":NaN}', "float"),
        (b'{"a":-Infinity}', "float"),
        (b'{"a":9007199254740992}', "integer-range"),
        (b'{"a":' + b"9" * 5000 + b"}", "integer-range"),
        (b'{"a":"\xff"}', "not-utf8"),
        (b'\xef\xbb\xbf{"a":1}', "not-json"),
        (b'{"a":"\\ud800"}', None),
        (b'["a"]', "not-object"),
        (b"", "not-json"),
        (b'{"a":1', "not-json"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "too-deep"),
        (b'{"a":"' + b"x" * 5_000_000 + b'"}', "too-large"),
    ],
)
def test_ambiguous_or_oversized_json_is_refused(data: bytes, code: str | None) -> None:
    with pytest.raises(MalformedJson) as refusal:
        canonical_bytes(loads(data))
    if code is not None:
        assert refusal.value.code == code
    assert refusal.value.zh and refusal.value.en


@pytest.mark.parametrize("value", [1.5, float("nan"), b"bytes", {1: "a"}, {"a": [2.0]}, 2**53, {"a": object()}])
def test_values_without_canonical_form_are_refused(value: Any) -> None:
    with pytest.raises(MalformedJson):
        canonical_bytes(value)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        document = loads(data)
    except MalformedJson:
        return
    assert json.loads(data) == document
