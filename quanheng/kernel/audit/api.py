"""Notices, histories and webhooks over the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from quanheng.kernel.audit import mailing, queries, services, webhooks
from quanheng.kernel.audit.mailing import mailbox_of
from quanheng.kernel.audit.models import Delivery, Webhook
from quanheng.kernel.base.api import ActorRequest, Page, Shape, problems
from quanheng.kernel.base.errors import SignInNeeded
from quanheng.kernel.base.paging import page_of, read_cursor
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.parties.services import addresses

router = Router(tags=["trail"])


class ChangeOut(Shape):
    """One column that an act changed."""

    field: str
    label: str
    before: str
    after: str


class ToldOut(Shape):
    """One entry of a history. ``changes`` is empty where the changed row is not yours to see."""

    id: int
    at: datetime
    act: str
    label: str
    who: str
    reason: str
    state_from: str | None
    state_to: str | None
    made: str | None
    changes: list[ChangeOut]


class NoticeOut(Shape):
    """A notice to one of your organisations; ``path`` is the page of the case it is about."""

    id: int
    at: datetime
    act: str
    label: str
    who: str
    reason: str
    number: str
    title: str
    path: str
    new: bool


class NoticePage(Page[NoticeOut]):
    """``unseen`` stops at 100."""

    unseen: int


class SeenIn(Shape):
    upto: int = Field(ge=1, le=2**62, description="Id of the newest notice that was read")


class WebhookOut(Shape):
    uid: str
    url: str
    acts: list[str]
    active: bool
    created_at: datetime


class WebhookDetail(WebhookOut):
    secret: str = Field(description="Signs what is sent: Standard Webhooks 1.0, HMAC-SHA256")


class WebhookIn(Shape):
    url: str = Field(max_length=500)
    acts: list[str] = Field(default_factory=list, max_length=50, description="Acts or their prefixes; none for all")


class WebhookChange(Shape):
    """Absent is left as it is."""

    url: str | None = Field(None, max_length=500)
    acts: list[str] | None = Field(None, max_length=50)
    active: bool | None = None


class DeliveryOut(Shape):
    id: int
    act: str
    state: str
    tries: int
    next_try_at: datetime
    delivered_at: datetime | None
    last_error: str


def _page(items: Sequence[Any], limit: int, shown: list[dict[str, Any]]) -> dict[str, Any]:
    """A page that only goes on to what is older."""
    return {"items": shown, "next": f"a{items[-1].id}" if len(items) == limit else "", "previous": ""}


def _told(one: queries.Told) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.when,
        "act": one.act,
        "label": str(one.what),
        "who": str(one.who),
        "reason": one.reason,
        "state_from": str(one.state[0]) if one.state else None,
        "state_to": str(one.state[1]) if one.state else None,
        "made": str(one.made) if one.made else None,
        "changes": [
            {
                "field": change.field,
                "label": str(change.label),
                "before": str(change.before),
                "after": str(change.after),
            }
            for change in one.changes
        ],
    }


@router.get("/cases/{uid}/history", response={200: Page[ToldOut], **problems(404, 422)})
def history(
    request: ActorRequest,
    uid: str,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=100),
    children: bool = Query(False, description="With the cases under it"),
) -> Any:
    """What happened in a case, newest first."""
    case = by_uid(Case.objects.all(), uid, request.actor)
    told = queries.case_story(request.actor, case, children=children, before=read_cursor(cursor), limit=limit)
    return _page(told, limit, [_told(one) for one in told])


@router.get("/notices", response={200: NoticePage, **problems(401, 422)})
def list_notices(request: ActorRequest, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """Notices to your organisations, newest first, and how many are new."""
    found = queries.notices_for(request.actor, before=read_cursor(cursor), limit=limit)
    shown = [
        {
            "id": one.id,
            "at": one.when,
            "label": str(one.what),
            "who": str(one.who),
            "title": str(one.title),
            **{name: getattr(one, name) for name in ("act", "reason", "number", "path", "new")},
        }
        for one in found
    ]
    return {**_page(found, limit, shown), "unseen": queries.unseen_count(request.actor)}


@router.post("/notices/seen", response={204: None, **problems(401, 422)})
def seen(request: ActorRequest, body: SeenIn) -> Any:
    """The notices up to this one are no longer new to you."""
    services.mark_seen(request.actor, body.upto)
    return Status(204, None)


class MailOut(Shape):
    """What comes to you by e-mail, and where. ``told``: what others did that concerns your organisations; ``waiting``:
    what waits for you or is late there; each at_once, digest or none."""

    email: str
    standing: str = Field(description="given by an administrator, verified by you, or unverified: then nothing is sent")
    verified_at: datetime | None
    pending: str = Field(description="A new address; used once the link sent there is opened")
    link_sent_at: datetime | None
    told: str
    waiting: str
    language: str = Field(description="zh-hans, en, or empty for both")


class MailIn(Shape):
    """Absent is left as it is."""

    told: str | None = Field(None, max_length=8, description="at_once, digest or none")
    waiting: str | None = Field(None, max_length=8, description="at_once, digest or none")
    language: str | None = Field(None, max_length=8, description="zh-hans, en, or empty for both")


class LinkIn(Shape):
    token: str = Field(max_length=200, description="The last part of the link in the message")


def _me(request: ActorRequest) -> Person:
    person = Person.objects.filter(pk=request.actor.person_id or 0).first()
    if person is None:
        raise SignInNeeded(_("请先登录再进行此操作。"))
    return person


def _mail(request: ActorRequest) -> dict[str, Any]:
    person = _me(request)
    box = mailbox_of(person)
    return {
        **{name: getattr(box, name) for name in ("told", "waiting", "language")},
        "email": person.email,
        "standing": person.email_standing,
        "verified_at": person.email_verified_at,
        "pending": person.email_pending,
        "link_sent_at": person.email_link_at,
    }


@router.get("/me/mail", response={200: MailOut, **problems(401)})
def get_mail(request: ActorRequest) -> Any:
    """What you have chosen to get by e-mail, and the address it goes to."""
    return _mail(request)


@router.patch("/me/mail", response={200: MailOut, **problems(401, 403, 422)})
def choose_mail(request: ActorRequest, body: MailIn) -> Any:
    """Choose what comes by e-mail: at once, as a digest or not at all, by kind; and in which language."""
    mailing.choose_mail(request.actor, _me(request), **body.model_dump(exclude_unset=True))
    return _mail(request)


@router.post("/me/mail/link", response={200: MailOut, **problems(401, 403, 409)})
def send_link(request: ActorRequest) -> Any:
    """Send another link to the address that waits for it, or to one that an administrator gave."""
    addresses.send_link(request.actor, _me(request))
    return _mail(request)


@router.post("/me/mail/verify", response={200: MailOut, **problems(401, 403, 422)})
def verify_address(request: ActorRequest, body: LinkIn) -> Any:
    """Prove an address with the link that was sent there: good once, for three days, for you alone."""
    addresses.verify_address(request.actor, _me(request), token=body.token)
    return _mail(request)


def _webhook(request: ActorRequest, uid: str) -> Webhook:
    return by_uid(Webhook.objects.all(), uid, request.actor)


def _detail(webhook: Webhook) -> dict[str, Any]:
    return {**WebhookOut.model_validate(webhook).model_dump(), "secret": webhooks.secret_of(webhook)}


_ACTED = {200: WebhookDetail, **problems(401, 403, 404, 409, 422)}


@router.get("/organisations/{uid}/webhooks", response={200: Page[WebhookOut], **problems(404, 422)})
def list_webhooks(request: ActorRequest, uid: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """The webhooks of your organisation."""
    organisation = by_uid(Organisation.objects.all(), uid)
    return page_of(queries.webhooks_of(request.actor, organisation), cursor, limit)


@router.post("/organisations/{uid}/webhooks", response={201: WebhookDetail, **problems(401, 403, 404, 409, 422)})
def register(request: ActorRequest, uid: str, body: WebhookIn) -> Any:
    """Have your organisation's notices sent to a URL."""
    organisation = by_uid(Organisation.objects.all(), uid)
    return Status(201, _detail(webhooks.register_webhook(request.actor, organisation, url=body.url, acts=body.acts)))


@router.get("/webhooks/{uid}", response={200: WebhookDetail, **problems(404)})
def get_webhook(request: ActorRequest, uid: str) -> Any:
    """A webhook with its secret."""
    return _detail(_webhook(request, uid))


@router.patch("/webhooks/{uid}", response=_ACTED)
def change(request: ActorRequest, uid: str, body: WebhookChange) -> Any:
    """Change a webhook, disable it, or enable it again."""
    webhook = webhooks.change_webhook(request.actor, _webhook(request, uid), **body.model_dump(exclude_unset=True))
    return _detail(webhook)


@router.post("/webhooks/{uid}/test", response=_ACTED)
def ping(request: ActorRequest, uid: str) -> Any:
    """Have a message sent to the webhook."""
    return _detail(webhooks.ping_webhook(request.actor, _webhook(request, uid)))


@router.get("/webhooks/{uid}/deliveries", response={200: Page[DeliveryOut], **problems(404, 422)})
def list_deliveries(request: ActorRequest, uid: str, cursor: str = "", limit: int = Query(50, ge=1, le=100)) -> Any:
    """What was sent to a webhook, newest first."""
    rows = queries.deliveries_of(request.actor, _webhook(request, uid))
    return page_of(rows, cursor, limit, show=_delivery)


def _delivery(delivery: Delivery) -> dict[str, Any]:
    names = ("id", "state", "tries", "next_try_at", "delivered_at", "last_error")
    return {"act": delivery.entry.act, **{name: getattr(delivery, name) for name in names}}
