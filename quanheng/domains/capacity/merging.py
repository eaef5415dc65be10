"""What becomes of stated capacity when an organisation's entry is merged into another."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity.models import Capacity
from quanheng.domains.capacity.services import subject
from quanheng.kernel.parties.absorbing import Merging, handles


@handles("capacity.Capacity.organisation", _("承接能力"), why=_("保留的机构已申报的，原登记留下"))
def _capacities(merging: Merging, rows: models.QuerySet[Any]) -> int:
    """Statements follow the scope that they are for, unless the survivor has stated the same itself."""
    there = {subject(one) for one in Capacity.objects.filter(organisation=merging.survivor, ended_on=None)}
    going = [one.pk for one in rows.filter(ended_on=None) if subject(one) not in there]
    return merging.change(rows.filter(pk__in=going), "organisation", merging.survivor.pk)
