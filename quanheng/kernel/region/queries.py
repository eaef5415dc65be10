"""Reads of administrative regions."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import region_prefix
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.texts import filled
from quanheng.kernel.region.models import Region


def regions(*, within: str = "") -> QuerySet[Region]:
    """Regions, or those that the region with a GB/T 2260 code holds, itself included."""
    rows = Region.objects.all()
    return rows.filter(code__startswith=region_prefix(within)) if within else rows


def region_by_code(code: str) -> Region:
    """The region with a code. Raises Invalid (field ``region``) when there is none."""
    found = Region.objects.filter(code=code).first()
    if found is None:
        raise Invalid.field("region", filled(_("没有行政区划代码 %(code)s。请填写 GB/T 2260 的六位代码。"), code=code))
    return found
