"""The toolbox: an overview of the calculations, a page for each, its answer as a PDF."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanheng.kernel.parties.limits import count_address
from quanheng.portal.toolbox.answers import Answer, answer_of
from quanheng.portal.toolbox.fields import ToolForm
from quanheng.portal.toolbox.labels import purpose
from quanheng.portal.toolbox.packing import LONGEST_QUERY, packed, unpacked
from quanheng.portal.toolbox.pictures import pictures_of
from quanheng.portal.toolbox.report import report_of
from quanheng.portal.toolbox.verdicts import verdict_of
from quanheng.science.errors import ScienceError
from quanheng.science.task import Task
from quanheng.science.tasks import names, task

AREAS = (
    (gettext_lazy("不确定度与校准"), ("uncertainty", "calibration_curve", "weighing", "interval")),
    (gettext_lazy("符合性判定"), ("decision", "capability")),
    (gettext_lazy("实验室间比对与能力验证"), ("robust", "scores", "homogeneity", "precision", "youden", "consensus")),
    (gettext_lazy("抽样与净含量"), ("acceptance_plan", "oc", "net_content", "draw")),
    (gettext_lazy("监测与指数"), ("control_chart", "signals", "outbreak", "forensics", "index")),
)
_TONES = {"ok": "success", "danger": "error"}


@dataclass(frozen=True)
class Result:
    """An answer and how it is told."""

    found: dict[str, Any]
    answer: Answer
    pictures: list[SafeString]
    tone: str
    verdict: str


def title_of(one: Task) -> str:
    """A task's name in the language of the page."""
    return one.en[:1].upper() + one.en[1:] if (get_language() or "").startswith("en") else one.zh


def _task(name: str) -> Task:
    if name not in names():
        raise Http404
    return task(name)


def _asked(one: Task, given: dict[str, Any]) -> dict[str, Any]:
    """The input with what its picture needs."""
    if one.name == "uncertainty" and given.get("method") != "gum" and "bins" not in given:
        return {**given, "bins": 60}
    return given


def calculated(request: HttpRequest, one: Task, given: dict[str, Any]) -> Result:
    """The answer to an input. Raises ScienceError, and TooMany for a visitor who calculates without end."""
    if not request.user.is_authenticated:
        count_address(request)
    found = one.calculate(given)
    tone, verdict = verdict_of(one.name, given, found)
    return Result(
        found,
        answer_of(one, given, found),
        [SafeString(picture) for picture in pictures_of(one.name, given, found)],
        _TONES.get(tone, tone),
        verdict,
    )


def _message(error: ScienceError) -> str:
    return error.en if (get_language() or "").startswith("en") else error.zh


@require_safe
def toolbox(request: HttpRequest) -> HttpResponse:
    """All calculations, by what they are for."""
    areas = [
        (area, [(one, title_of(task(one)), purpose(one), task(one).source) for one in several])
        for area, several in AREAS
    ]
    return render(request, "portal/toolbox.html", {"areas": areas, "crumbs": [(_("工具箱"), "")]})


@require_http_methods(["GET", "HEAD", "POST"])
def tool(request: HttpRequest, name: str) -> HttpResponse:
    """One calculation: its form, and its answer where there is an input."""
    one = _task(name)
    given: dict[str, Any] | None = None
    if request.method == "POST" and "packed" not in request.POST:
        form = ToolForm(one, request.POST)
        if form.is_valid():
            given = _asked(one, form.input)
    else:
        text = request.POST.get("packed") or request.GET.get("in", "")
        example = "example" in request.GET
        given = _asked(one, one.example) if example else unpacked(text) if text else None
        if text and given is None:
            form = ToolForm(one)
            return _page(request, one, form, None, None, broken=True)
        form = _filled(one, given)
    result = None
    if given is not None:
        try:
            result = calculated(request, one, given)
        except ScienceError as error:
            form = form if form.is_bound else _bound(one, given)
            form.refuse(error.field, _message(error))
    if result and request.method == "POST" and "packed" not in request.POST and given is not None:
        link = packed(given)
        if len(link) <= LONGEST_QUERY:
            return redirect(f"{reverse('tool', args=[name])}?in={link}#answer")
    return _page(request, one, form, given, result)


def _filled(one: Task, given: dict[str, Any] | None) -> ToolForm:
    """The form with an input; one that does not fit into it leaves it empty, and the calculation says why."""
    if given is None:
        return ToolForm(one)
    try:
        return ToolForm.filled(one, given)
    except (AttributeError, KeyError, TypeError, ValueError):
        return ToolForm(one)


def _bound(one: Task, given: dict[str, Any]) -> ToolForm:
    """The same form as if it had been sent, so that errors can stand beside its fields."""
    initial = _filled(one, given).initial
    form = ToolForm(one, {name: value for name, value in initial.items() if value not in (False,)})
    form.is_valid()
    return form


def _page(
    request: HttpRequest, one: Task, form: ToolForm, given: dict[str, Any] | None, result: Result | None, *,
    broken: bool = False,
) -> HttpResponse:  # fmt: skip
    link = packed(given) if result and given is not None else ""
    here = reverse("tool", args=[one.name])
    context = {
        "task": one,
        "title": title_of(one),
        "purpose": purpose(one.name),
        "form": form,
        "result": result,
        "broken": broken,
        "packed": link,
        "link": f"{here}?in={link}" if len(link) <= LONGEST_QUERY else f"{here}#in={link}",
        "call": json.dumps(given, ensure_ascii=False) if link and len(link) <= LONGEST_QUERY else "",
        "raw": json.dumps(result.found, ensure_ascii=False, indent=1)[:20_000] if result else "",
        "crumbs": [(_("工具箱"), reverse("toolbox")), (title_of(one), "")],
    }
    failed = broken or bool(form.is_bound and form.errors)
    return render(request, "portal/tool.html", context, status=422 if failed else 200)


@require_POST
def tool_report(request: HttpRequest, name: str) -> HttpResponse:
    """The answer as a PDF, made from the packed input."""
    one = _task(name)
    given = unpacked(request.POST.get("packed", ""))
    if given is None:
        return _page(request, one, ToolForm(one), None, None, broken=True)
    try:
        result = calculated(request, one, given)
    except ScienceError as error:
        form = _bound(one, given)
        form.refuse(error.field, _message(error))
        return _page(request, one, form, given, None)
    pdf = report_of(one, title_of(one), given, result.answer, result.pictures, result.verdict)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer
