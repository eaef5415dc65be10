"""From texts to tokens: what the index holds and what a question asks of it, the same on both databases.

Chinese has no blanks, so a run of Chinese characters becomes its overlapping pairs, and its last character once more
alone: asked as a phrase, pairs find exactly the substrings. Latin letters and digits are tokens as they stand.
A token holds nothing but letters, digits and Chinese characters, so that no syntax of a search engine can be written
in one, and its first letter says what it is (a pair of Chinese characters needs none):

    压力 表     words of any field             t压力 t表   words of the title
    wgauge      a Latin word or a number       tgauge      the same in the title
    u压         a character of any field       v压         one of the title
    s压力       what the title begins with     x压力表     the whole title or a whole code
    cgbt17761   the row's own code             ngbt0017761 a standard in whatever spelling, mgbt0017761 the row itself
    pylb        pinyin of a name, from any of its syllables on, qylb from the first
    fkindx      a facet                        z           between fields, so that no phrase runs on

>>> Text("压力表 EN").plain
('压力', '力表', '表', 'wen')
>>> phrase("压力表")
Phrase(tokens=('压力', '力表'), prefix=False)
>>> phrase("表")
Phrase(tokens=('u表',), prefix=False)
>>> phrase("EN 837")
Phrase(tokens=('wen', 'w837'), prefix=True)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from quanheng.kernel.search.folding import fold
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import StandardNumber, parse_standard_number

# Chinese, Japanese and Korean characters: written without blanks, or searched as if they were.
CJK = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{CJK}]+|[a-z0-9\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f]+")
_HAN = re.compile(f"[{CJK}]")
_SQUEEZE = re.compile(rf"[^{CJK}a-z0-9]")
# Longer words are cut, in the index and in the question alike.
LONGEST = 40
# What a text contributes at most: no field of a register is longer, and PostgreSQL counts no further than 16,383.
MOST = 3000
GAP = "z"


def runs(text: str) -> list[str]:
    """The runs of Chinese characters and the words and numbers of a text, folded.

    >>> runs("GB/T 17761—2018《电动自行车》")
    ['gb', 't', '17761', '2018', '电动自行车']
    """
    return _RUN.findall(fold(text))


def is_han(run: str) -> bool:
    """Whether a run is of Chinese characters."""
    return _HAN.match(run) is not None


def squeeze(text: str) -> str:
    """A code without blanks and marks: whoever types it leaves them out or puts others in.

    >>> squeeze("（示范）法计〔2024〕9801号"), squeeze("GB/T 17761-2018")
    ('示范法计20249801号', 'gbt177612018')
    """
    return _SQUEEZE.sub("", fold(text))[:LONGEST]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


class Text:
    """The tokens of one text: ``plain`` for any field, ``title`` and ``start`` where it is a title."""

    __slots__ = ("plain", "start", "title")

    def __init__(self, text: str) -> None:
        plain: list[str] = []
        for run in runs(text):
            plain += _pairs(run) if is_han(run) else ["w" + run[:LONGEST]]
            if len(plain) > MOST:
                break
        self.plain = tuple(plain[:MOST])
        self.title = tuple("t" + token.removeprefix("w") for token in self.plain)
        self.start = "s" + self.title[0][1:] if self.title else ""


@lru_cache(maxsize=65536)
def text_tokens(text: str) -> str:
    """The tokens of a text of the body, joined."""
    return " ".join(Text(text).plain)


@lru_cache(maxsize=65536)
def char_tokens(text: str) -> str:
    """Each Chinese character of a text, for questions of one character."""
    return " ".join(f"u{char}" for char in dict.fromkeys("".join(run for run in runs(text) if is_han(run))))


@lru_cache(maxsize=65536)
def title_char_tokens(text: str) -> str:
    """The same for a title."""
    tokens = char_tokens(text)
    return f"{tokens} {tokens.replace('u', 'v')}" if tokens else ""


@lru_cache(maxsize=65536)
def title_tokens(text: str) -> str:
    """The tokens of a title, joined: as text, as title, its beginning and the whole."""
    found = Text(text)
    if not found.plain:
        return ""
    return " ".join((*found.plain, GAP, *found.title, GAP, found.start, "x" + squeeze(text)))


@lru_cache(maxsize=65536)
def code_tokens(text: str) -> str:
    """The tokens of a row's own code: whole (also where it is the beginning that is asked for)."""
    code = squeeze(text)
    return f"x{code} c{code}" if code else ""


@lru_cache(maxsize=65536)
def number_tokens(text: str) -> str:
    """What a standard's number is found by in any spelling: without part and year, with the part, with both."""
    try:
        number = parse_standard_number(text)
    except ScienceError:
        return ""
    return " ".join(dict.fromkeys((number_token(number._replace(part="", year=None)), *number_keys(number))))


@lru_cache(maxsize=65536)
def own_number_tokens(text: str) -> str:
    """The same of a standard's own number, as against those of standards that a row cites."""
    return " ".join("m" + token[1:] for token in number_tokens(text).split())


def number_keys(number: StandardNumber) -> tuple[str, ...]:
    """The tokens of a number without and with its year."""
    undated = number_token(number._replace(year=None))
    return (undated, number_token(number)) if number.year else (undated,)


def number_token(number: StandardNumber) -> str:
    """One token for one number: no other number has it, however it was spelled.

    >>> number_token(parse_standard_number("GB 4706.1-2005")), number_token(parse_standard_number("GBT4706"))
    ('ngb0004706q001y2005', 'ngbt0004706')
    """
    key = squeeze(number.key.replace(".", "q"))
    return f"n{key}" + (f"y{number.year}" if number.year else "")


@lru_cache(maxsize=16384)
def facet(name: str, value: object) -> str:
    """The token of a facet; "" for no value."""
    squeezed = squeeze(str(value)) if value not in (None, "") else ""
    return f"f{name}{squeezed}" if squeezed else ""


def levels(code: str) -> Iterable[str]:
    """A GB/T 2260 code at each level: province, city, county.

    >>> list(levels("120101")), list(levels("120000"))
    (['12', '1201', '120101'], ['12'])
    """
    found = [code[:size] for size in (2, 4, 6) if code[:size].rstrip("0")]
    yield from dict.fromkeys(part for part in found if not (len(part) > 2 and part.endswith("00")))


@dataclass(frozen=True)
class Phrase:
    """Tokens that follow one another; with ``prefix`` the last may be the beginning of one."""

    tokens: tuple[str, ...]
    prefix: bool = False


def phrase(text: str, *, title: bool = False) -> Phrase | None:
    """What a text asks: its substrings for Chinese, beginnings of words for Latin. None where it holds no word.

    Inside the text a run of Chinese characters ends where its own end is, so the last character asks for itself too;
    the last run may go on in the row.
    """
    parts = runs(text)
    if len(parts) == 1 and len(parts[0]) == 1 and is_han(parts[0]):
        return Phrase((("v" if title else "u") + parts[0],))
    tokens: list[str] = []
    prefix = False
    for place, run in enumerate(parts):
        last = place == len(parts) - 1
        if not is_han(run):
            tokens.append("w" + run[:LONGEST])
            prefix = last
        elif last and len(run) > 1:
            tokens += _pairs(run)[:-1]
        else:
            tokens += _pairs(run)
            prefix = last
    if not tokens:
        return None
    if title:
        tokens = ["t" + token.removeprefix("w") for token in tokens]
    return Phrase(tuple(tokens), prefix)


def start(text: str) -> Phrase | None:
    """What a title that begins with the text begins with."""
    parts = runs(text)
    if not parts:
        return None
    first = parts[0]
    token = first[:2] if is_han(first) else first[:LONGEST]
    whole = len(parts) > 1 and not (is_han(first) and len(first) > 1)
    return Phrase((f"s{token}",), prefix=not whole and not (is_han(first) and len(first) > 1))
