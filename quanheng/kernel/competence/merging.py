"""What becomes of recognitions and scopes when their holder's entry is merged into another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.texts import filled
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.parties.absorbing import Merging, check, handles


def _in_force(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Recognitions that stand, suspended ones too: a suspension can be lifted."""
    lasting = (Recognition.State.VALID, Recognition.State.SUSPENDED)
    return rows.filter(state__in=lasting, valid_until__gte=timezone.localdate())


@check
def _recognised(merging: Merging) -> Iterator[Any]:
    if merging.with_recognitions:
        return
    for one in _in_force(Recognition.objects.filter(organisation=merging.loser))[:5]:
        sentence = _("被并入的机构持有有效资质 %(number)s：请保留这一家，或确认证书即属同一主体后选择“连同资质”。")
        yield filled(sentence, number=str(one))


@handles("competence.Recognition.organisation", _("资质"), why=_("已终止的资质留在原登记：当时的报告以它为据"))
def _recognitions(merging: Merging, rows: models.QuerySet[Any]) -> int:
    if not merging.with_recognitions:
        return 0
    keys = list(_in_force(rows).values_list("pk", flat=True))
    # Lines belong to whoever holds their recognition, and keep that one's region again.
    held = ScopeLine.objects.filter(recognition__in=keys, organisation=merging.loser)
    moved = ScopeLine.objects.filter(pk__in=list(held.values_list("pk", flat=True)))
    if merging.loser.region_code != merging.survivor.region_code:
        merging.change(moved, "region_code", merging.survivor.region_code)
    lines = merging.change(moved, "organisation", merging.survivor.pk)
    merging.count("competence.ScopeLine.organisation", lines)
    return merging.change(rows.filter(pk__in=keys), "organisation", merging.survivor.pk)


@handles("competence.ScopeLine.organisation", _("能力范围"), why=_("随所属资质转移"))
def _lines(merging: Merging, rows: models.QuerySet[Any]) -> int:
    return 0
