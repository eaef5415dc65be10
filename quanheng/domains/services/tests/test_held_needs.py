"""Sixty needs held back from the dictionary: most is found, nothing is invented, and every chip shows its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from quanheng.domains.services.knowledge import shipped_knowledge
from quanheng.domains.services.recognise import Understanding, recognise

TODAY = date(2026, 11, 27)
SHIPPED = shipped_knowledge("12")
COUNTED = ("product", "item", "standard", "instrument")
LEAST = 0.9


@dataclass
class Held:
    """A need with the chips that it is about and the words that have to be asked back."""

    text: str
    chips: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def held_needs() -> list[Held]:
    needs: list[Held] = []
    for line in (Path(__file__).with_name("held_needs.txt")).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            needs.append(Held(line))
            continue
        for part in map(str.strip, line.split("|")):
            asked = part.removeprefix("? ")
            (needs[-1].chips if asked == part else needs[-1].asked).append(asked)
    return needs


def found(understood: Understanding) -> set[str]:
    return {f"{chip.kind}:{chip.code}" for chip in understood.chips if chip.kind in COUNTED}


NEEDS = held_needs()
READ = [(need, recognise(need.text, SHIPPED, TODAY)) for need in NEEDS]


def share(*kinds: str) -> tuple[float, list[str]]:
    """The share of the chips of some kinds that were found, and those that were not."""
    wanted = [(need, code, found(read)) for need, read in READ for code in need.chips if code.split(":")[0] in kinds]
    missed = [f"{need.text}: {code}" for need, code, seen in wanted if not any(fnmatchcase(one, code) for one in seen)]
    return 1 - len(missed) / len(wanted), missed


def test_there_are_sixty_of_them_in_both_languages() -> None:
    assert len(NEEDS) == 60
    assert sum(need.text.isascii() for need in NEEDS) == 10


def test_nearly_all_products_are_found() -> None:
    reached, missed = share("product")
    assert reached >= LEAST, missed


def test_nearly_all_items_standards_and_instruments_are_found() -> None:
    reached, missed = share("item", "standard", "instrument")
    assert reached >= LEAST, missed


@pytest.mark.parametrize(("need", "read"), READ, ids=[need.text[:24] for need in NEEDS])
def test_nothing_is_invented_and_what_nobody_knows_is_asked_back(need: Held, read: Understanding) -> None:
    invented = {one for one in found(read) if not any(fnmatchcase(one, code) for code in need.chips)}
    assert not invented
    unknown = [span.words for span in read.unknown]
    assert all(any(word in words for words in unknown) for word in need.asked), unknown


@pytest.mark.parametrize(("need", "read"), READ, ids=[need.text[:24] for need in NEEDS])
def test_every_chip_shows_the_words_it_came_from(need: Held, read: Understanding) -> None:
    for chip in read.chips:
        assert chip.words and need.text[chip.start : chip.end] == chip.words
    for span in read.unknown:
        assert need.text[span.start : span.end] == span.words
