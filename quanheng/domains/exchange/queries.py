"""Reads of needs, results and contacts, already restricted to what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from quanheng.domains.exchange import finding
from quanheng.domains.exchange.finding import OPEN_NEEDS, Found, full
from quanheng.domains.exchange.models import Contact, Offering, Posting, TechnicalNeed
from quanheng.domains.exchange.vocabulary import Field, fields
from quanheng.domains.services.models import Gap
from quanheng.domains.services.queries import gaps
from quanheng.kernel.audit.queries import Told, case_story
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Denied, NotFound, SignInNeeded
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.services import Option, options
from quanheng.kernel.parties.roles import CLIENT_ROLES, REGULATORS, Role

P = TypeVar("P", bound=Posting)

# How many of one's own posts another's is compared with on its page.
MINE = 50


def needs(actor: Actor) -> QuerySet[TechnicalNeed]:
    """Technical needs that the actor may see."""
    return restrict(TechnicalNeed.objects.all(), actor).select_related("organisation", "family", "item")


def offerings(actor: Actor) -> QuerySet[Offering]:
    """Results and capacities that the actor may see."""
    return restrict(Offering.objects.all(), actor).select_related("organisation", "item")


def need_by_uid(actor: Actor, uid: str) -> TechnicalNeed:
    """One need. Raises NotFound, also where the actor may not see it."""
    found = needs(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该技术需求，或您无权查看。请核对编号。"))
    return found


def offering_by_uid(actor: Actor, uid: str) -> Offering:
    """One result. Raises NotFound, also where the actor may not see it."""
    found = offerings(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该成果，或您无权查看。请核对编号。"))
    return found


def owns(actor: Actor, post: Posting) -> bool:
    """Whether the actor acts for whoever posted it; services ask again."""
    return post.organisation_id in actor.organisations(*CLIENT_ROLES)


def keeps(actor: Actor, post: Posting) -> bool:
    """Whether the actor is of the organisation that posted it, or oversees it: to them it is never anonymous."""
    return post.story_to.allows(actor, post) if post.story_to else False


def shows_name(actor: Actor, need: TechnicalNeed) -> bool:
    """Whether the actor may know whose need it is."""
    return need.named or keeps(actor, need)


def mine(actor: Actor, model: type[P]) -> QuerySet[P]:
    """Posts of the organisations that the actor acts for, newest first."""
    rows: QuerySet[P] = full(model).filter(organisation__in=actor.organisations(*CLIENT_ROLES))
    return rows.order_by("-id")


@dataclass(frozen=True)
class PostPage:
    """A post with what its reader gets to see beside it: to its keepers its matches, to others those among their own
    posts; ``contacts`` that the reader may see."""

    post: Any
    owner: bool
    keeper: bool
    matches: Sequence[Found]
    mine: Sequence[Found]
    contacts: Sequence[Contact]


def post_page(actor: Actor, post: TechnicalNeed | Offering) -> PostPage:
    """One post for its page."""
    is_need = isinstance(post, TechnicalNeed)
    open_ = post.state in OPEN_NEEDS if is_need else post.state == Offering.State.OPEN
    keeper = keeps(actor, post)
    own: QuerySet[Any] = mine(actor, Offering if is_need else TechnicalNeed)
    own = own.exclude(organisation=post.organisation_id)
    own = own.filter(state__in=[Offering.State.OPEN] if is_need else OPEN_NEEDS)
    side = {"need": post} if is_need else {"offering": post}
    return PostPage(
        post=post,
        owner=owns(actor, post),
        keeper=keeper,
        matches=finding.matches_of(post) if keeper and open_ else [],
        mine=finding.among(post, own[:MINE]) if open_ and not keeper and actor.signed_in else [],
        contacts=list(contacts(actor).filter(**side)[:MINE]) if actor.signed_in else [],
    )


def contacts(actor: Actor) -> QuerySet[Contact]:
    """Contacts that the actor may see, newest first."""
    rows = restrict(Contact.objects.all(), actor)
    rows = rows.select_related("case__client", "case__handler", "need", "offering__organisation")
    return rows.order_by("-case_id")


@dataclass(frozen=True)
class ContactPage:
    """A contact for its page. Where ``veiled``, whoever has the need is hidden from the reader, and with it the
    history of the case."""

    contact: Contact
    veiled: bool
    story: Sequence[Told]
    options: Sequence[Option]


def contact_by_uid(actor: Actor, uid: str) -> Contact:
    """One contact. Raises NotFound, also where the actor may not see it."""
    rows = contacts(actor).select_related("need__organisation", "proposer", "asked")
    found = rows.filter(case__uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该对接，或您无权查看。请核对编号。"))
    return found


def contact_page(actor: Actor, uid: str) -> ContactPage:
    """One contact for its page. Raises NotFound, also where the actor may not see it."""
    contact = contact_by_uid(actor, uid)
    veiled = not Case.visible_to.allows(actor, contact.case)
    story = [] if veiled else case_story(actor, contact.case)
    return ContactPage(contact, veiled, story, options(actor, contact))


def gap_of(actor: Actor, need: TechnicalNeed) -> Gap | None:
    """The missing capacity that a need was posted from, for whoever may see that."""
    return gaps(actor).filter(pk=need.gap_id).first() if need.gap_id else None


# --- for planners ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldFigures:
    """What happened in one technical field."""

    field: Field
    needs: int
    open_needs: int
    offerings: int
    contacts: int
    talks: int
    contracts: int
    amount_cents: int
    noes: int


@dataclass(frozen=True)
class Figures:
    """Needs, results and contacts of the regions that the actor oversees, by field; why contacts came to nothing."""

    rows: Sequence[FieldFigures]
    total: FieldFigures
    reasons: Sequence[tuple[Any, int]]


_EVERYTHING = Field("", "合计", "All fields", frozenset())


def figures(actor: Actor) -> Figures:
    """Counts for planners and regulators, four queries. Raises SignInNeeded, Denied."""
    prefixes = actor.regions(*REGULATORS, Role.PLANNER)
    if not actor.signed_in:
        raise SignInNeeded(_("请先登录再查看供需统计。"))
    if not prefixes:
        raise Denied(_("供需统计供规划和监管人员查看。"))
    seen_needs = _within("region_code", prefixes)
    by_field = {row["field"]: row for row in _needs_by_field(seen_needs)}
    offered = {row["field"]: row["all"] for row in _offerings_by_field(seen_needs)}
    met = {row["need__field"]: row for row in _contacts_by_field(_within("case__region_code", prefixes))}
    rows = [
        FieldFigures(
            field=one,
            needs=by_field.get(code, {}).get("all", 0),
            open_needs=by_field.get(code, {}).get("open", 0),
            offerings=offered.get(code, 0),
            contacts=met.get(code, {}).get("all", 0),
            talks=met.get(code, {}).get("talks", 0),
            contracts=met.get(code, {}).get("contracts", 0),
            amount_cents=met.get(code, {}).get("amount") or 0,
            noes=met.get(code, {}).get("noes", 0),
        )
        for code, one in fields().items()
    ]
    names = ("needs", "open_needs", "offerings", "contacts", "talks", "contracts", "amount_cents", "noes")
    total = FieldFigures(_EVERYTHING, **{name: sum(getattr(row, name) for row in rows) for name in names})
    counted = {row["why_not"]: row["all"] for row in _contacts_by_no(_within("case__region_code", prefixes))}
    said = [(label, counted[code]) for code, label in Contact.No.choices if code in counted]
    return Figures(
        [row for row in rows if row.needs or row.offerings or row.contacts],
        total,
        sorted(said, key=lambda one: (-one[1], str(one[0]))),
    )


def _within(path: str, prefixes: Sequence[str]) -> Q:
    found = Q(pk__in=())
    for prefix in prefixes:
        found |= Q(**{f"{path}__startswith": prefix})
    return found


def _needs_by_field(seen: Q) -> Any:
    rows = TechnicalNeed.objects.filter(seen).order_by().values("field")
    return rows.annotate(all=Count("id"), open=Count("id", filter=Q(state__in=OPEN_NEEDS)))


def _offerings_by_field(seen: Q) -> Any:
    return Offering.objects.filter(seen).order_by().values("field").annotate(all=Count("id"))


def _contacts_by_no(seen: Q) -> Any:
    rows = Contact.objects.filter(seen).exclude(why_not="").order_by()
    return rows.values("why_not").annotate(all=Count("case_id"))


def _contacts_by_field(seen: Q) -> Any:
    rows = Contact.objects.filter(seen).order_by().values("need__field")
    return rows.annotate(
        all=Count("case_id"),
        talks=Count("case_id", filter=Q(case__state__in=("talks", "to_confirm"))),
        contracts=Count("case_id", filter=Q(case__state="contracted")),
        amount=Sum("amount_cents", filter=Q(case__state="contracted")),
        noes=Count("case_id", filter=~Q(why_not="")),
    )
