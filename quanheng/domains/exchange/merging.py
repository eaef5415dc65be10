"""What becomes of posts and contacts when an organisation's entry is merged into another."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import Merging, handles, stays

_WITH_CONTACTS = _("已有对接的留在原登记，与对接在一起")


def _posts(merging: Merging, rows: models.QuerySet[Any]) -> int:
    keys = list(rows.filter(contacts=None).values_list("pk", flat=True))
    merging.change(rows.filter(pk__in=keys), "region_code", merging.survivor.region_code)
    return merging.change(rows.model._default_manager.filter(pk__in=keys), "organisation", merging.survivor.pk)


handles("exchange.TechnicalNeed.organisation", _("技术需求"), why=_WITH_CONTACTS)(_posts)
handles("exchange.Offering.organisation", _("科技成果"), why=_WITH_CONTACTS)(_posts)
stays("exchange.Contact.proposer", _("提出的对接"), why=_("随所属事项留在原登记"))
stays("exchange.Contact.asked", _("收到的对接"), why=_("随所属事项留在原登记"))
