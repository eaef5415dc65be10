"""Lazy texts with facts in them, and sentences that a record keeps in both languages.

``_("…%(day)s…") % {"day": day}`` writes the sentence out at once, in the language of that moment; a refusal
or an explanation that is to be told in both languages keeps the sentence and its facts apart until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import get_language, override

# A text written out: {"zh": ..., "en": ...}. What is kept outlives its wording.
Told = dict[str, str]
_LANGUAGES = (("zh", "zh-hans"), ("en", "en"))


def _fill(sentence: Any, facts: dict[str, Any]) -> str:
    return str(sentence) % facts


_filled = lazy(_fill, str)


def filled(sentence: Any, **facts: Any) -> Any:
    """A lazy sentence with its ``%(name)s`` gaps filled; facts may be lazy themselves.

    >>> str(filled("%(count)s rows", count=3))
    '3 rows'
    """
    return _filled(sentence, facts)


def _join(words: Sequence[Any]) -> str:
    return (", " if (get_language() or "").startswith("en") else "、").join(map(str, words))


_joined = lazy(_join, str)


def listed(words: Iterable[Any]) -> Any:
    """A lazy enumeration: 甲、乙 in Chinese, "a, b" in English; the words may be lazy themselves."""
    return _joined(tuple(words))


def both(message: Any, **facts: Any) -> Told:
    """A lazy text as {"zh": ..., "en": ...}, its gaps filled in; a fact may be lazy, or a pair (Chinese, English)."""
    told = {}
    for at, (key, language) in enumerate(_LANGUAGES):
        with override(language):
            text = str(message)
            told[key] = text % _facts(facts, at) if facts else text
    return told


def _facts(facts: dict[str, Any], at: int) -> dict[str, Any]:
    return {name: one[at] if isinstance(one, tuple) else one for name, one in facts.items()}


class Sentence:
    """A text of the program that is written out in both languages once, however often its gaps are filled."""

    def __init__(self, text: Any) -> None:
        self.text = text

    def told(self, **facts: Any) -> Told:
        """The sentence with its ``%(name)s`` filled in; facts as for ``both``."""
        if any(isinstance(one, Promise) for one in facts.values()):
            return both(self.text, **facts)
        return {key: text % _facts(facts, at) for at, (key, text) in enumerate(self._written.items())}

    def filled(self, **facts: Any) -> Any:
        """The sentence with its gaps filled as a lazy text; facts may be lazy."""
        return filled(self.text, **facts)

    @cached_property
    def _written(self) -> Told:
        return both(self.text)
