"""Pages of registrars: pairs that may be one organisation, two entries side by side, other names, mergers undone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import tell
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.errors import Denied, NotFound, Refusal, SignInNeeded
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.lists import listed
from quanheng.kernel.base.widgets import Day
from quanheng.kernel.parties import queries, services
from quanheng.kernel.parties.absorbing import Merging, Rule, hanging, refusals
from quanheng.kernel.parties.duplicates import REASONS
from quanheng.kernel.parties.models import DuplicatePair, Merger, Organisation, OrganisationName
from quanheng.kernel.parties.services.organisations import REGISTRARS

# What is shown side by side: column, label; and by which name the survivor may take it.
COMPARED: tuple[tuple[str, Any], ...] = (
    ("name_zh", gettext_lazy("名称")),
    ("name_en", gettext_lazy("英文名称")),
    ("uscc", gettext_lazy("统一社会信用代码")),
    ("kind", gettext_lazy("类型")),
    ("region", gettext_lazy("所在区划")),
    ("address", gettext_lazy("地址")),
    ("phone", gettext_lazy("联系电话")),
    ("position", gettext_lazy("位置")),
    ("introduction", gettext_lazy("简介")),
)
_TAKEN = ("name_zh", "name_en", "address", "phone", "position", "introduction")


class LookUp(forms.Form):
    """Two entries by their codes, where the machine has not brought them together."""

    one = forms.CharField(label=gettext_lazy("信用代码一"), max_length=40)
    other = forms.CharField(label=gettext_lazy("信用代码二"), max_length=40)


class MergeForm(forms.Form):
    """Which entry stands, what it takes over, and why they are one organisation."""

    survivor = forms.ChoiceField(label=gettext_lazy("保留哪一家"), widget=forms.RadioSelect)
    take = forms.MultipleChoiceField(
        label=gettext_lazy("采用另一家的哪些资料"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, label) for name, label in COMPARED if name in _TAKEN],
        help_text=gettext_lazy("不选的，以保留的一家为准。"),
    )
    with_recognitions = forms.BooleanField(
        label=gettext_lazy("连同资质：被并入一家的有效资质证书即属同一法律主体，已核对证书"), required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("认定为同一主体的依据"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, one: Organisation, other: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["survivor"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.uid, f"{row.name_zh} · {row.uscc}") for row in (one, other)]


class NameForm(forms.Form):
    """A former or other name."""

    text = forms.CharField(label=gettext_lazy("名称"), max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("名称类型"),
        choices=[choice for choice in OrganisationName.Kind.choices if choice[0] != OrganisationName.Kind.MERGED.value],
    )
    until = forms.DateField(label=gettext_lazy("使用至"), required=False, widget=Day())
    reason = forms.CharField(label=gettext_lazy("依据"), max_length=REASON_LENGTH)


def _registrar(request: ActorRequest) -> None:
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再核对登记。"))
    if not request.actor.regions(*REGISTRARS):
        raise Denied(_("只有监管部门的登记人员能核对重复登记。"))


def _crumbs(*more: tuple[str, str]) -> dict[str, Any]:
    here = "/duplicates/" if more else ""
    return {"place": "workbench", "crumbs": [(_("工作台"), "/work/"), (_("重复登记"), here), *more]}


@require_safe
def pair_list(request: ActorRequest) -> HttpResponse:
    """Pairs that wait to be judged, those said to be different, and what was merged."""
    _registrar(request)
    show = request.GET.get("show", "")
    show = show if show in ("open", "dismissed", "merged") else "open"
    names = [("open", _("待核对")), ("dismissed", _("不是同一机构")), ("merged", _("已合并"))]
    context: dict[str, Any] = {
        "show": show,
        "tabs": [{"label": label, "url": f"?show={name}", "current": name == show} for name, label in names],
        "form": LookUp(),
        **_crumbs(),
    }
    if show == "merged":
        found = listed(request, queries.mergers(request.actor))
        return render(request, "parties/duplicates.html", {**context, "mergers": found["items"], "page": found["page"]})
    form = LookUp(request.GET if request.GET.get("one") or request.GET.get("other") else None)
    if form.is_valid():
        chosen = [_by_code(form, name) for name in ("one", "other")]
        if None not in chosen and chosen[0] != chosen[1]:
            return redirect("compare", *(one.uid for one in chosen if one is not None))
        if None not in chosen:
            form.add_error("other", _("两个代码是同一家，请填写两家不同的机构。"))
    found = listed(request, queries.duplicate_pairs(request.actor, state=show), key="rank")
    rows = [(pair, [REASONS[code][0] for code in pair.reasons if code in REASONS]) for pair in found["items"]]
    return render(
        request,
        "parties/duplicates.html",
        {**context, "form": form, "rows": rows, "page": found["page"]},
        status=422 if form.errors else 200,
    )


def _by_code(form: LookUp, name: str) -> Organisation | None:
    code = form.cleaned_data[name].strip().upper()
    found = Organisation.objects.filter(uscc=code, merged_into=None).first()
    if found is None:
        form.add_error(name, _("没有这个代码的登记，请核对。"))
    return found


def _pair(request: ActorRequest, uid: str, other: str) -> tuple[Organisation, Organisation]:
    rows = Organisation.objects.select_related("region").filter(
        Oversees("region_code", *REGISTRARS).q(request.actor), merged_into=None
    )
    found = {one.uid: one for one in rows.filter(uid__in=(uid, other))}
    if uid == other or uid not in found or other not in found:
        raise NotFound(_("没有找到这两家机构，或不都在您的管辖范围内，或其一已经并入。"))
    return found[uid], found[other]


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: ActorRequest, uid: str, other: str) -> HttpResponse:
    """Two entries side by side with what hangs on each; merged from here, one into the other."""
    _registrar(request)
    one, two = _pair(request, uid, other)
    form = MergeForm(one, two, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        survivor, loser = (one, two) if facts.pop("survivor") == one.uid else (two, one)
        try:
            services.merge_organisation(request.actor, loser, survivor=survivor, **facts)
        except Refusal as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("已合并，原登记的页面将转到保留的机构。"))
            return redirect("organisation", survivor.uid)
    first, second = sorted((one, two), key=lambda row: row.pk)
    pair = DuplicatePair.objects.filter(first=first, second=second).first()
    return render(
        request,
        "parties/compare.html",
        {
            "one": one,
            "two": two,
            "pair": pair,
            "reasons": [REASONS[code][0] for code in pair.reasons if code in REASONS] if pair else [],
            "facts": [(label, _shown(one, name), _shown(two, name)) for name, label in COMPARED],
            "hanging": [(rule, _becomes(rule), left, right) for rule, left, right in hanging(one, two)],
            "against": [
                (survivor, refusals(Merging(request.actor, loser, survivor)))
                for survivor, loser in ((one, two), (two, one))
            ],
            "form": form,
            **_crumbs((_("比对"), "")),
        },
        status=422 if form.errors else 200,
    )


def _becomes(rule: Rule) -> Any:
    if rule.handle is None:
        return _("留在原登记")
    return _("按规则转移") if rule.why else _("转移")


def _shown(organisation: Organisation, name: str) -> Any:
    if name == "kind":
        return organisation.get_kind_display()
    if name == "position":
        if organisation.latitude is None or organisation.longitude is None:
            return ""
        return f"{organisation.latitude:.5f}, {organisation.longitude:.5f}"
    if name == "introduction":
        return organisation.introduction_zh[:200]
    if name == "region":
        return organisation.region.name_zh
    return getattr(organisation, name)


@require_POST
def pair_dismiss(request: ActorRequest, uid: str) -> HttpResponse:
    """Say that a pair is not one organisation."""
    pair = queries.by_uid(DuplicatePair.objects.all(), uid, request.actor)
    return _acted(
        request,
        lambda: services.dismiss_pair(request.actor, pair, reason=request.POST.get("reason", "")),
        _("已记下：不是同一机构，不再提示。"),
        reverse("duplicates"),
    )


@require_POST
def merger_undo(request: ActorRequest, uid: str) -> HttpResponse:
    """Take a merger back."""
    merger = queries.by_uid(Merger.objects.select_related("loser"), uid, request.actor)
    return _acted(
        request,
        lambda: services.undo_merger(request.actor, merger, reason=request.POST.get("reason", "")),
        _("已撤销合并，转移的内容已退回。"),
        f"{reverse('duplicates')}?show=merged",
    )


def _acted(request: ActorRequest, perform: Any, told: str, back: str) -> HttpResponse:
    try:
        perform()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, told)
    return redirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
def names(request: ActorRequest, uid: str) -> HttpResponse:
    """The former and other names of an entry, for the registrar to keep."""
    _registrar(request)
    rows = Organisation.objects.filter(Oversees("region_code", *REGISTRARS).q(request.actor), merged_into=None)
    organisation = queries.by_uid(rows, uid)
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_name(request.actor, organisation, **form.cleaned_data)
        except Refusal as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("已登记该名称。"))
            return redirect("organisation-names", uid)
    return render(
        request,
        "parties/names.html",
        {
            "organisation": organisation,
            "names": queries.names_of(organisation),
            "form": form,
            "crumbs": [
                (_("机构名录"), "/organisations/"),
                (organisation.name_zh, reverse("organisation", args=[uid])),
                (_("其他名称"), ""),
            ],
        },
        status=422 if form.errors else 200,
    )


@require_POST
def name_drop(request: ActorRequest, uid: str) -> HttpResponse:
    """Take a name out that was entered by mistake."""
    rows = OrganisationName.objects.filter(Oversees("organisation__region_code", *REGISTRARS).q(request.actor))
    name = queries.by_uid(rows.select_related("organisation"), uid)
    return _acted(
        request,
        lambda: services.drop_name(request.actor, name, reason=request.POST.get("reason", "")),
        _("已删去该名称。"),
        reverse("organisation-names", args=[name.organisation.uid]),
    )
