"""What becomes of shared views when the organisation's entry is merged into another."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import Merging, handles


@handles("registers.SavedView.organisation", _("共享的视图"), why=_("保留机构的人员继续能用"))
def _views(merging: Merging, rows: models.QuerySet[Any]) -> int:
    return merging.change(rows, "organisation", merging.survivor.pk)
