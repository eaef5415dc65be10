"""What of recognitions and scope lines is searched.

A line's document holds the names of its item and product family with what else they are called, the number and title
of its method, and its restriction. It does not hold the name of its organisation (a change of name would touch a
thousand documents): words of that name are found among organisations, and narrow the lines to theirs.
"""

from __future__ import annotations

from functools import partial

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.shown import line_row, standing
from quanheng.kernel.search.searchable import Searchable, Shown, searchable


def _recognition(one: Recognition) -> Shown:
    owner, scheme = one.organisation, one.get_scheme_display()
    return Shown(
        title_zh=one.number,
        title_en=one.number,
        note_zh=f"{scheme} · {owner.name_zh}",
        note_en=f"{scheme} · {owner.name_en or owner.name_zh}",
        url=f"/organisations/{owner.uid}/",
        status=standing(one, timezone.localdate()),
    )


def _line(one: ScopeLine) -> Shown:
    row = line_row(one, timezone.localdate())
    owner, family = one.organisation, one.family
    zh = [family.name_zh if family else "", row["range"], owner.name_zh]
    en = [family.name_en if family else "", row["range"], owner.name_en or owner.name_zh]
    return Shown(
        title_zh=one.item.name_zh,
        title_en=one.item.name_en,
        code=one.method.number,
        note_zh=" · ".join(part for part in (one.get_activity_display(), *zh) if part),
        note_en=" · ".join(part for part in (one.get_activity_display(), *en) if part),
        url=f"/scope/{one.uid}/",
        status=(row["word"], row["tone"]),
    )


def _valid() -> Q:
    return Q(state=Recognition.State.VALID, valid_until__gte=timezone.localdate())


def _in_force() -> Q:
    today = timezone.localdate()
    return Q(
        valid_until__gte=today,
        recognition__state=Recognition.State.VALID,
        recognition__valid_until__gte=today,
    )


searchable(
    Searchable(
        model=Recognition,
        kind="recognition",
        number=5,
        label=_("资质"),
        title=(),
        codes=("number",),
        facets={"scheme": "scheme"},
        region="organisation__region_code",
        owner="organisation_id",
        statuses={"valid": (_("有效"), _valid)},
        show=_recognition,
        related=("organisation",),
        defer=("organisation__introduction_zh", "organisation__introduction_en"),
        standing=50,
    )
)
searchable(
    Searchable(
        model=ScopeLine,
        kind="scope",
        number=6,
        label=_("能力范围"),
        title=("item__name_zh", "item__name_en"),
        body=(
            "item__aliases",
            "family__name_zh",
            "family__name_en",
            "family__aliases",
            "method__title_zh",
            "restriction_zh",
            "restriction_en",
        ),
        cites=("method__number",),
        facets={
            "activity": "activity",
            "scheme": "recognition__scheme",
            "family": "family__code",
            "item": "item__code",
        },
        region="organisation__region_code",
        owner="organisation_id",
        statuses={"valid": (_("有效"), partial(_in_force))},
        show=_line,
        related=("organisation", "recognition", "method", "item", "family"),
        prefetch=("method__replaced_by",),
        defer=("organisation__introduction_zh", "organisation__introduction_en"),
        register="/scope-lines/?q={text}",
        standing=30,
    )
)
