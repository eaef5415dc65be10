"""Reads of results."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.cases.models import Case
from quanheng.kernel.results.models import RawFile, Result


def incomplete_positions(case_id: int) -> list[int]:
    """Positions of a case's planned results that have no verdict yet."""
    return list(
        Result.objects.filter(case_id=case_id, verdict="").order_by("position").values_list("position", flat=True)
    )


# What a file looks like takes up to 8 KB and is shown nowhere.
_RAW_FILES = Asked(
    lambda case: RawFile.objects.filter(case=case).defer("fingerprint").select_related("attached_by").order_by("id")
)


def raw_files(actor: Actor, case: Case) -> list[RawFile]:
    """The raw files of a case that the actor may see, those that were withdrawn last; one query."""
    # Whoever looks into the case sees them all; of what others see the database knows more.
    if Case.inside.allows(actor, case):
        found = _RAW_FILES(case.pk)
    else:
        rows = restrict(RawFile.objects.filter(case=case), actor).defer("fingerprint")
        found = list(rows.select_related("attached_by").order_by("id"))
    for raw in found:
        raw.case = case
    return sorted(found, key=lambda raw: raw.withdrawn_at is not None)


def raw_file_by_uid(actor: Actor, case_id: int, uid: str) -> RawFile:
    """One raw file of a case. Raises NotFound, also where the actor may not see it."""
    for raw in restrict(RawFile.objects.filter(case_id=case_id, uid=uid), actor).select_related("case", "attached_by"):
        return raw
    raise NotFound(_("没有找到该文件，或您无权查看。"))
