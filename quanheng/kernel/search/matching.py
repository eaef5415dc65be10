"""A question as the index is asked it: words that must all be found, each in one of several ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from quanheng.kernel.search.tokens import (
    Phrase,
    facet,
    number_keys,
    number_token,
    phrase,
    runs,
    squeeze,
    start,
)
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number

# Of a longer question only the beginning is asked, and the page says so.
LONGEST_TEXT = 200
MOST_WORDS = 8
# The words that the number of a standard may be written in: "GB / T 17761".
NUMBER_WORDS = 4
_APART = re.compile(r"[\s，。、；;,|“”\"]+")
_LETTERS = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True)
class Any:
    """One of several phrases is found."""

    phrases: tuple[Phrase, ...]


# All of these are found.
All = tuple[Any, ...]


@dataclass(frozen=True)
class Word:
    """One word of a question, and the number of a standard where it can be read as one."""

    text: str
    number: StandardNumber | None = None

    @cached_property
    def squeezed(self) -> str:
        return squeeze(self.text)

    @cached_property
    def letters(self) -> str:
        """The word as pinyin: small letters alone, two at least; "" where it cannot be."""
        return self.squeezed if _LETTERS.fullmatch(self.squeezed) else ""

    @property
    def codelike(self) -> bool:
        """Whether it can be the beginning of a code: two characters of it at least, one a digit."""
        return len(self.squeezed) > 1 and any(char.isdigit() for char in self.squeezed)

    def anywhere(self) -> Any:
        """In any field."""
        return Any((*self.in_text().phrases, *self._pinyin("p")))

    def in_text(self) -> Any:
        """In any field, but not by pinyin, which a row's text does not show."""
        found = [self._written()]
        if self.number:
            found.append(Phrase((number_token(self.number),)))
        return Any((*_those(found), *self._codes()))

    def in_title(self) -> Any:
        """In the title, or the row's own code."""
        found = [self._written(title=True)]
        if self.number:
            found.append(Phrase(("m" + number_token(self.number)[1:],)))
        return Any((*_those(found), *self._codes(), *self._pinyin("p")))

    def at_start(self) -> Any:
        """The title, the code or the name's pinyin begins with it."""
        return Any((*_those([start(self.text)]), *self._codes(), *self._pinyin("q")))

    def _written(self, *, title: bool = False) -> Phrase | None:
        """As it is written. A number that is one is not looked for as the beginning of others, which ``_codes`` does
        at a fraction of the cost: thousands of words begin with its last digits.
        """
        found = phrase(self.text, title=title)
        return replace(found, prefix=False) if found and self.number else found

    def _codes(self) -> tuple[Phrase, ...]:
        return (Phrase((f"c{self.squeezed}",), prefix=True),) if self.codelike else ()

    def _pinyin(self, mark: str) -> tuple[Phrase, ...]:
        return (Phrase((mark + self.letters,), prefix=True),) if self.letters else ()


def _those(found: Iterable[Phrase | None]) -> tuple[Phrase, ...]:
    return tuple(one for one in found if one is not None)


@dataclass(frozen=True)
class Question:
    """A text as it was understood; ``cut`` tells that it was longer than what is asked."""

    text: str
    words: tuple[Word, ...]
    cut: bool = False

    def anywhere(self) -> All:
        """Every word in any field."""
        return tuple(word.anywhere() for word in self.words)

    def in_title(self) -> All:
        """Every word in the title."""
        return tuple(word.in_title() for word in self.words)

    def at_start(self) -> All:
        """The title begins with the first word and holds the others."""
        return (self.words[0].at_start(), *self.in_title())

    def exact(self) -> All:
        """The text is the whole title, a whole code or the number of the standard itself."""
        found = [Phrase((f"x{squeeze(self.text)}",))]
        if len(self.words) == 1 and self.words[0].number:
            found += [Phrase(("m" + key[1:],)) for key in number_keys(self.words[0].number)[-1:]]
        return (Any(tuple(found)),)


def read(text: str) -> Question:
    """The words of a text, adjacent ones joined where together they are the number of a standard.

    >>> [word.text for word in read("gb / t 17761 电动自行车").words]
    ['gb / t 17761', '电动自行车']
    """
    given = " ".join(text.replace("\0", " ").split())
    parts = [part for part in _APART.split(given[:LONGEST_TEXT]) if part]
    words: list[Word] = []
    at = 0
    while at < len(parts) and len(words) < MOST_WORDS:
        size, number = _number(parts[at : at + NUMBER_WORDS])
        word = Word(" ".join(parts[at : at + size]), number)
        at += size
        if runs(word.text):
            words.append(word)
    return Question(given[:LONGEST_TEXT], tuple(words), cut=len(given) > LONGEST_TEXT or at < len(parts))


def _number(parts: Sequence[str]) -> tuple[int, StandardNumber | None]:
    """How many of the parts are together a standard's number, and which; one part and None where it is none."""
    for size in range(len(parts), 0, -1):
        text = " ".join(parts[:size])
        if not any(char.isdigit() for char in text):
            continue
        try:
            return size, parse_standard_number(text)
        except ScienceError:
            continue
    return 1, None


def narrowed(asked: All, facets: Iterable[str]) -> All:
    """The question with facets that must hold too."""
    return (*asked, *(Any((Phrase((one,)),)) for one in facets if one))


def among(name: str, values: Iterable[object]) -> Any:
    """One of the values of a facet."""
    return Any(tuple(Phrase((facet(name, value),)) for value in values))


def to_fts5(asked: All) -> str:
    """The question in the language of FTS5. Every token is quoted, and holds no quote."""
    groups = []
    for one in asked:
        ways = [f'"{" ".join(way.tokens)}"{" *" if way.prefix else ""}' for way in one.phrases]
        groups.append(f"({' OR '.join(ways)})")
    return " AND ".join(groups)


def to_tsqueries(asked: All) -> list[str]:
    """The question as one ``tsquery`` for each group, all of which hold. Every token is quoted, and holds no quote.

    PostgreSQL's index brings lists together that are asked for one by one: it skips what is in one and not in another.
    Within one ``tsquery`` it walks the shortest list and looks at all others for each entry.
    """
    groups = []
    for one in asked:
        ways = []
        for way in one.phrases:
            *before, last = (f"'{token}'" for token in way.tokens)
            ways.append("(" + " <-> ".join([*before, f"{last}:*" if way.prefix else last]) + ")")
        groups.append(f"({' | '.join(ways)})")
    return groups


def to_tsquery(asked: All) -> str:
    """The question as one ``tsquery``: for a document in hand."""
    return " & ".join(to_tsqueries(asked))


def as_text(asked: All) -> list[list[str]]:
    """The question as it is asked of the tokens of one document, written as a text with a blank around each: in each
    group one of the pieces is in that text.
    """
    return [[f" {' '.join(way.tokens)}" + ("" if way.prefix else " ") for way in one.phrases] for one in asked]
