"""Needs, results and contacts over the API; their lists are the registers technical-needs and results-offered."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router, Status

from quanheng.domains.exchange import queries, services
from quanheng.domains.exchange import schemas as shapes
from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.process import CONTACT
from quanheng.domains.exchange.stating import NeedFacts, OfferingFacts
from quanheng.domains.exchange.vocabulary import fields
from quanheng.kernel.base.api import ActorRequest, Page, ReasonIn, problems
from quanheng.kernel.base.paging import page_of
from quanheng.kernel.cases.api import moves_out
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.queries import by_uid

router = Router(tags=["exchange"])
_ACTED = problems(401, 403, 404, 409, 422)

_SHARED = (
    *("uid", "created_at", "title", "text", "field", "item", "lower", "upper", "unit", "uncertainty"),
    *("open_until", "state"),
)


def _matches(request: ActorRequest, page: queries.PostPage) -> list[dict[str, Any]]:
    return [
        {
            "uid": one.post.uid,
            "title": one.post.title,
            "organisation": _owner(request, one.post),
            "score": one.match.score,
            "words": list(one.match.words),
            "reasons": one.match.reasons,
        }
        for one in (page.matches or page.mine)
    ]


def _owner(request: ActorRequest, post: TechnicalNeed | Offering) -> Organisation | None:
    """Whose a post is, where the reader may know."""
    if isinstance(post, TechnicalNeed) and not queries.shows_name(request.actor, post):
        return None
    return post.organisation


def _need(request: ActorRequest, uid: str) -> dict[str, Any]:
    need = queries.need_by_uid(request.actor, uid)
    names = (*_SHARED, "named", "family", "budget_cents", "deadline")
    page, gap = queries.post_page(request.actor, need), queries.gap_of(request.actor, need)
    return {
        **{name: getattr(need, name) for name in names},
        "organisation": _owner(request, need),
        "gap": gap.uid if gap else None,
        "matches": _matches(request, page),
    }


def _offering(request: ActorRequest, uid: str) -> dict[str, Any]:
    offering = queries.offering_by_uid(request.actor, uid)
    names = (*_SHARED, "organisation", "kind", "maturity", "terms", "identifier", "price_cents")
    page = queries.post_page(request.actor, offering)
    return {
        **{name: getattr(offering, name) for name in names},
        "families": list(offering.families.all()),
        "matches": _matches(request, page),
    }


@router.get("/fields", response=list[shapes.TechnicalFieldOut])
def list_fields(request: ActorRequest) -> Any:
    """Technical fields with their neighbours."""
    plain = ("code", "name_zh", "name_en")
    return [{**{name: getattr(one, name) for name in plain}, "near": sorted(one.near)} for one in fields().values()]


@router.post("/needs", response={201: shapes.TechnicalNeedOut, **_ACTED})
def post_need(request: ActorRequest, body: shapes.TechnicalNeedPost) -> Any:
    """Post a technical need of your enterprise."""
    given = body.model_dump()
    owner = by_uid(Organisation.objects.all(), given.pop("organisation"))
    gap = given.pop("gap")
    need = services.post_need(request.actor, owner, facts=NeedFacts(**given), gap=gap)
    return Status(201, _need(request, need.uid))


@router.get("/needs/{uid}", response={200: shapes.TechnicalNeedOut, **problems(404)})
def get_need(request: ActorRequest, uid: str) -> Any:
    """One technical need, with its matches as far as they are yours to see."""
    return _need(request, uid)


@router.put("/needs/{uid}", response={200: shapes.TechnicalNeedOut, **_ACTED})
def revise_need(request: ActorRequest, uid: str, body: shapes.TechnicalNeedIn) -> Any:
    """State an open need anew."""
    need = queries.need_by_uid(request.actor, uid)
    services.revise_need(request.actor, need, facts=NeedFacts(**body.model_dump()))
    return _need(request, uid)


@router.post("/needs/{uid}/withdraw", response={200: shapes.TechnicalNeedOut, **_ACTED})
def withdraw_need(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take a need back; its open contacts end."""
    services.withdraw_need(request.actor, queries.need_by_uid(request.actor, uid), reason=body.reason)
    return _need(request, uid)


@router.post("/needs/{uid}/ask", response={201: shapes.ExchangeContactDetail, **_ACTED})
def ask_offerer(request: ActorRequest, uid: str, body: shapes.ExchangeAskIn) -> Any:
    """Ask whoever has a result for a contact about your need."""
    need = queries.need_by_uid(request.actor, uid)
    offering = queries.offering_by_uid(request.actor, body.other)
    contact = services.ask_offerer(request.actor, need, offering=offering, message=body.message)
    return Status(201, _contact_detail(request, contact.case.uid))


@router.post("/results", response={201: shapes.OfferingOut, **_ACTED})
def post_offering(request: ActorRequest, body: shapes.OfferingPost) -> Any:
    """Post a result or a capacity of your institution."""
    given = body.model_dump()
    owner = by_uid(Organisation.objects.all(), given.pop("organisation"))
    families = tuple(given.pop("families"))
    offering = services.post_offering(request.actor, owner, facts=OfferingFacts(**given, families=families))
    return Status(201, _offering(request, offering.uid))


@router.get("/results/{uid}", response={200: shapes.OfferingOut, **problems(404)})
def get_offering(request: ActorRequest, uid: str) -> Any:
    """One result, with its matches as far as they are yours to see."""
    return _offering(request, uid)


@router.put("/results/{uid}", response={200: shapes.OfferingOut, **_ACTED})
def revise_offering(request: ActorRequest, uid: str, body: shapes.OfferingIn) -> Any:
    """State an open result anew."""
    given = body.model_dump()
    facts = OfferingFacts(**{**given, "families": tuple(given["families"])})
    services.revise_offering(request.actor, queries.offering_by_uid(request.actor, uid), facts=facts)
    return _offering(request, uid)


@router.post("/results/{uid}/withdraw", response={200: shapes.OfferingOut, **_ACTED})
def withdraw_offering(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take a result back; its open contacts end."""
    services.withdraw_offering(request.actor, queries.offering_by_uid(request.actor, uid), reason=body.reason)
    return _offering(request, uid)


@router.post("/results/{uid}/ask", response={201: shapes.ExchangeContactDetail, **_ACTED})
def ask_needer(request: ActorRequest, uid: str, body: shapes.ExchangeAskIn) -> Any:
    """Ask whoever has a need for a contact about your result; an anonymous firm is told to you once it accepts."""
    offering = queries.offering_by_uid(request.actor, uid)
    need = queries.need_by_uid(request.actor, body.other)
    contact = services.ask_needer(request.actor, offering, need=need, message=body.message)
    return Status(201, _contact_detail(request, contact.case.uid))


# --- contacts --------------------------------------------------------------------------------------------


def _contact(request: ActorRequest, contact: Contact) -> dict[str, Any]:
    case, need, offering = contact.case, contact.need, contact.offering
    hidden = not need.named and not Case.visible_to.allows(request.actor, case)
    names = ("message", "why_not", "remark", "amount_cents", "signed_on", "contract_number", "confirmed_at")
    return {
        **{name: getattr(case, name) for name in ("uid", "number", "state", "opened_at", "due_at")},
        "state_label": str(CONTACT.by_state[case.state].label),
        "need": need.uid,
        "need_title": need.title,
        "need_organisation": None if hidden else case.client,
        "offering": offering.uid,
        "offering_title": offering.title,
        "offering_organisation": offering.organisation,
        "asked_by": "offering" if contact.proposer_id == offering.organisation_id else "need",
        **{name: getattr(contact, name) for name in names},
    }


def _contact_detail(request: ActorRequest, uid: str) -> dict[str, Any]:
    page = queries.contact_page(request.actor, uid)
    return {
        **_contact(request, page.contact),
        "match": page.contact.match,
        "moves": moves_out(page.options),
    }


@router.get("/contacts", response={200: Page[shapes.ExchangeContactOut], **problems(422)})
def list_contacts(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Contacts of your organisations, newest first."""
    rows = queries.contacts(request.actor)
    return page_of(rows, cursor, limit, key="case_id", show=lambda one: _contact(request, one))


@router.get("/contacts/{uid}", response={200: shapes.ExchangeContactDetail, **problems(404)})
def get_contact(request: ActorRequest, uid: str) -> Any:
    """One contact: where it stands, the match behind it, what you can do now."""
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/accept", response={200: shapes.ExchangeContactDetail, **_ACTED})
def accept(request: ActorRequest, uid: str) -> Any:
    """Agree to a contact that you were asked for: both sides know each other from now on."""
    services.accept_contact(request.actor, queries.contact_by_uid(request.actor, uid))
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/decline", response={200: shapes.ExchangeContactDetail, **_ACTED})
def decline(request: ActorRequest, uid: str, body: shapes.ExchangeNoIn) -> Any:
    """Say no to a contact that you were asked for."""
    contact = queries.contact_by_uid(request.actor, uid)
    services.decline_contact(request.actor, contact, why_not=body.why_not, reason=body.reason)
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/withdraw", response={200: shapes.ExchangeContactDetail, **_ACTED})
def withdraw(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take back a contact that you asked for."""
    services.withdraw_contact(request.actor, queries.contact_by_uid(request.actor, uid), reason=body.reason)
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/write", response={200: shapes.ExchangeContactDetail, **_ACTED})
def write(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """A few lines to the other side; they stay in the history."""
    services.write_to_contact(request.actor, queries.contact_by_uid(request.actor, uid), reason=body.reason)
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/sign", response={200: shapes.ExchangeContactDetail, **_ACTED})
def sign(request: ActorRequest, uid: str, body: shapes.ExchangeContractIn) -> Any:
    """Record the contract, on the side with the need; it counts once the other side has confirmed it."""
    services.sign_contact(request.actor, queries.contact_by_uid(request.actor, uid), **body.model_dump())
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/confirm", response={200: shapes.ExchangeContactDetail, **_ACTED})
def confirm(request: ActorRequest, uid: str) -> Any:
    """Confirm the recorded contract, on the side with the result: the need closes."""
    services.confirm_contract(request.actor, queries.contact_by_uid(request.actor, uid))
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/refuse", response={200: shapes.ExchangeContactDetail, **_ACTED})
def refuse(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Say that what was recorded is not your contract, and why: both sides talk again."""
    services.refuse_contract(request.actor, queries.contact_by_uid(request.actor, uid), reason=body.reason)
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/take-back", response={200: shapes.ExchangeContactDetail, **_ACTED})
def take_back(request: ActorRequest, uid: str, body: ReasonIn) -> Any:
    """Take the recorded contract back before it is confirmed."""
    services.take_back_contract(request.actor, queries.contact_by_uid(request.actor, uid), reason=body.reason)
    return _contact_detail(request, uid)


@router.post("/contacts/{uid}/end", response={200: shapes.ExchangeContactDetail, **_ACTED})
def end(request: ActorRequest, uid: str, body: shapes.ExchangeNoIn) -> Any:
    """End the talks without a contract, and say why."""
    contact = queries.contact_by_uid(request.actor, uid)
    services.end_contact(request.actor, contact, why_not=body.why_not, reason=body.reason)
    return _contact_detail(request, uid)


@router.get("/figures", response={200: shapes.ExchangeFiguresOut, **problems(401, 403)})
def get_figures(request: ActorRequest) -> Any:
    """Counts by technical field, for planners and regulators."""
    found = queries.figures(request.actor)
    names = ("needs", "open_needs", "offerings", "contacts", "talks", "contracts", "amount_cents", "noes")
    return {
        "fields": [
            {
                "field": row.field.code,
                "name_zh": row.field.name_zh,
                "name_en": row.field.name_en,
                **{name: getattr(row, name) for name in names},
            }
            for row in found.rows
        ],
        "why_not": [{"reason": str(label), "count": count} for label, count in found.reasons],
    }
