"""Marking the words that were found in what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from quanheng.kernel.search.folding import fold
from quanheng.kernel.search.matching import Question
from quanheng.kernel.search.tokens import is_han, runs

_BETWEEN = r"[\W_]*"


def marked(text: str, question: Question | None, parts: tuple[str, ...] = ()) -> SafeString:
    """The text, escaped, with the words of a question in ``<mark>``, in whatever script or width they stand there.

    >>> from quanheng.kernel.search.matching import read
    >>> marked("電動自行車 <b>", read("自行车"))
    '電動<mark>自行車</mark> &lt;b&gt;'
    >>> marked("GB/T 17761-2018", read("gbt17761"))
    '<mark>GB/T 17761</mark>-2018'
    """
    words = list(parts) or ([word.text for word in question.words] if question else [])
    folded, places = _places(text)
    pieces: list[str] = []
    at = 0
    for start, end in _joined(sorted(_spans(folded, words))):
        first, last = places[start], places[end - 1] + 1
        if first < at:
            first = at
        if last <= first:
            continue
        pieces += [escape(text[at:first]), "<mark>", escape(text[first:last]), "</mark>"]
        at = last
    pieces.append(escape(text[at:]))
    # Every piece was escaped above.
    return mark_safe("".join(pieces))


def _places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place of the one that it comes from."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in fold(char):
            folded.append(part)
            places.append(place)
    return "".join(folded), places


def _spans(folded: str, words: list[str]) -> Iterator[tuple[int, int]]:
    for word in words:
        found = runs(word)
        if not found:
            continue
        patterns = [_BETWEEN.join(map(re.escape, found))]
        if any(char.isdigit() for char in word):
            # A code may be written with or without its marks.
            patterns.append(_BETWEEN.join(re.escape(char) for run in found for char in run))
        for pattern in patterns:
            edge = "" if is_han(found[0]) else r"(?<![a-z0-9])"
            matches = [match.span() for match in re.finditer(edge + pattern, folded)]
            yield from ((start, end) for start, end in matches if end > start)
            if matches:
                break


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, those that touch as one."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
