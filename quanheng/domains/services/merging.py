"""What becomes of needs, plans and ratings when an organisation's entry is merged into another."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.models import Gap, Plan
from quanheng.kernel.parties.absorbing import Merging, handles, moves, stays


@handles("services.Need.organisation", _("需求与方案"), why=_("已下委托的需求留在原登记，与委托在一起"))
def _needs(merging: Merging, rows: models.QuerySet[Any]) -> int:
    """Needs that no commission rests on follow, with their plans."""
    keys = list(rows.exclude(plans__commission__isnull=False).values_list("pk", flat=True))
    merging.change(Plan.objects.filter(need__in=keys), "organisation", merging.survivor.pk)
    merging.change(Gap.objects.filter(need__in=keys), "organisation", merging.survivor.pk)
    return merging.change(rows.filter(pk__in=keys), "organisation", merging.survivor.pk)


stays("services.Plan.organisation", _("服务方案"), why=_("随所属需求转移"))
stays("services.Gap.organisation", _("能力缺口"), why=_("随所属需求转移"))
stays("services.PlanLine.institution", _("方案中的机构"), why=_("方案按提出时的样子保留；下委托时须重新提出方案"))
stays("services.Rating.organisation", _("作出的评价"), why=_("与所评价的任务单在一起"))
moves("services.Rating.institution", _("得到的评价"))
