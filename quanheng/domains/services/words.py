"""Sentences that a plan keeps: written out in both languages, because a frozen plan outlives its wording."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.utils.translation import override

from quanheng.kernel.base.errors import in_language

Told = dict[str, str]


def both(message: Any, **facts: Any) -> Told:
    """A lazy text as {"zh": ..., "en": ...}, its ``%(name)s`` filled in; a fact may be a pair (Chinese, English)."""
    told = {}
    for at, (key, language) in enumerate((("zh", "zh-hans"), ("en", "en"))):
        text = in_language(message, language)
        if facts:
            text %= {name: one[at] if isinstance(one, tuple) else one for name, one in facts.items()}
        told[key] = text
    return told


def all_both(messages: Iterable[Any]) -> list[Told]:
    """Each lazy text as ``both`` gives it: the language is changed once for all of them."""
    lazy = list(messages)
    written = []
    for language in ("zh-hans", "en"):
        with override(language):
            written.append([str(one) for one in lazy])
    return [{"zh": zh, "en": en} for zh, en in zip(*written, strict=True)]


class Sentence:
    """A text of the program that is written out in both languages once, however often its gaps are filled."""

    def __init__(self, text: Any) -> None:
        self._text = text

    def told(self, **facts: Any) -> Told:
        """The sentence with its ``%(name)s`` filled in; a fact may be a pair, as for ``both``."""
        return {
            key: text % {name: one[at] if isinstance(one, tuple) else one for name, one in facts.items()}
            for at, (key, text) in enumerate(self._written.items())
        }

    @cached_property
    def _written(self) -> Told:
        return both(self._text)


def yuan(cents: int) -> str:
    """An amount of money as people read it: 123456 → "1,234.56", 120000 → "1,200".

    >>> yuan(123456), yuan(120000)
    ('1,234.56', '1,200')
    """
    whole, rest = divmod(cents, 100)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"
