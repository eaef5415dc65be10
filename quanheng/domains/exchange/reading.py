"""Texts as they are compared: weighted words, and the words that two texts share. Pure: no database, no clock.

A Chinese text is read by its overlapping pairs of characters, as the platform's search reads it
(``kernel.search.tokens``), once the phrases that say nothing of the matter are taken out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from quanheng.kernel.search.folding import fold
from quanheng.kernel.search.tokens import LONGEST, is_han, runs

_STOPWORDS = Path(__file__).parent / "data" / "stopwords.txt"


@lru_cache(maxsize=1)
def _stop() -> tuple[re.Pattern[str], frozenset[str]]:
    lines = [line for line in _STOPWORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    words = {word for line in lines for word in line.split()}
    han = sorted((word for word in words if is_han(word)), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, han))), frozenset(word for word in words if not is_han(word))


@dataclass(frozen=True)
class Read:
    """A text as it is compared: its words, and the pieces they stand in, in order."""

    words: frozenset[str]
    pieces: tuple[str, ...]
    folded: str


@lru_cache(maxsize=16384)
def read(text: str) -> Read:
    """A text read. Single characters and single digits say too little to be words.

    >>> sorted(read("我厂需要齿轮噪声检测").words)
    ['噪声', '声检', '检测', '轮噪', '齿轮']
    """
    stop, latin = _stop()
    folded = fold(text)
    pieces: list[str] = []
    words: set[str] = set()
    for run in runs(folded):
        if not is_han(run):
            if run not in latin and len(run) > 1:
                pieces.append(run[:LONGEST])
                words.add(run[:LONGEST])
            continue
        for piece in stop.split(run):
            if len(piece) > 1:
                pieces.append(piece)
                words.update(piece[at : at + 2] for at in range(len(piece) - 1))
    return Read(frozenset(words), tuple(pieces), folded)


@dataclass(frozen=True)
class Weights:
    """How much a word tells: the rarer among all posts, the more (inverse document frequency).

    ``counts`` says in how many of ``size`` posts a word stands, for those in more than one.
    """

    size: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def of(self, word: str) -> float:
        """The weight of one word; 1 for a word that stands everywhere."""
        return math.log((self.size + 1) / (self.counts.get(word, 1) + 1)) + 1 if self.size else 1.0

    def all_of(self, words: Iterable[str]) -> float:
        """The sum of the squared weights, added in one order: the same on every run."""
        return math.fsum(self.of(word) ** 2 for word in sorted(words))


def likeness(one: Read, other: Read, weights: Weights) -> float:
    """The cosine of two texts between 0 (no word in common) and 1 (the same words); symmetric.

    >>> likeness(read("齿轮噪声"), read("齿轮噪声"), Weights())
    1.0
    """
    shared = one.words & other.words
    if not shared:
        return 0.0
    return weights.all_of(shared) / math.sqrt(weights.all_of(one.words) * weights.all_of(other.words))


def shared_words(one: Read, other: Read, weights: Weights, count: int = 6) -> list[str]:
    """What both texts say, the most telling first: pairs that follow one another joined as both have them."""
    shared = one.words & other.words
    found: dict[str, float] = {}
    for piece in one.pieces:
        if not is_han(piece):
            if piece in shared:
                found[piece] = weights.of(piece)
            continue
        start = 0
        while start < len(piece) - 1:
            end = start
            while end < len(piece) - 1 and piece[end : end + 2] in shared and piece[start : end + 2] in other.folded:
                end += 1
            if end > start:
                word = piece[start : end + 1]
                found[word] = sum(weights.of(word[at : at + 2]) for at in range(len(word) - 1))
            start = max(end, start + 1)
    return sorted(found, key=lambda word: (-found[word], word))[:count]
