"""What becomes of products and instruments when their owner's entry is merged into another."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.parties.absorbing import Merging, handles, stays


@handles("objects.Product.owner", _("产品"), why=_("与保留机构的产品完全相同的，转移后注销"))
def _products(merging: Merging, rows: models.QuerySet[Any]) -> int:
    same = ("family_id", "name", "model")
    known = set(Product.objects.filter(owner=merging.survivor, retired_on=None).values_list(*same))
    twice = [key for key, *facts in rows.filter(retired_on=None).values_list("pk", *same) if tuple(facts) in known]
    merging.change(rows.filter(pk__in=twice), "retired_on", timezone.localdate())
    return merging.change(rows, "owner", merging.survivor.pk)


@handles(
    "objects.Instrument.owner",
    _("测量设备"),
    why=_("与保留机构同名称、同出厂编号的即同一台：留在原登记并停用"),
)
def _instruments(merging: Merging, rows: models.QuerySet[Any]) -> int:
    same = ("serial", "name_zh")
    known = set(Instrument.objects.filter(owner=merging.survivor).values_list(*same))
    twice = [key for key, *facts in rows.values_list("pk", *same) if tuple(facts) in known]
    merging.change(rows.filter(pk__in=twice, in_service=True), "in_service", False)
    return merging.change(rows.exclude(pk__in=twice), "owner", merging.survivor.pk)


stays("objects.HandOver.party", _("样品移交"), why=_("流转记录不改"))
