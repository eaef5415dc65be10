"""Filters as most registers want them; each is built once, where the register is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.html import local
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.base.words import with_words
from quanheng.kernel.region.queries import regions
from quanheng.kernel.registers.declare import Choices, Filter
from quanheng.kernel.search.queries import narrow as narrowed

Rows = QuerySet[Any]


def one_of(key: str, label: Any, choices: Iterable[tuple[str, Any]], *, path: str = "") -> Filter:
    """Rows whose column at ``path`` (``key``) has one of a few codes that never change while the platform runs."""
    return meaning(key, label, choices, lambda value: Q(**{path or key: value}))


def meaning(key: str, label: Any, choices: Iterable[tuple[str, Any]], mean: Callable[[str], Q]) -> Filter:
    """Rows for which what a code means holds on the day of asking, such as a status that is computed from dates."""
    offered = list(choices)
    codes = {code for code, _label in offered}

    def apply(rows: Rows, value: str) -> Rows:
        if value not in codes:
            sentence = _("“%(value)s”不在可选值之中：%(codes)s。")
            raise Invalid.field(key, filled(sentence, value=value[:40], codes=listed(sorted(codes))))
        return rows.filter(mean(value))

    return Filter(key, label, apply, lambda: offered)


def coded(key: str, label: Any, path: str, choices: Callable[[], Choices]) -> Filter:
    """Rows whose column at ``path`` has a code of another register, which grows while the platform runs."""
    return Filter(key, label, lambda rows, value: rows.filter(**{path: value}), choices, longest=60)


def in_region(path: str = "region_code", within: Callable[[str], Q] | None = None) -> Filter:
    """Rows in a region of GB/T 2260 or in any below it; ``within`` where a large register knows a quicker way."""
    mean = within or (lambda code: _inside(path, code))
    return Filter("region", _("所在区划"), _by_region("region", mean), _places, longest=6)


def within(key: str, label: Any, path: str) -> Filter:
    """Rows of which another region than the first lies in one of GB/T 2260: for links, beside ``in_region``."""
    return Filter(
        key,
        label,
        _by_region(key, lambda code: _inside(path, code)),
        placeholder="120000",
        longest=6,
        offered=False,
        word=lambda code: local(regions().filter(code=code).first()),
    )


def _by_region(key: str, mean: Callable[[str], Q]) -> Callable[[Rows, str], Rows]:
    def apply(rows: Rows, value: str) -> Rows:
        if not (value.isascii() and value.isdigit() and len(value) == 6):
            raise Invalid.field(key, _("行政区划代码应为 6 位数字，如 120101。"))
        return rows.filter(mean(value))

    return apply


def _inside(path: str, code: str) -> Q:
    prefix = region_prefix(code)
    return Q(**{path: code}) if len(prefix) == 6 else Q(**{f"{path}__startswith": prefix})


_PLACES = Asked(
    lambda: regions(within=settings.PACK["deployment"]["region"]).only("code", "name_zh", "name_en").order_by("code")
)


def _places() -> Choices:
    return [(one.code, local(one)) for one in _PLACES()]


def in_force_on(first: str = "valid_from", last: str = "valid_until") -> Filter:
    """Rows that hold on a day."""

    def apply(rows: Rows, day: date) -> Rows:
        begun = Q(**{f"{first}__lte": day}) | Q(**{first: None})
        lasting = Q(**{f"{last}__gte": day}) | Q(**{last: None})
        return rows.filter(begun & lasting)

    return Filter("on", _("某日有效"), apply, kind=date)


def before(key: str, label: Any, path: str) -> Filter:
    """Rows whose day at ``path`` is not after the one asked for."""
    return Filter(key, label, lambda rows, day: rows.filter(**{f"{path}__lte": day}), kind=date)


Search = Callable[[Rows, str, Mapping[str, Any]], Rows]


def indexed(*facets: str) -> Search:
    """Words through the search index; ``facets`` are filters of the same name that the index decides, where there are
    words: they are then asked of no row."""

    def narrow(rows: Rows, text: str, asked: Mapping[str, Any]) -> Rows:
        return narrowed(rows, text, facets=[(name, asked[name]) for name in facets if name in asked])

    narrow.decides = facets  # type: ignore[attr-defined]
    return narrow


def words(*paths: str) -> Search:
    """Every word stands in one of the columns: for registers of a few thousand rows."""

    def narrow(rows: Rows, text: str, asked: Mapping[str, Any]) -> Rows:
        return with_words(rows, text, *paths)

    return narrow


def named(zh: str, en: str) -> str:
    """One of two names, in the reader's language."""
    return en if en and (get_language() or "").startswith("en") else zh
