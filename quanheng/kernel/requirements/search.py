"""What of standards, product families and items is searched."""

from __future__ import annotations

from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.requirements.models import Item, ProductFamily, Standard
from quanheng.kernel.requirements.queries import with_status
from quanheng.kernel.requirements.shown import STATUS
from quanheng.kernel.search.searchable import Searchable, Shown, Values, searchable
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import parse_standard_number


def _newness(values: Values) -> int:
    """Of editions that fit equally well the newest comes first: one point a year since 1950."""
    try:
        year = parse_standard_number(values["number"]).year
    except ScienceError:
        year = None
    return max(0, min(199, (year or 1950) - 1950))


def _standard(one: Standard) -> Shown:
    return Shown(
        title_zh=one.title_zh,
        title_en=one.title_en,
        code=one.number,
        note_zh=one.get_kind_display(),
        note_en=one.get_kind_display(),
        url=f"/standards/{one.uid}/",
        status=STATUS[one.status_on(timezone.localdate())],
    )


def _family(one: ProductFamily) -> Shown:
    return Shown(
        title_zh=one.name_zh,
        title_en=one.name_en,
        note_zh="、".join(alias for alias in one.aliases[:4] if not alias.isascii()),
        note_en=", ".join(alias for alias in one.aliases[:8] if alias.isascii()),
        url=f"/families/{one.code}/",
    )


def _item(one: Item) -> Shown:
    return Shown(
        title_zh=one.name_zh,
        title_en=one.name_en,
        note_zh="、".join(alias for alias in one.aliases[:4] if not alias.isascii()),
        note_en=", ".join(alias for alias in one.aliases[:8] if alias.isascii()),
        url=f"/scope/?item={one.code}",
    )


searchable(
    Searchable(
        model=Standard,
        kind="standard",
        number=2,
        label=_("标准"),
        title=("title_zh", "title_en"),
        numbers=("number",),
        facets={"kind": "kind"},
        statuses={
            name: (word, partial(lambda name: with_status(name, timezone.localdate()), name))
            for name, (word, _tone) in STATUS.items()
        },
        weight=_newness,
        show=_standard,
        register="/standards/?q={text}",
        standing=60,
    )
)
searchable(
    Searchable(
        model=ProductFamily,
        kind="family",
        number=3,
        label=_("产品类别"),
        title=("name_zh", "name_en"),
        body=("aliases", "chain"),
        codes=("hs",),
        pinyin=("name_zh", "aliases"),
        show=_family,
        register="/families/",
        standing=90,
    )
)
searchable(
    Searchable(
        model=Item,
        kind="item",
        number=4,
        label=_("检测项目"),
        title=("name_zh", "name_en"),
        body=("aliases",),
        pinyin=("name_zh", "aliases"),
        facets={"quantity": "quantity"},
        show=_item,
        register="/items/?q={text}",
        standing=80,
    )
)
