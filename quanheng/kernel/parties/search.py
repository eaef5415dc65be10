"""What of organisations is searched."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import INSTITUTIONS, OrganisationKind
from quanheng.kernel.search.searchable import Searchable, Shown, Values, searchable

# Who is looked for most: those who do the work, then those who oversee it.
_WEIGHTS = dict.fromkeys(map(str, INSTITUTIONS), 30) | {str(OrganisationKind.REGULATOR): 20}


def _weight(values: Values) -> int:
    return _WEIGHTS.get(values["kind"], 10)


def _shown(one: Organisation) -> Shown:
    kind, region = one.get_kind_display(), one.region
    return Shown(
        title_zh=one.name_zh,
        title_en=one.name_en,
        code=one.uscc,
        note_zh=f"{kind} · {region.name_zh}",
        note_en=f"{kind} · {region.name_en}",
        url=f"/organisations/{one.uid}/",
    )


searchable(
    Searchable(
        model=Organisation,
        kind="organisation",
        number=1,
        label=_("机构"),
        title=("name_zh", "name_en"),
        body=("address",),
        codes=("uscc",),
        pinyin=("name_zh",),
        facets={"kind": "kind"},
        region="region_code",
        weight=_weight,
        show=_shown,
        related=("region",),
        defer=("introduction_zh", "introduction_en"),
        register="/organisations/?q={text}",
        standing=70,
    )
)
