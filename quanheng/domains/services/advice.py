"""Licences and the like that a product needs besides; certification is a step of the plan (``certifying``)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.models import Need
from quanheng.kernel.base.texts import both
from quanheng.kernel.requirements.schemes import MANDATORY, VOLUNTARY, scheme_en, scheme_kind


def licence_advice(need: Need) -> list[dict[str, Any]]:
    """One entry for each other scheme of the family: {"kind": "licence", "scheme", "scheme_en", "zh", "en"}."""
    if need.family is None:
        return []
    name = (need.family.name_zh, need.family.name_en)
    found = []
    for scheme in need.family.schemes:
        if scheme_kind(scheme) in (MANDATORY, VOLUNTARY):
            continue
        english = scheme_en(scheme)
        sentence = both(
            _("%(name)s还涉及：%(scheme)s。请在上市前办理，本方案不含此项。"), name=name, scheme=(scheme, english)
        )
        found.append({"kind": "licence", "scheme": scheme, "scheme_en": english, **sentence})
    return found
