"""What of needs and results is searched: never whose a need is, since a firm may stay unnamed."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quanheng.domains.exchange.finding import OPEN_NEEDS
from quanheng.domains.exchange.models import Offering, TechnicalNeed
from quanheng.domains.exchange.registry import TONES
from quanheng.domains.exchange.vocabulary import fields
from quanheng.kernel.search.searchable import Searchable, Shown, searchable


def _note(one: Any, name: str) -> str:
    field = fields().get(one.field)
    return getattr(field, name) if field else one.field


def _need(one: TechnicalNeed) -> Shown:
    return Shown(
        title_zh=one.title,
        title_en="",
        note_zh=_note(one, "name_zh"),
        note_en=_note(one, "name_en"),
        url=f"/exchange/needs/{one.uid}/",
        status=(one.get_state_display(), TONES[one.state]),
    )


def _offering(one: Offering) -> Shown:
    owner = one.organisation
    return Shown(
        title_zh=one.title,
        title_en="",
        code=one.identifier,
        note_zh=f"{_note(one, 'name_zh')} · {owner.name_zh}",
        note_en=f"{_note(one, 'name_en')} · {owner.name_en or owner.name_zh}",
        url=f"/exchange/results/{one.uid}/",
        status=(one.get_state_display(), TONES[one.state]),
    )


searchable(
    Searchable(
        model=TechnicalNeed,
        kind="technical_need",
        number=21,
        label=_("技术需求"),
        title=("title",),
        body=("text", "family__name_zh", "family__name_en", "item__name_zh", "item__name_en"),
        facets={"field": "field"},
        statuses={"open": (_("征集中"), lambda: Q(state__in=OPEN_NEEDS))},
        show=_need,
        register="/exchange/needs/?q={text}",
        standing=20,
    )
)
searchable(
    Searchable(
        model=Offering,
        kind="offering",
        number=22,
        label=_("科技成果"),
        title=("title",),
        body=("text", "item__name_zh", "item__name_en"),
        codes=("identifier",),
        facets={"field": "field", "kind": "kind"},
        owner="organisation_id",
        statuses={"open": (_("可对接"), lambda: Q(state=Offering.State.OPEN))},
        show=_offering,
        related=("organisation",),
        defer=("organisation__introduction_zh", "organisation__introduction_en"),
        register="/exchange/results/?q={text}",
        standing=25,
    )
)
