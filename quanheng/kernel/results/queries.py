"""Reads of results."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.results.models import RawFile, Result


def incomplete_positions(case_id: int) -> list[int]:
    """Positions of a case's planned results that have no verdict yet."""
    return list(
        Result.objects.filter(case_id=case_id, verdict="").order_by("position").values_list("position", flat=True)
    )


def raw_files(actor: Actor, case_id: int) -> list[RawFile]:
    """The raw files of a case that the actor may see, those that were withdrawn last."""
    rows = restrict(RawFile.objects.filter(case_id=case_id), actor).select_related("attached_by")
    return sorted(rows.order_by("id"), key=lambda raw: raw.withdrawn_at is not None)


def raw_file_by_uid(actor: Actor, case_id: int, uid: str) -> RawFile:
    """One raw file of a case. Raises NotFound, also where the actor may not see it."""
    for raw in restrict(RawFile.objects.filter(case_id=case_id, uid=uid), actor).select_related("case", "attached_by"):
        return raw
    raise NotFound(_("没有找到该文件，或您无权查看。"))
