"""Public pages of competence: who can do this and why (not), and one line of a scope."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from quanheng.kernel.base.asking import tell
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.base.lists import asked, chips
from quanheng.kernel.base.widgets import Day
from quanheng.kernel.competence import queries, shown
from quanheng.kernel.competence.asking import Ask, Candidate, read_place
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.region.queries import regions
from quanheng.kernel.requirements import queries as requirements
from quanheng.kernel.requirements.models import Item, ProductFamily

DOORS = {"calibration": "metrology", "verification": "metrology", "certification": "certification"}
PICKED = 24
ANY = ("", gettext_lazy("不限"))


class ScopeForm(forms.Form):
    """The question as a person asks it; only the item is needed for an answer."""

    q = forms.CharField(label=gettext_lazy("项目或仪器"), required=False, max_length=100)
    activity = forms.ChoiceField(label=gettext_lazy("活动"), required=False, choices=[ANY, *Activity.choices])
    family = forms.ChoiceField(label=gettext_lazy("产品类别"), required=False)
    range = forms.CharField(
        label=gettext_lazy("数值或范围"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": "0~60 MPa"}),
    )
    uncertainty = forms.CharField(
        label=gettext_lazy("不确定度不大于（k = 2）"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": "0.05 MPa"}),
    )
    method = forms.CharField(label=gettext_lazy("方法标准"), required=False, max_length=60)
    region = forms.ChoiceField(label=gettext_lazy("所在区划"), required=False)
    scheme = forms.ChoiceField(label=gettext_lazy("资质"), required=False, choices=[ANY, *Recognition.Scheme.choices])
    on = forms.DateField(label=gettext_lazy("在哪一天"), required=False, widget=Day())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        families = ProductFamily.objects.order_by("name_zh").values_list("code", "name_zh", "name_en")
        self._choose("family", ((code, _named(zh, en)) for code, zh, en in families))
        places = regions(within=settings.PACK["deployment"]["region"]).order_by("code")
        self._choose("region", ((one.code, _named(one.name_zh, one.name_en)) for one in places))

    def _choose(self, name: str, options: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ANY, *options]


def _named(zh: str, en: str) -> str:
    return en if shown.language() == "en" and en else zh


@require_safe
def scope_search(request: HttpRequest) -> HttpResponse:
    """Who can do an item, best first, with the reasons; without an item, the way to the register of scope lines."""
    # A link names the item by its code, a person by its name in the box: the box then shows the name.
    linked = _linked(request)
    given = request.GET.copy()
    if linked:
        given["q"] = _named(linked.name_zh, linked.name_en)
    form = ScopeForm(given, auto_id="filter_%s")
    wanted = asked(form)
    page: dict[str, Any] = {
        "form": form,
        "active": [(label, value, "item" if linked and key == "q" else key) for label, value, key in chips(form)],
        "door": DOORS.get(wanted["activity"], "testing"),
        "crumbs": [(_("谁能做"), "")],
    }
    try:
        item = linked or _item(wanted["q"])
        if item is None and wanted["q"]:
            page["picks"] = [
                {"row": one, "query": urlencode(_kept(request) | {"item": one.code})}
                for one in requirements.items(wanted["q"]).order_by("name_zh")[:PICKED]
            ]
        elif item is None:
            page["register"] = f"/scope-lines/?{_narrowed(wanted)}".removesuffix("?")
        else:
            page |= _answer(item, wanted)
    except Invalid as refusal:
        tell(form, refusal)
        page["refusal"] = refusal
    return render(request, "competence/scope.html", page, status=422 if "refusal" in page else 200)


def _linked(request: HttpRequest) -> Item | None:
    """The item that a link names by its code. Raises NotFound."""
    code = request.GET.get("item", "")
    return requirements.item_by_code(code.replace("\0", "")) if code else None


def _item(text: str) -> Item | None:
    """The item that words name, where they name one alone."""
    if not text:
        return None
    found = list(requirements.items(text)[:PICKED])
    same = [one for one in found if text.strip().lower() in (one.name_zh.lower(), one.name_en.lower(), one.code)]
    one_alone = same or found
    return one_alone[0] if len(one_alone) == 1 else None


def _kept(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items() if name not in ("after", "before", "q") and value}


def _narrowed(wanted: dict[str, Any]) -> str:
    """The register of scope lines under the same conditions. Raises Invalid where it cannot be asked them."""
    if wanted["range"] or wanted["uncertainty"]:
        raise Invalid.field("q", _("范围和不确定度要与项目一起问，请先写项目，例如：压力表。"))
    same = ("activity", "family", "method", "region", "scheme", "on")
    return urlencode({name: str(wanted[name]) for name in same if wanted[name]})


def _answer(item: Item, wanted: dict[str, Any]) -> dict[str, Any]:
    activity = wanted["activity"] or _usual(item)
    ask = Ask.read(
        item,
        activity,
        on=wanted["on"] or None,
        family=requirements.family_by_code(wanted["family"]) if wanted["family"] else None,
        method=wanted["method"],
        range=wanted["range"],
        uncertainty=wanted["uncertainty"],
        place=read_place(region=wanted["region"]) if wanted["region"] else None,
        scheme=wanted["scheme"],
    )
    answer = queries.who_can(ask, able=40, unable=20)
    can = {one.line.organisation_id for one in answer.able}
    return {
        "item": item,
        "activity": Activity(activity).label,
        "able": _by_organisation(answer.able),
        "more": answer.more,
        "unable": _by_organisation(one for one in answer.unable if one.line.organisation_id not in can),
        "door": DOORS.get(activity, "testing"),
    }


def _usual(item: Item) -> str:
    """The activity that is registered for an item, in the order of Activity; testing where there is none."""
    known = set(ScopeLine.objects.filter(item_id=item.pk).order_by().values_list("activity", flat=True).distinct())
    return next((name for name in Activity.values if name in known), Activity.TESTING)


def _by_organisation(found: Iterable[Candidate]) -> list[dict[str, Any]]:
    """Candidates under their organisation, the best of each shown, the others counted."""
    candidates = list(found)
    rank = {one.line.organisation_id: place for place, one in reversed(list(enumerate(candidates)))}
    ordered = sorted(candidates, key=lambda one: rank[one.line.organisation_id])
    rows = []
    for _key, group in groupby(ordered, key=lambda one: one.line.organisation_id):
        best, *others = group
        over = best.line.range()
        rows.append(
            {
                "best": best,
                "others": len(others),
                "range": over.text(shown.language()) if over else "",
                "uncertainty": shown.uncertainty_text(best.line),
            }
        )
    return rows


@require_safe
def scope_line_page(request: HttpRequest, uid: str) -> HttpResponse:
    """One line of a scope: range, uncertainty typeset with examples, method and its status, recognition."""
    line = queries.scope_line_by_uid(uid)
    owner = line.organisation
    today = timezone.localdate()
    formula = shown.formula_of(line)
    return render(
        request,
        "competence/line.html",
        shown.line_row(line, today)
        | {
            "line": line,
            "door": DOORS.get(line.activity, "testing"),
            "math": shown.math(formula) if formula else "",
            "relative": bool(formula and any(part.slope for part in formula.parts)),
            "examples": shown.examples(line, formula) if formula else [],
            "recognition": shown.standing(line.recognition, today),
            "crumbs": [
                (_("机构名录"), "/organisations/"),
                (_named(owner.name_zh, owner.name_en), f"/organisations/{owner.uid}/"),
                (_named(line.item.name_zh, line.item.name_en), ""),
            ],
        },
    )
