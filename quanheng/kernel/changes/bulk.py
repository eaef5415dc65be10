"""One act over many selected rows: all or none, one entry for each row, one errand, one reason."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.services import written_together
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import SERVICES, every_act, one_errand
from quanheng.kernel.base.cells import MAX_ERRORS
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import FieldError, Invalid, NotFound, Proposed, Refusal, SignInNeeded
from quanheng.kernel.base.texts import filled

MOST = 1000


@dataclass(frozen=True)
class Bulk:
    """What came of it: the rows on which the act was done, or the proposals that wait for a second person."""

    errand: str
    done: list[models.Model] = field(default_factory=list)
    proposed: list[Any] = field(default_factory=list)


def bulk(actor: Actor, act_name: str, rows: Iterable[models.Model], arguments: Mapping[str, Any], reason: str) -> Bulk:
    """Do one act on each of the rows (at most ``MOST``) with the same arguments and reason, all or none.

    Raises Invalid with every row that refuses, by its place among ``rows`` (from 1) and its name; then nothing is
    kept. An act that needs a second person becomes one proposal for each row. ValueError for an act that there is
    not, that takes no reason, or that is on other rows: that is the caller's mistake, not the person's.
    """
    need_reason(reason)
    chosen = list(rows)
    if not chosen:
        raise Invalid.field("rows", _("请至少选择一行。"))
    if len(chosen) > MOST:
        raise Invalid.field("rows", filled(_("一次最多 %(limit)s 行，请分批办理。"), limit=MOST))
    _fits(act_name, chosen)
    given = {**arguments, "reason": reason}
    errors: list[FieldError] = []
    with transaction.atomic(), written_together(), one_errand() as errand:
        found = Bulk(errand)
        # Always in the same order: two of these at once never wait for each other in a circle.
        for place, row in sorted(enumerate(chosen, start=1), key=lambda one: one[1].pk):
            try:
                SERVICES[act_name](actor, row, **given)
            except Proposed as waiting:
                found.proposed.append(waiting.proposal)
            except SignInNeeded:
                raise
            except Refusal as refusal:
                errors += _told(actor, place, row, refusal)
            else:
                found.done.append(row)
            if len(errors) >= MAX_ERRORS:
                break
        if errors:
            sentence = _("有 %(count)s 行不能办理，全部未办理。请按逐行提示改正，或去掉这些行。")
            rows_wrong = len({error.row for error in errors})
            raise Invalid(
                filled(sentence, count=rows_wrong), errors=sorted(errors, key=lambda one: one.row or 0)[:MAX_ERRORS]
            )
    return found


def _fits(act_name: str, rows: Sequence[models.Model]) -> None:
    declared = every_act().get(act_name)
    if declared is None or "reason" not in inspect.signature(declared.function).parameters:
        raise ValueError(f"{act_name} cannot be done in bulk: it is no act, or takes no reason")
    if not all(isinstance(row, declared.on) for row in rows):
        raise ValueError(f"{act_name} is on {declared.on._meta.label}")
    if len({row.pk for row in rows}) != len(rows):
        raise Invalid.field("rows", _("同一行选了两次，请去掉重复的。"))


def _told(actor: Actor, place: int, row: models.Model, refusal: Refusal) -> list[FieldError]:
    """A row's refusal with its name; the name of a row that the actor may not see is not told."""
    visible = type(row).visible_to.allows(actor, row)  # type: ignore[attr-defined]
    name = "" if isinstance(refusal, NotFound) or not visible else str(row)
    parts = refusal.errors or (FieldError("rows", refusal.message),)
    return [
        FieldError(
            error.field, filled("%(name)s%(message)s", name=f"{name}: " if name else "", message=error.message), place
        )
        for error in parts
    ]
