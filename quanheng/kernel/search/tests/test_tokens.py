"""Tokens against the plain truth: a word is found exactly where it is a substring."""

from __future__ import annotations

import doctest
import re
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.kernel.search import folding, marking, matching, models, readings, tokens
from quanheng.kernel.search.folding import fold
from quanheng.kernel.search.matching import as_text, read, to_fts5, to_tsquery
from quanheng.kernel.search.models import spaced
from quanheng.kernel.search.tokens import Text, char_tokens, phrase, runs, text_tokens

# Few characters, so that substrings meet by chance; marks between them; both scripts.
HAN = st.text("压力表检定规程天平", min_size=1, max_size=8)
MIXED = st.text("压力表天平 、/-（）a7B5．ｍ", max_size=30)
ANYTHING = st.text(max_size=60)
SAFE = re.compile(rf"[a-z]?[{tokens.CJK}a-z0-9\u00df-\u024f\u0370-\u03ff\u0400-\u052f]+")


@pytest.mark.parametrize("module", [folding, tokens, matching, models, readings, marking])
def test_examples(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def holds(text: str, word: str) -> bool:
    """Whether the tokens of a text hold what a word asks, as SQLite's probe does it."""
    asked = phrase(word)
    assert asked is not None
    row = spaced(f"{text_tokens(text)} z {char_tokens(text)}")
    return all(any(way in row for way in ways) for ways in as_text((matching.Any((asked,)),)))


@given(MIXED, HAN)
def test_a_chinese_word_is_found_exactly_where_it_stands(text: str, word: str) -> None:
    assert holds(text, word) == (word in fold(text))


@given(MIXED, st.integers(0, 29), st.integers(1, 8))
def test_every_fragment_is_found(text: str, at: int, size: int) -> None:
    """Any piece cut at the edge of a Latin word finds its text, whatever marks stand in it."""
    fragment = fold(text)[at : at + size]
    before = fold(text)[:at]
    if not runs(fragment) or re.search(r"[a-z0-9]$", before):
        return
    assert holds(text, fragment)


@given(st.text("压力表天平 ab7", max_size=30), st.text("ab7", min_size=1, max_size=3))
def test_a_latin_word_is_found_by_its_beginning(text: str, word: str) -> None:
    assert holds(text, word) == any(run.startswith(word) for run in runs(text))


@given(ANYTHING)
@settings(max_examples=300)
def test_no_text_brings_syntax_into_a_token(text: str) -> None:
    for token in (*Text(text).plain, *Text(text).title, *char_tokens(text).split()):
        assert SAFE.fullmatch(token), token
    question = read(text)
    if question.words:
        for asked in (question.exact(), question.at_start(), question.in_title(), question.anywhere()):
            outside = re.sub(r'"[^"]*"', "", to_fts5(asked))
            assert re.fullmatch(r"(?:[()* ]|AND|OR)*", outside)
            outside = re.sub(r"'[^']*'(?::\*)?", "", to_tsquery(asked))
            assert re.fullmatch(r"[()&|<> -]*", outside)


@given(ANYTHING, ANYTHING)
def test_marking_changes_no_letter(text: str, word: str) -> None:
    shown = marking.marked(text, read(word))
    from html import unescape

    plain = unescape(shown.replace("<mark>", "").replace("</mark>", ""))
    # HTML has no way to write some control characters; the text is otherwise the same.
    assert plain == unescape(str(marking.marked(text, None)))


def test_pairs_of_the_scripts_are_sound() -> None:
    pairs = folding._PAIRS
    assert len(pairs) % 2 == 0
    old, new = pairs[::2], pairs[1::2]
    assert len(set(old)) == len(old)
    assert not set(old) & set(new)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("天津市计量监督检测科学研究院", "tjsjl"),
        ("天津市计量监督检测科学研究院", "jljd"),
        ("天津市计量监督检测科学研究院", "jiliangjiandu"),
        ("重庆银行", "cqyh"),
        ("校准", "jiaozhun"),
        ("绿色产品", "lvse"),
    ],
)
def test_names_are_found_by_pinyin(name: str, typed: str) -> None:
    assert any(token.startswith(f"p{typed}") for token in readings.pinyin_tokens(name))


@pytest.mark.parametrize(
    "typed", ["GBT 17761", "gb/t17761-2018", "GB/T 17761", "ＧＢ／Ｔ 17761—2018", "GB / T 17761", "gbt17761"]
)
def test_a_number_is_one_word_however_it_is_written(typed: str) -> None:
    (word,) = read(typed).words
    assert word.number is not None
    assert tokens.number_token(word.number).startswith("ngbt0017761")
