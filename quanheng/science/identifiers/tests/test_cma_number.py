"""Qualification certificate numbers: taken apart, named, refused with the place of the fault."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.identifiers import cma_number as module
from quanheng.science.identifiers.cma_number import CODES, CmaNumberRefused, parse_cma_number


def test_documented_examples_run() -> None:
    assert doctest.testmod(module).failed == 0


def test_the_tables_hold_what_the_sources_list() -> None:
    assert {part: len(codes) for part, codes in CODES.items()} == {"authority": 32, "field": 22, "sector": 35}
    assert CODES["authority"]["00"] == "国家认监委"
    assert CODES["authority"]["02"] == "天津"
    assert CODES["authority"]["06"] == "辽宁"


def test_parts_and_names() -> None:
    found = parse_cma_number("CMA 2402 0034 0123")
    assert found.text == "240200340123"
    assert (found.year, found.authority, found.field, found.sector, found.serial) == (2024, "02", "00", "34", "0123")
    assert (found.authority_name, found.field_name, found.sector_name) == ("天津", "食品", "其他")
    unknown = parse_cma_number("249999990001")
    assert (unknown.authority_name, unknown.field_name, unknown.sector_name) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("24020034012", "12 digits"),
        ("2402003401234", "12 digits"),
        ("", "12 digits"),
        ("24O200340123", "did you mean '0'"),
        ("24020034012I", "character 12"),
        ("2402-0034-0123", "character 5"),
        ("２４０２００３４０１２", "12 digits"),
        ("٢٤٠٢٠٠٣٤٠١٢٣", "character 1"),
    ],
)
def test_refusals_name_the_place(text: str, hint: str) -> None:
    with pytest.raises(CmaNumberRefused) as caught:
        parse_cma_number(text)
    assert hint in caught.value.en


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_the_parts_make_up_the_number(text: str) -> None:
    found = parse_cma_number(text)
    assert f"{found.year - 2000:02d}{found.authority}{found.field}{found.sector}{found.serial}" == text
