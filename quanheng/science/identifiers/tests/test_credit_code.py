"""Unified social credit codes: published codes pass, every single error is found, messages point at it."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.identifiers import credit_code as module
from quanheng.science.identifiers.credit_code import (
    ALPHABET,
    CreditCodeRefused,
    body_check_character,
    check_character,
    check_credit_code,
    make_credit_code,
    parse_credit_code,
)

PUBLISHED = [
    "91350100M000100Y43", "914403001922038216", "91440300708461136T", "91330100799655058B", "91110108551385082Q",
    "91110000710925462X", "91100000100003962T", "91110108717743469K", "91110000100010433L", "9144030071526726XG",
]  # fmt: skip


def test_documented_examples_run() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_hold(code: str) -> None:
    found = parse_credit_code(code)
    assert found.text == code
    assert found.authority + found.kind + found.region + found.body + found.check == code
    assert make_credit_code(found.body[:8], found.region) == code
    assert found.authority_name == ("市场监督管理", "market regulation")
    assert check_credit_code(f" {code[:8].lower()}-{code[8:]} ")


@pytest.mark.parametrize("code", PUBLISHED)
def test_every_single_substitution_is_found(code: str) -> None:
    """Weights are units modulo the prime 31, so the code's own check misses no single substitution."""
    for place in range(18):
        for other in ALPHABET:
            if other != code[place]:
                assert not check_credit_code(code[:place] + other + code[place + 1 :])


def test_the_invalid_twin_of_the_standards_example() -> None:
    with pytest.raises(CreditCodeRefused) as caught:
        parse_credit_code("91350100M000100Y4Z")
    assert caught.value.position == 18
    assert "第 18 位" in caught.value.zh


@pytest.mark.parametrize(
    ("code", "position", "hint"),
    [
        ("9135O100M000100Y43", 5, "'0'"),
        ("9I350100M000100Y43", 2, "'1'"),
        ("91350100M000100V43", 16, "'U'"),
        ("9135A100M000100Y43", 5, "digit"),
        ("91350100M000100Y4", None, "has 18 characters"),
        ("", None, "has 18 characters"),
        ("91350100M000100Y43X", None, "has 18 characters"),
        ("91350100M00010#Y43", 15, "only digits"),
        ("91350100M0001O0Y43", 14, "'0'"),
        ("91530100M000100Y43", 3, "exchanged"),
        ("91350100N000100Y43", 9, "perhaps 'M'"),
        ("91350100M000100Y48", None, "1 to 8"),
        ("91350100M900100Y43", None, "9 to 17"),
    ],
)
def test_messages_point_at_the_character_at_fault(code: str, position: int | None, hint: str) -> None:
    with pytest.raises(CreditCodeRefused) as caught:
        parse_credit_code(code)
    assert caught.value.position == position
    assert hint in caught.value.en
    assert caught.value.zh


def test_a_code_right_by_one_check_only_is_refused() -> None:
    body_wrong = "91350100M000100Y5"
    assert check_character(body_wrong) != ""
    assert not check_credit_code(body_wrong + check_character(body_wrong))


bodies = st.text(alphabet=ALPHABET, min_size=8, max_size=8)
regions = st.text(alphabet="0123456789", min_size=6, max_size=6)


@given(bodies, regions, st.sampled_from("159NY"), st.sampled_from("1239"))
def test_made_codes_hold_and_take_apart(body: str, region: str, authority: str, kind: str) -> None:
    code = make_credit_code(body, region, authority, kind)
    found = parse_credit_code(code)
    assert (found.authority, found.kind, found.region, found.body[:8]) == (authority, kind, region, body)
    assert found.body[8] == body_check_character(body)


@given(bodies, st.integers(0, 17), st.integers(1, 30))
def test_any_single_error_in_any_code_is_found(body: str, place: int, step: int) -> None:
    code = make_credit_code(body, "120101")
    wrong = ALPHABET[(ALPHABET.index(code[place]) + step) % 31]
    assert not check_credit_code(code[:place] + wrong + code[place + 1 :])


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    try:
        assert len(parse_credit_code(text).text) == 18
    except CreditCodeRefused as error:
        assert error.zh
        assert error.en


@pytest.mark.parametrize(
    "arguments", [("M000", "350100"), ("M000100Y", "35"), ("M000100Y", "350100", "99"), ("O000100Y", "350100")]
)
def test_making_refuses_wrong_parts(arguments: tuple) -> None:
    with pytest.raises(CreditCodeRefused):
        make_credit_code(*arguments)
