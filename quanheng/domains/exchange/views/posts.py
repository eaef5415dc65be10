"""Needs and results: one page each, the forms that post them, and what is mine."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanheng.domains.exchange import queries, services
from quanheng.domains.exchange.finding import OPEN_NEEDS
from quanheng.domains.exchange.forms import NeedForm, OfferingForm, ReasonForm, stated
from quanheng.domains.exchange.models import Offering, TechnicalNeed
from quanheng.domains.exchange.registry import TONES
from quanheng.domains.exchange.shown import contact_row, facts_of, kept_range
from quanheng.domains.exchange.views.asking import asked
from quanheng.domains.services.queries import gaps
from quanheng.kernel.base.api import ActorRequest
from quanheng.kernel.base.asking import not_now, posted
from quanheng.kernel.base.errors import Denied, SignInNeeded
from quanheng.kernel.base.html import local
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES, OrganisationKind

NEEDS, RESULTS = "/exchange/needs/", "/exchange/results/"


def _crumbs(*last: tuple[str, str], results: bool = False) -> list[tuple[str, str]]:
    register = (_("科技成果与能力"), RESULTS) if results else (_("企业技术需求"), NEEDS)
    return [(_("首页"), "/"), register, *last]


def _owners(request: ActorRequest, *kinds: str) -> QuerySet[Organisation]:
    """The organisations for which the reader may post. Raises SignInNeeded, Denied."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再发布。"))
    held = request.actor.organisations(*CLIENT_ROLES)
    found = Organisation.objects.filter(pk__in=held, kind__in=kinds, merged_into=None).order_by("id")
    if not found:
        if OrganisationKind.ENTERPRISE in kinds:
            raise Denied(_("由企业发布技术需求：您的账户不代表任何企业。请联系本企业管理员授予“成员”角色。"))
        raise Denied(_("由科研机构、高校和技术机构发布成果：您的账户不代表任何这样的机构。请联系本机构管理员。"))
    return found


@require_http_methods(["GET", "POST"])
def need_new(request: ActorRequest) -> HttpResponse:
    """Post a technical need; from a missing capacity its item and product are filled in already."""
    owners = _owners(request, OrganisationKind.ENTERPRISE)
    form = NeedForm(owners, posted(request), initial=_from_gap(request) if request.method == "GET" else {})

    def post(organisation: str, gap: str, **_given: Any) -> TechnicalNeed:
        return services.post_need(request.actor, owners.get(uid=organisation), facts=form.facts(), gap=gap)

    context = {"title": _("发布技术需求"), "lead": _("写清楚问题就够了，其余可以不填。"), "submit": _("发布")}
    crumbs = _crumbs((_("发布技术需求"), ""))
    done = _("需求已发布。下面是可能帮得上的成果。")
    return _posting(request, form, post, {**context, "crumbs": crumbs}, back=NEEDS, done=done, onward=_address)


def _posting(
    request: ActorRequest, form: Any, post: Any, context: dict[str, Any], *, back: str, **more: Any
) -> HttpResponse:
    """The page on which something is posted or stated anew."""
    return asked(request, form, post, {**context, "cancel": back}, template="exchange/post.html", back=back, **more)


def _from_gap(request: ActorRequest) -> dict[str, Any]:
    uid = request.GET.get("gap", "")
    gap = gaps(request.actor).filter(uid=uid).first() if uid.isascii() and uid.isalnum() else None
    if gap is None:
        return {}
    family = local(gap.family) if gap.family else ""
    return {
        "gap": gap.uid,
        "organisation": gap.organisation.uid,
        "title": _("%(item)s的%(activity)s") % {"item": local(gap.item), "activity": gap.get_activity_display()},
        "text": _("本地区没有机构能做%(family)s的“%(item)s”%(activity)s，征集能做的机构或方法。")
        % {"family": family, "item": local(gap.item), "activity": gap.get_activity_display()},
        "item": local(gap.item),
        "family": gap.family.code if gap.family else "",
        "field": "services",
    }


@require_http_methods(["GET", "POST"])
def offering_new(request: ActorRequest) -> HttpResponse:
    """Post a result or a capacity."""
    owners = _owners(request, *services.OFFERERS)
    form = OfferingForm(owners, posted(request))

    def post(organisation: str, **_given: Any) -> Offering:
        return services.post_offering(request.actor, owners.get(uid=organisation), facts=form.facts())

    context = {"title": _("发布成果或能力"), "lead": _("企业按文字和技术指标找到您。"), "submit": _("发布")}
    crumbs = _crumbs((_("发布成果或能力"), ""), results=True)
    done = _("成果已发布。下面是可能需要它的企业。")
    return _posting(request, form, post, {**context, "crumbs": crumbs}, back=RESULTS, done=done, onward=_address)


@require_safe
def need_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One need."""
    need = queries.need_by_uid(request.actor, uid)
    return _page(request, need, _is_open(need))


@require_safe
def offering_page(request: ActorRequest, uid: str) -> HttpResponse:
    """One result."""
    offering = queries.offering_by_uid(request.actor, uid)
    return _page(request, offering, _is_open(offering))


def _page(request: ActorRequest, post: TechnicalNeed | Offering, open_: bool) -> HttpResponse:
    is_need = isinstance(post, TechnicalNeed)
    page = queries.post_page(request.actor, post)
    named = queries.shows_name(request.actor, post) if isinstance(post, TechnicalNeed) else True
    talked = {one.offering_id if is_need else one.need_id: one for one in page.contacts if one.open}
    side = "need" if is_need else "offering"
    return render(
        request,
        "exchange/post_page.html",
        {
            "post": post,
            "is_need": is_need,
            "named": named,
            "keeper": page.keeper,
            "owner": page.owner,
            "open": open_,
            "badge": (post.get_state_display(), TONES[post.state]),
            "facts": facts_of(post),
            "gap": queries.gap_of(request.actor, post) if isinstance(post, TechnicalNeed) else None,
            "matches": [_shown(request, one, post, talked) for one in page.matches],
            "mine": [_shown(request, one, post, talked) for one in page.mine],
            "contacts": [contact_row(one) for one in page.contacts],
            "revise": reverse(f"exchange:{side}_revise", args=[post.uid]),
            "withdraw": reverse(f"exchange:{side}_withdraw", args=[post.uid]),
            "new": reverse(f"exchange:{'offering' if is_need else 'need'}_new"),
            "crumbs": _crumbs((post.title, ""), results=not is_need),
        },
    )


def _shown(request: ActorRequest, one: Any, post: Any, talked: dict[int, Any]) -> dict[str, Any]:
    """A match as the page shows it; ``ask`` is where whoever owns one of the two asks for the other."""
    other, is_need = one.post, isinstance(one.post, TechnicalNeed)
    mine = other if queries.owns(request.actor, other) else post if queries.owns(request.actor, post) else None
    contact = talked.get(other.pk)
    ask = ""
    if mine is not None and contact is None:
        beside = post if mine is other else other
        side = "need" if isinstance(mine, TechnicalNeed) else "offering"
        ask = f"{reverse(f'exchange:{side}_ask', args=[mine.uid])}?with={beside.uid}"
    who = local(other.organisation) if not is_need or queries.shows_name(request.actor, other) else _("匿名企业")
    return {
        "title": other.title,
        "url": reverse(f"exchange:{'need' if is_need else 'offering'}", args=[other.uid]),
        "who": who,
        "range": kept_range(other),
        "score": one.match.score,
        "pros": one.match.pros,
        "cons": one.match.cons,
        "ask": ask,
        "contact": reverse("exchange:contact", args=[contact.case.uid]) if contact else "",
    }


@require_http_methods(["GET", "POST"])
def need_revise(request: ActorRequest, uid: str) -> HttpResponse:
    """State a need anew."""
    return _revise(request, queries.need_by_uid(request.actor, uid), NeedForm, services.revise_need)


@require_http_methods(["GET", "POST"])
def offering_revise(request: ActorRequest, uid: str) -> HttpResponse:
    """State a result anew."""
    return _revise(request, queries.offering_by_uid(request.actor, uid), OfferingForm, services.revise_offering)


def _revise(request: ActorRequest, post: Any, form_of: Any, revise: Any) -> HttpResponse:
    back = _address(post)
    owner = Organisation.objects.filter(pk=post.organisation_id) if queries.keeps(request.actor, post) else []
    form = form_of(owner, posted(request), initial=stated(post) if owner else {})
    why_not = _why_not(request, post, _("修改"))

    def act(**_given: Any) -> Any:
        return revise(request.actor, post, facts=form.facts())

    crumbs = _crumbs((post.title, back), (_("修改"), ""), results=isinstance(post, Offering))
    context = {"title": _("修改"), "lead": post.title, "submit": _("保存"), "crumbs": crumbs}
    return _posting(request, form, act, context, back=back, done=_("已保存。"), why_not=why_not)


def _why_not(request: ActorRequest, post: TechnicalNeed | Offering, label: Any) -> Any | None:
    """Why the reader cannot do something about a post; None where it can. Raises SignInNeeded."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    return None if queries.owns(request.actor, post) and _is_open(post) else not_now(label)


def _is_open(post: TechnicalNeed | Offering) -> bool:
    return post.state in OPEN_NEEDS if isinstance(post, TechnicalNeed) else post.state == Offering.State.OPEN


def _address(post: Any) -> str:
    return reverse(f"exchange:{'need' if isinstance(post, TechnicalNeed) else 'offering'}", args=[post.uid])


@require_http_methods(["GET", "POST"])
def need_withdraw(request: ActorRequest, uid: str) -> HttpResponse:
    """Take a need back."""
    return _withdraw(request, queries.need_by_uid(request.actor, uid), services.withdraw_need)


@require_http_methods(["GET", "POST"])
def offering_withdraw(request: ActorRequest, uid: str) -> HttpResponse:
    """Take a result back."""
    return _withdraw(request, queries.offering_by_uid(request.actor, uid), services.withdraw_offering)


def _withdraw(request: ActorRequest, post: Any, withdraw: Any) -> HttpResponse:
    why_not = _why_not(request, post, _("撤回"))
    back, act = _address(post), partial(withdraw, request.actor, post)
    crumbs = _crumbs((post.title, back), (_("撤回"), ""), results=isinstance(post, Offering))
    context = {"title": _("撤回"), "lead": post.title, "danger": True, "crumbs": crumbs}
    return asked(request, ReasonForm(posted(request)), act, context, back=back, done=_("已撤回。"), why_not=why_not)


@require_safe
def mine(request: ActorRequest) -> HttpResponse:
    """What the reader's organisations have posted, and the contacts that concern them."""
    if not request.actor.signed_in:
        raise SignInNeeded(_("请先登录查看您的发布与对接。"))
    held = Organisation.objects.filter(pk__in=request.actor.organisations(*CLIENT_ROLES), merged_into=None)
    kinds = set(held.values_list("kind", flat=True))
    models: tuple[Any, ...] = (TechnicalNeed, Offering)
    found = [post for model in models for post in queries.mine(request.actor, model)[: queries.MINE]]
    posts = [
        (post, _address(post), post.get_state_display(), TONES[post.state], isinstance(post, TechnicalNeed))
        for post in found
    ]
    return render(
        request,
        "exchange/mine.html",
        {
            "posts": posts,
            "contacts": [contact_row(one) for one in queries.contacts(request.actor)[: queries.MINE]],
            "posts_needs": OrganisationKind.ENTERPRISE in kinds,
            "posts_results": bool(kinds & set(services.OFFERERS)),
            "place": "workbench",
            "crumbs": [(_("工作台"), "/work/"), (_("我的需求、成果与对接"), "")],
        },
    )
