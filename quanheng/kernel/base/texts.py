"""Lazy texts with facts in them.

``_("…%(day)s…") % {"day": day}`` writes the sentence out at once, in the language of that moment; a refusal
or an explanation that is to be told in both languages keeps the sentence and its facts apart until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language


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
