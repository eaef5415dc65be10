"""Sentences that a plan keeps: written out in both languages, because a frozen plan outlives its wording."""

from __future__ import annotations

from typing import Any

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


def yuan(cents: int) -> str:
    """An amount of money as people read it: 123456 → "1,234.56", 120000 → "1,200".

    >>> yuan(123456), yuan(120000)
    ('1,234.56', '1,200')
    """
    whole, rest = divmod(cents, 100)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"
