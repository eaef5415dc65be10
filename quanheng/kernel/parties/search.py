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
    note_zh, note_en = f"{kind} · {region.name_zh}", f"{kind} · {region.name_en}"
    # A duplicate is found by the name that people know it by, and leads to the entry that stands for it.
    standing = one.merged_into or one
    if standing is not one:
        note_zh = f"已并入 {standing.name_zh}"
        note_en = f"merged into {standing.name_en or standing.name_zh}"
    return Shown(
        title_zh=one.name_zh,
        title_en=one.name_en,
        code=one.uscc,
        note_zh=note_zh,
        note_en=note_en,
        url=f"/organisations/{standing.uid}/",
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
        related=("region", "merged_into"),
        defer=("introduction_zh", "introduction_en"),
        register="/organisations/?q={text}",
        standing=70,
    )
)
