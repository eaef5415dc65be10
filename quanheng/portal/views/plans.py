"""What the published plans ask for, and what of it works here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.kernel.base.lists import asked, chips
from quanheng.portal.coverage import GRADES, KINDS, System, documents, systems
from quanheng.portal.templatetags.ui import local


class PlanFilter(forms.Form):
    """What the systems of the plans are narrowed by."""

    q = forms.CharField(label=gettext_lazy("名称"), required=False, max_length=60)
    document = forms.ChoiceField(label=gettext_lazy("文件"), required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("全部")), ("live", gettext_lazy("可用")), ("prepared", gettext_lazy("在建"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["document"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*((one.id, local(one)) for one in documents().values()), ("all", _("全部"))]


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """The systems of the plans with their status, grouped by plan: one plan at first, all of them on request."""
    asking = request.GET.copy()
    if asking.get("document") not in {"all", *documents()}:
        # Whoever looks for a name or a status looks in every plan.
        narrowed = asking.get("q") or asking.get("status")
        asking["document"] = "all" if narrowed else next(iter(documents()))
    form = PlanFilter(asking, auto_id="filter_%s")
    wanted = asked(form)
    found = [one for one in systems() if _wanted(one, wanted)]
    return render(
        request,
        "portal/plans.html",
        {
            "form": form,
            "active": [chip for chip in chips(form) if request.GET.get(chip[2]) not in (None, "", "all")],
            "groups": [
                {"document": document, "rows": [_row(one) for one in found if one.document is document]}
                for document in documents().values()
            ],
            "count": len(found),
            "all": len(systems()),
            "live": sum(one.live is not None for one in systems()),
            "crumbs": [(_("规划落实"), "")],
        },
    )


def _wanted(one: System, wanted: dict[str, Any]) -> bool:
    text = wanted["q"].lower()
    return (
        wanted["document"] in ("all", one.document.id)
        and (not wanted["status"] or (one.live is not None) == (wanted["status"] == "live"))
        and (not text or text in one.name_zh.lower() or text in one.name_en.lower() or text == one.id.lower())
    )


def _row(one: System) -> dict[str, Any]:
    return {"system": one, "kind": KINDS[one.kind], "grade": GRADES[one.grade]}
