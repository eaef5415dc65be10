"""Certification and licences that a product needs, and who may give them here."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import chips
from quanheng.domains.services.models import Need
from quanheng.domains.services.words import both
from quanheng.kernel.competence.models import Recognition

SHOWN_BODIES = 8


def certification_advice(need: Need, day: date) -> list[dict[str, Any]]:
    """One entry for each scheme of the family: what it is, and the certification bodies approved here.

    {"kind": "certification" | "licence", "scheme", "zh", "en", "bodies": [{"uid", "name_zh", "name_en", "number"}]}
    """
    if need.family is None:
        return []
    declined = set(chips.codes(need.understanding, "declined"))
    found = []
    for scheme in need.family.schemes:
        certified = scheme.startswith("CCC")
        if certified and "CCC" in declined:
            continue
        name = (need.family.name_zh, need.family.name_en)
        sentence = (
            _("%(name)s须取得 %(scheme)s 认证后方可出厂、销售、进口；检测报告不能代替认证。")
            if certified
            else _("%(name)s还涉及：%(scheme)s。请在上市前办理，本方案不含此项。")
        )
        found.append(
            {
                "kind": "certification" if certified else "licence",
                "scheme": scheme,
                **both(sentence, name=name, scheme=scheme),
                "bodies": _bodies(day) if certified else [],
            }
        )
    return found


def _bodies(day: date) -> list[dict[str, str]]:
    approvals = (
        Recognition.objects.filter(
            scheme=Recognition.Scheme.CERTIFIER,
            state=Recognition.State.VALID,
            valid_from__lte=day,
            valid_until__gte=day,
        )
        .select_related("organisation")
        .order_by("organisation__name_zh", "id")[:SHOWN_BODIES]
    )
    return [
        {
            "uid": one.organisation.uid,
            "name_zh": one.organisation.name_zh,
            "name_en": one.organisation.name_en,
            "number": one.number,
        }
        for one in approvals
    ]
