"""Where records of one standard disagree: everybody sees it, a keeper of the register settles it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.errors import Conflict as Clash
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.lists import asked, chips, listed
from quanheng.kernel.requirements import queries, services
from quanheng.kernel.requirements.grants import KeepsRegisters
from quanheng.kernel.requirements.loading.merging import DISPUTED
from quanheng.kernel.requirements.models import Conflict, Standard


class ConflictFilter(forms.Form):
    """What the list of conflicts is narrowed by."""

    field = forms.ChoiceField(label=gettext_lazy("分歧的内容"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("裁定"),
        required=False,
        choices=[("", gettext_lazy("待裁定")), ("settled", gettext_lazy("已裁定"))],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        labels = [(name, Conflict(field=name).field_label) for name in (*DISPUTED, "stage")]
        self.fields["field"].choices = [("", gettext_lazy("全部")), *labels]  # type: ignore[attr-defined]


@require_safe
def conflict_list(request: ActorRequest) -> HttpResponse:
    """Conflicts, newest first, with both values and where they come from."""
    form = ConflictFilter(request.GET, auto_id="filter_%s")
    wanted = asked(form)
    settled = wanted["state"] == "settled"
    rows = queries.conflicts(settled=settled, field=wanted["field"]).select_related("settled_by")
    found = listed(request, rows, limit=20)
    return render(
        request,
        "requirements/conflicts.html",
        {
            "door": "standards",
            "form": form,
            "active": chips(form),
            "conflicts": found["items"],
            "page": found["page"],
            "settled": settled,
            "may_settle": not settled and KeepsRegisters().allows(request.actor, Standard()),
            "crumbs": [(_("标准"), "/standards/"), (_("题录分歧"), "")],
        },
    )


@require_POST
def conflict_settle(request: ActorRequest, uid: str) -> HttpResponse:
    """Settle one, and go on to the rest."""
    conflict = queries.conflict_by_uid(uid)
    try:
        services.settle_conflict(
            request.actor, conflict, choice=request.POST.get("choice", ""), reason=request.POST.get("reason", "")
        )
    except (Invalid, Clash) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已裁定，并不再被之后的导入改动。"))
    return redirect("conflicts")
