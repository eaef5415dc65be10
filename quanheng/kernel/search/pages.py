"""Pages of the platform that are found by what they are about: a list kept in ``data/pages.csv``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from quanheng.kernel.base.cells import read_csv
from quanheng.kernel.search.matching import Question
from quanheng.kernel.search.searchable import Shown
from quanheng.kernel.search.tokens import squeeze

PAGES = "page"
_FILE = Path(__file__).parent / "data" / "pages.csv"


@lru_cache(maxsize=1)
def every_page() -> tuple[tuple[Shown, tuple[str, ...]], ...]:
    """Each page with the texts that it is found by, folded."""
    found = []
    for row in read_csv(_FILE):
        shown = Shown(row["title_zh"], row["title_en"], row["url"], note_zh=row["note_zh"], note_en=row["note_en"])
        texts = (row["title_zh"], row["title_en"], row["note_zh"], row["note_en"], *row["words"].split(";"))
        found.append((shown, tuple(squeeze(text) for text in texts if text.strip())))
    return tuple(found)


def pages(question: Question) -> list[Shown]:
    """The pages that hold every word of a question; those whose title does first."""
    words = [word.squeezed for word in question.words if word.squeezed]
    if not words or max(map(len, words)) < 2:
        return []
    found = []
    for shown, texts in every_page():
        if all(any(word in text for text in texts) for word in words):
            inside = all(word in texts[0] or word in texts[1] for word in words)
            found.append((not inside, shown))
    found.sort(key=lambda one: one[0])
    return [shown for _outside, shown in found]
