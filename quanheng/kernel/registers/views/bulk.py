"""One act on many rows of a list."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.errors import NotFound, Refusal
from quanheng.kernel.base.widgets import Day
from quanheng.kernel.changes.bulk import MOST
from quanheng.kernel.changes.many import act_on_many
from quanheng.kernel.registers.declare import BulkAct, register_named
from quanheng.kernel.registers.views.common import back_to, person_of


class BulkForm(forms.Form):
    """The reason of a bulk act, and what else the act wants."""

    def __init__(self, chosen: BulkAct, given: Any) -> None:
        super().__init__(given)
        for one in chosen.wants:
            self.fields[one.name] = (
                forms.DateField(label=one.label, widget=Day())
                if one.kind is date
                else forms.IntegerField(label=one.label, min_value=0)
                if one.kind is int
                else forms.CharField(label=one.label, max_length=200)
            )
        self.fields["reason"] = forms.CharField(
            label=_("理由"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
        )

    def arguments(self) -> dict[str, Any]:
        """What was given beside the reason, as texts."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return {name: value.isoformat() if isinstance(value, date) else str(value) for name, value in given.items()}


@require_POST
def bulk(request: ActorRequest, name: str) -> HttpResponse:
    """One act on the rows that were ticked: first shown with its form, then done on all of them or on none."""
    register = register_named(name)
    person_of(request)
    chosen = next((one for one in register.bulk if one.act == request.POST.get("act")), None)
    if chosen is None:
        raise NotFound(_("没有这项批量操作，请回到登记册重新选择。"))
    uids = list(dict.fromkeys(request.POST.getlist("uid")))[: MOST + 1]
    if not uids:
        messages.error(request, _("请先勾选要办理的行。"))
        return back_to(register, "")
    confirmed = "confirmed" in request.POST
    form = BulkForm(chosen, request.POST if confirmed else None)
    refusal: Refusal | None = None
    if confirmed and form.is_valid():
        try:
            done = act_on_many(request.actor, chosen.act, uids, form.arguments(), form.cleaned_data["reason"])
        except Refusal as refused:
            refusal = refused
        else:
            if done.done:
                messages.success(request, _("已办理 %(count)s 行。") % {"count": len(done.done)})
            if done.proposed:
                messages.info(request, _("%(count)s 行等待另一人批准。") % {"count": len(done.proposed)})
            return back_to(register, "")
    rows = {row.uid: row for row in register.rows(request.actor).filter(uid__in=uids)}
    return render(
        request,
        "registers/bulk.html",
        {
            "register": register,
            "chosen": chosen,
            "form": form,
            "refusal": refusal,
            "rows": [(uid, register.columns[0].reads(rows[uid])) for uid in uids if uid in rows],
            "crumbs": [(_("登记册"), "/registers/"), (register.title, register.path), (chosen.label, "")],
        },
        status=422 if refusal or (confirmed and form.errors) else 200,
    )
