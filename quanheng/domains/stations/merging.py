"""What becomes of stations, visits, mandates and zones when an organisation's entry is merged into another."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.domains.stations.models import ZoneMember
from quanheng.kernel.parties.absorbing import Merging, handles, moves, stays

moves("stations.Station.operator", _("运营的服务站点"))
moves("stations.Zone.operator", _("运营的示范区"))
stays("stations.Visit.client", _("到站来访"), why=_("与来访时的登记在一起；保留的机构看得到"))
stays("stations.Contest.decider", _("裁定的来访异议"), why=_("随所属事项留在原登记"))
stays("stations.Mandate.client", _("代办授权"), why=_("由原登记作出；保留的机构重新授权"))


@handles("stations.ZoneMember.organisation", _("加入的示范区"), why=_("保留的机构已在其中的，原登记留下"))
def _zones(merging: Merging, rows: models.QuerySet[Any]) -> int:
    there = ZoneMember.objects.filter(organisation=merging.survivor).values_list("zone_id", flat=True)
    going = list(rows.exclude(zone__in=list(there)).values_list("pk", flat=True))
    return merging.change(rows.filter(pk__in=going), "organisation", merging.survivor.pk)
