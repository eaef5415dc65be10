"""What becomes of watched standards when the organisation's entry is merged into another."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import Merging, handles
from quanheng.kernel.requirements.models import Watch


@handles("requirements.Watch.organisation", _("关注的标准"), why=_("保留机构已关注的，不再重复"))
def _watches(merging: Merging, rows: models.QuerySet[Any]) -> int:
    known = set(Watch.objects.filter(organisation=merging.survivor).values_list("standard_id", flat=True))
    new = [key for key, standard in rows.values_list("pk", "standard_id") if standard not in known]
    return merging.change(rows.filter(pk__in=new), "organisation", merging.survivor.pk)
