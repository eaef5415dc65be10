"""Words one slip away from a known word: a homophone, a wrong, missing, doubled or swapped character."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from quanheng.domains.services.knowledge import Knowledge, Meaning
from quanheng.domains.services.stopwords import is_stopword

Piece = tuple[int, int, list[Meaning]]

# Characters that input methods offer for one another.
_HOMOPHONES = """
测侧策册 校较教交 检捡俭减 订定 桩庄装妆 瓶平屏凭 字自 伏幅服 板版 阀伐筏罚 罩照 缆览榄 证正政征 认任 焊汗旱
记计 式试视 震振 玩完 称秤 组祖租 件建键 店电垫 具俱 压亚 表裱
"""
_SOUND = {char: group[0] for group in _HOMOPHONES.split() for char in group}
_CHINESE_RUN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_MIN_HOMOPHONE, _MIN_CHINESE, _MIN_LATIN = 2, 5, 6
_MAX_TOKENS = 4


def with_slips(folded: str, knowledge: Knowledge, exact: list[Piece], taken: list[tuple[int, int]]) -> list[Piece]:
    """The exact pieces together with near misses, in order of the text.

    A near miss never overlaps ``taken``. It may swallow an exact piece only when that is a shorter name of the
    same thing (外科口罩 inside 医用外课口罩) or a part of the longer word (bike inside "elctric bike").
    """
    pieces = list(exact)
    for start, end, word in sorted(_candidates(folded, knowledge, taken), key=lambda c: (c[0] - c[1], c[0])):
        meanings = knowledge.words[word]
        inside = [piece for piece in pieces if start < piece[1] and piece[0] < end]
        if all(
            start <= a and b <= end and b - a <= len(word) - 2 and (m[0] == meanings[0] or folded[a:b] in word)
            for a, b, m in inside
        ):
            pieces = [piece for piece in pieces if piece not in inside] + [(start, end, meanings)]
    return sorted(pieces, key=lambda piece: piece[0])


@lru_cache(maxsize=8)
def _index(knowledge: Knowledge) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, str]]:
    """Chinese words by the sound of their first and of their last character; Latin words by their letters."""
    firsts: dict[str, set[str]] = defaultdict(set)
    lasts: dict[str, set[str]] = defaultdict(set)
    for word in knowledge.words:
        if len(word) >= _MIN_HOMOPHONE and _CHINESE_RUN.fullmatch(word):
            firsts[_sound(word[0])].add(word)
            lasts[_sound(word[-1])].add(word)
    latin = {_compact(word): word for word in knowledge.words if word[0].isascii()}
    return firsts, lasts, {compact: word for compact, word in latin.items() if len(compact) >= _MIN_LATIN}


def _candidates(folded: str, knowledge: Knowledge, blocked: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Windows of the free text that are one slip from a known word: start, end, that word."""
    free = "".join("\0" if any(a <= n < b for a, b in blocked) else char for n, char in enumerate(folded))
    firsts, lasts, latin = _index(knowledge)
    for run in _CHINESE_RUN.finditer(free):
        for at in range(run.start(), run.end()):
            windows = [
                (at, at + len(word) + more, word) for word in firsts.get(_sound(free[at]), ()) for more in (0, -1, 1)
            ]
            windows += [(at + 1 - len(word), at + 1, word) for word in lasts.get(_sound(free[at]), ())]
            for start, end, word in windows:
                if run.start() <= start and end <= run.end() and _near_chinese(free[start:end], word):
                    yield start, end, word
    tokens = [match.span() for match in _LATIN_WORD.finditer(free)]
    for n in range(len(tokens)):
        for last in range(n, min(n + _MAX_TOKENS, len(tokens))):
            start, end = tokens[n][0], tokens[last][1]
            if any(free[a:b].strip(" -") for (_, a), (b, _) in pairwise(tokens[n : last + 1])):
                break
            text = _compact(free[start:end])
            if len(text) < _MIN_LATIN - 1 or free[start:end] in knowledge.words or is_stopword(text):
                continue
            for compact, word in latin.items():
                if text[0] == compact[0] and _one_slip(text, compact):
                    yield start, end, word


def _near_chinese(text: str, word: str) -> bool:
    if text == word:
        return False
    if len(text) == len(word) and [*map(_sound, text)] == [*map(_sound, word)]:
        return True
    if len(word) == 4 and len(text) == 4:
        return sorted(text) == sorted(word) and _one_slip(text, word)
    if len(word) < _MIN_CHINESE or (len(text) != len(word) and (text[0], text[-1]) != (word[0], word[-1])):
        return False
    # What a thing is stands last: 充电器 is no 充电桩, however alike they are written.
    if len(text) == len(word) and text[:-1] == word[:-1]:
        return False
    return _one_slip(text, word)


def _one_slip(text: str, word: str) -> bool:
    """Whether one change, one missing, one extra or two swapped characters separate the two (or none)."""
    if abs(len(text) - len(word)) > 1:
        return False
    head = next((n for n, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), min(len(text), len(word)))
    rest, want = text[head:], word[head:]
    return (
        rest[1:] == want[1:]
        or rest[1:] == want
        or rest == want[1:]
        or (rest[1:2] + rest[:1] == want[:2] and rest[2:] == want[2:] and len(rest) > 1)
    )


def _sound(char: str) -> str:
    return _SOUND.get(char, char)


def _compact(text: str) -> str:
    return text.replace(" ", "").replace("-", "").replace("'", "")
