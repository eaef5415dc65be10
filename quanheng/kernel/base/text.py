"""Translated text that stays lazy when facts are filled in.

Django's own lazy text is written out by ``%`` in the language of that moment; a refusal has to be told in both
languages later. Here ``_("… %(name)s …") % {"name": …}`` is lazy too.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext


class Text(Promise):
    """A message in whatever language is active when it is written out, with its facts."""

    def __init__(self, message: str, facts: Any = None) -> None:
        self._message = message
        self._facts = facts

    def __mod__(self, facts: Any) -> Text:
        return Text(self._message, facts)

    def __str__(self) -> str:
        text = gettext(self._message)
        return text if self._facts is None else text % self._facts

    def __repr__(self) -> str:
        return f"Text({self._message!r}, {self._facts!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | Promise) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((self._message, repr(self._facts)))


def gettext_lazy(message: str) -> Any:
    """The translation of ``message``, looked up when it is written out."""
    return Text(message)
