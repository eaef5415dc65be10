"""Other ways to take a question that finds nothing as it stands.

Run together (电子天平示值误差) or across registers (海河检测 压力表), it is cut into parts that the index knows, the
longest first: no dictionary is needed, for the index is one, and it knows the words of this field. Parts that only
organisations know narrow what belongs to an organisation to theirs. What sounds alike is offered, not taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quanheng.kernel.search import index
from quanheng.kernel.search.matching import All, Any, Question, Word, among, narrowed
from quanheng.kernel.search.readings import syllables
from quanheng.kernel.search.searchable import Searchable, kinds
from quanheng.kernel.search.tokens import LONGEST, Phrase, is_han, runs
from quanheng.science.identifiers.standard_number import StandardNumber

# Runs longer than this are no words that somebody forgot a blank in.
LONGEST_RUN = 30
LEAST = 2
MOST_PARTS = 8
# As many organisations as one question narrows by.
MOST_OWNERS = 100
# What organisations are searched as.
OWNERS = "organisation"


@dataclass(frozen=True)
class Reading:
    """A question taken in parts. ``asked`` holds what the rows' own documents answer, and may be empty where ``owners``
    (keys of the organisations that the other parts named) narrow the rows.
    """

    asked: All
    parts: tuple[str, ...]
    owners: tuple[int, ...] = ()

    def whole(self) -> All:
        """All of it as the index answers it."""
        return (*self.asked, among("owner", self.owners)) if self.owners else self.asked


def reading(kind: Searchable, question: Question, facets: Sequence[str] = ()) -> Reading | None:
    """How rows of a kind can be found by parts of a question; None where not all parts are known."""
    registers = [kind, *([kinds()[OWNERS]] if kind.owner and OWNERS in kinds() else [])]
    tried: list[str] = []
    for backwards in (False, True):
        parts: list[str] = []
        for word in question.words:
            cut = _cut(registers, word, backwards)
            if cut is None:
                break
            parts += cut
        else:
            # What was not cut finds no more than it did, unless some of it names an owner; nor does the same again.
            if parts == tried or (not kind.owner and parts == [word.text for word in question.words]):
                continue
            tried = parts
            found = _taken(kind, tuple(dict.fromkeys(parts)), facets)
            if found:
                return found
    return None


def _taken(kind: Searchable, parts: tuple[str, ...], facets: Sequence[str]) -> Reading | None:
    if not parts or len(parts) > MOST_PARTS:
        return None
    words = [Word(part) for part in parts]
    known = index.counts([index.part_of(kind, (word.anywhere(),), 1, tag=at) for at, word in enumerate(words)])
    own = [word for at, word in enumerate(words) if known.get(at)]
    others = [word for at, word in enumerate(words) if not known.get(at)]
    asked: All = tuple(word.anywhere() for word in own)
    keys: tuple[int, ...] = ()
    if others:
        if not kind.owner:
            return None
        owners = kinds()[OWNERS]
        found = index.ids(index.part_of(owners, tuple(word.anywhere() for word in others), MOST_OWNERS))
        if not found:
            return None
        keys = tuple(owners.key(identity) for identity in found)
    taken = Reading(asked, parts, keys)
    return taken if index.ids(index.part_of(kind, narrowed(taken.whole(), facets), 1)) else None


def _cut(registers: Sequence[Searchable], word: Word, backwards: bool) -> list[str] | None:
    """The parts of a word, each as long as some register knows it; None where a piece is left over."""
    if word.number:
        return [word.text] if _known(registers, word) else [_digits(word.number)]
    if not any(is_han(run) and len(run) > LEAST for run in runs(word.text)):
        return [word.text]
    found: list[str] = []
    for run in runs(word.text):
        if not is_han(run) or len(run) <= LEAST:
            found.append(run)
            continue
        if len(run) > LONGEST_RUN:
            return None
        left = run
        while left:
            part = _longest(registers, left, backwards)
            if part is None:
                return None
            found.append(part)
            left = left[: -len(part)] if backwards else left[len(part) :]
            if len(found) > MOST_PARTS:
                return None
    return found


def _known(registers: Sequence[Searchable], word: Word) -> bool:
    parts = [index.part_of(kind, (word.in_text(),), 1, tag=at) for at, kind in enumerate(registers)]
    return any(True for _found in index.find(parts))


def _digits(number: StandardNumber) -> str:
    """What is left of a number that no register has: people mistake GB for GB/T, and the year of an edition."""
    return f"{number.number}.{number.part}" if number.part else number.number


def _longest(registers: Sequence[Searchable], run: str, backwards: bool) -> str | None:
    """The longest beginning (end) of a run that one of the registers knows, of two characters at least."""
    tries = [run[-size:] if backwards else run[:size] for size in range(len(run), LEAST - 1, -1)]
    parts = [
        index.part_of(kind, (Word(text).in_text(),), 1, tag=at) for at, text in enumerate(tries) for kind in registers
    ]
    known = {tag for tag, _identity, _rank in index.find(parts)}
    return tries[min(known)] if known else None


def homophones(question: Question, limit: int) -> Iterator[tuple[Searchable, list[int]]]:
    """Kinds, and keys of their rows whose names sound like the question."""
    sound = "".join(syllables(question.text))[:LONGEST]
    if len(sound) < 4 or not sound.isascii() or not any(is_han(run) for run in runs(question.text)):
        return
    asked = (Any((Phrase((f"p{sound}",), prefix=True),)),)
    for kind in kinds().values():
        if kind.pinyin:
            found = index.ids(index.part_of(kind, asked, limit))
            if found:
                yield kind, [kind.key(identity) for identity in found]
