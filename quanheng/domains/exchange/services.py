"""The acts of needs and results: post, revise, withdraw; ask the other side, answer, talk, sign or end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.exchange.finding import compared, keep_words
from quanheng.domains.exchange.models import Contact, Offering, TechnicalNeed
from quanheng.domains.exchange.process import CONTACT, still_open
from quanheng.domains.exchange.stating import (
    MAX_CENTS,
    NeedFacts,
    OfferingFacts,
    check_anonymous,
    write_need,
    write_offering,
)
from quanheng.domains.services.queries import gaps
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, lock, remark
from quanheng.kernel.base.cells import Cells
from quanheng.kernel.base.checks import checked_text, need_reason
from quanheng.kernel.base.errors import Conflict, Denied, Invalid
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases import clocks, running
from quanheng.kernel.cases.services import move, open_case
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import CLIENT_ROLES, OrganisationKind

_OWNERS = Holds("organisation", *CLIENT_ROLES)
# Who offers results: whoever researches, measures, tests, certifies or standardises.
OFFERERS = (
    OrganisationKind.RESEARCH,
    OrganisationKind.LABORATORY,
    OrganisationKind.METROLOGY_INSTITUTE,
    OrganisationKind.CERTIFICATION_BODY,
    OrganisationKind.INSPECTION_BODY,
    OrganisationKind.STANDARDS_BODY,
    OrganisationKind.SCHEME_PROVIDER,
)


@act("exchange.need.post", on=Organisation, label=_("发布技术需求"), may=Holds("", *CLIENT_ROLES))
def post_need(actor: Actor, organisation: Organisation, *, facts: NeedFacts, gap: str = "") -> TechnicalNeed:
    """A new technical need, open at once. ``gap`` is the uid of the missing capacity that it is posted from.

    Raises Invalid, Denied (not an enterprise).
    """
    if organisation.kind != OrganisationKind.ENTERPRISE:
        raise Denied(_("只有企业发布技术需求；机构请发布成果或能力。"))
    need = TechnicalNeed(organisation=organisation, posted_by_id=actor.person_id)
    write_need(need, facts)
    need.open_until = need.deadline or _end_of_rule("one_stop.posting_validity", timezone.now())
    if gap:
        need.gap = gaps(actor).filter(uid=gap, organisation=organisation).first()
        if need.gap is None:
            raise Invalid.field("gap", _("没有找到该能力缺口，请从方案页面重新进入。"))
    need.save()
    keep_words(need)
    return need


@act("exchange.need.revise", on=TechnicalNeed, label=_("修改技术需求"), may=_OWNERS)
def revise_need(actor: Actor, need: TechnicalNeed, *, facts: NeedFacts) -> TechnicalNeed:
    """State an open need anew. A firm stays named where somebody knows it already. Raises Invalid, Conflict."""
    _still(need, TechnicalNeed.State.OPEN, TechnicalNeed.State.IN_TALKS)
    was_named = need.named
    write_need(need, facts)
    if was_named and not need.named and need.contacts.exists():
        raise Invalid.field("named", _("已有对接，对方已知道企业名称，不能再改为不公开。"))
    need.open_until = need.deadline or _end_of_rule("one_stop.posting_validity", need.created_at)
    if need.open_until < timezone.localdate():
        need.open_until = _end_of_rule("one_stop.posting_validity", timezone.now())
    need.save()
    keep_words(need)
    return need


@act("exchange.need.withdraw", on=TechnicalNeed, label=_("撤回技术需求"), may=_OWNERS)
def withdraw_need(actor: Actor, need: TechnicalNeed, *, reason: str) -> TechnicalNeed:
    """Take a need back; its open contacts end, and whoever was asked is told why."""
    reason = need_reason(reason)
    _still(need, TechnicalNeed.State.OPEN, TechnicalNeed.State.IN_TALKS)
    if not need.named:
        _unnamed(need, reason=reason)
    _close_need(need, TechnicalNeed.State.WITHDRAWN)
    _cease(need.contacts, Contact.No.NO_LONGER, reason)
    return need


@act("exchange.need.lapse", on=TechnicalNeed, label=_("技术需求到期"), may=PlatformOnly(), tells=("organisation",))
def lapse_need(actor: Actor, need: TechnicalNeed) -> TechnicalNeed:
    """The day until which it was shown has passed: the platform closes it."""
    _still(need, TechnicalNeed.State.OPEN)
    _close_need(need, TechnicalNeed.State.LAPSED)
    _cease(need.contacts, Contact.No.NO_LONGER, "")
    return need


@act("exchange.offering.post", on=Organisation, label=_("发布成果或能力"), may=Holds("", *CLIENT_ROLES))
def post_offering(actor: Actor, organisation: Organisation, *, facts: OfferingFacts) -> Offering:
    """A new result or capacity, open at once. Raises Invalid, Denied (an enterprise, a regulator)."""
    if organisation.kind not in OFFERERS:
        raise Denied(_("由科研机构、高校和技术机构发布成果与能力；企业请发布技术需求。"))
    offering = Offering(organisation=organisation, posted_by_id=actor.person_id)
    families = write_offering(offering, facts)
    offering.family_codes = [one.code for one in families]
    offering.save()
    _keep(offering, families)
    return offering


@act("exchange.offering.revise", on=Offering, label=_("修改成果"), may=_OWNERS)
def revise_offering(actor: Actor, offering: Offering, *, facts: OfferingFacts) -> Offering:
    """State an open result anew. Raises Invalid, Conflict."""
    _still(offering, Offering.State.OPEN)
    families = write_offering(offering, facts)
    offering.family_codes = [one.code for one in families]
    offering.save()
    _keep(offering, families)
    return offering


@act("exchange.offering.withdraw", on=Offering, label=_("撤回成果"), may=_OWNERS)
def withdraw_offering(actor: Actor, offering: Offering, *, reason: str) -> Offering:
    """Take a result back; its open contacts end."""
    reason = need_reason(reason)
    _still(offering, Offering.State.OPEN)
    _close_offering(offering, Offering.State.WITHDRAWN, reason)
    return offering


@act("exchange.offering.lapse", on=Offering, label=_("成果到期"), may=PlatformOnly(), tells=("organisation",))
def lapse_offering(actor: Actor, offering: Offering) -> Offering:
    """The last day of the offer has passed: the platform closes it; contacts under way go on."""
    _still(offering, Offering.State.OPEN)
    offering.state = Offering.State.LAPSED
    offering.save(update_fields=["state"])
    keep_words(offering)
    return offering


@act(
    "exchange.need.ask",
    on=TechnicalNeed,
    label=_("邀请成果方对接"),
    may=_OWNERS,
    tells=("need__organisation", "offering__organisation"),
)
def ask_offerer(actor: Actor, need: TechnicalNeed, *, offering: Offering, message: str) -> Contact:
    """Whoever has the need asks whoever has the result; an anonymous firm makes itself known to it by that."""
    return _propose(need, offering, message, by_need=True)


@act(
    "exchange.offering.ask",
    on=Offering,
    label=_("邀请需求方对接"),
    may=_OWNERS,
    tells=("need__organisation", "offering__organisation"),
)
def ask_needer(actor: Actor, offering: Offering, *, need: TechnicalNeed, message: str) -> Contact:
    """Whoever has the result asks whoever has the need, who may be anonymous until it accepts."""
    return _propose(lock(need), offering, message, by_need=False)


def _propose(need: TechnicalNeed, offering: Offering, message: str, *, by_need: bool) -> Contact:
    """A contact of a pair, once: the need is locked, so that of two sides that ask at once the second finds it."""
    message = checked_text("message", message, 500, missing=_("请写几句话：您是谁、想谈什么。"))
    if reason := still_open(need, offering):
        raise Conflict(reason, code="not-open")
    if need.organisation_id == offering.organisation_id:
        raise Conflict(_("需求和成果属于同一家机构。"), code="same-organisation")
    found = need.contacts.filter(offering=offering, open=True).select_related("case").first()
    if found:
        raise Conflict(filled(_("这一对已在对接：%(number)s。"), number=found.case.number), code="contact-open")
    anonymous = not need.named and not by_need
    match = compared(need, offering)
    case = open_case(
        CONTACT,
        title=f"{need.title} ↔ {offering.title}",
        client=need.organisation,
        handler=None if anonymous else offering.organisation,
        region_code=need.region_code,
        state="asks_result" if by_need else "asks_need",
    )
    contact = Contact(
        case=case,
        need=need,
        offering=offering,
        proposer=need.organisation if by_need else offering.organisation,
        asked=offering.organisation if by_need else need.organisation,
        message=message,
        match={"score": match.score, "words": list(match.words), "reasons": [asdict(one) for one in match.reasons]}
        if match
        else {},
    )
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
    except IntegrityError:
        raise Conflict(_("这一对已在对接，请刷新页面。"), code="contact-open") from None
    _tell(contact)
    return contact


@move(CONTACT, "accept")
def accept_contact(actor: Actor, contact: Contact) -> Contact:
    """The side that was asked agrees: both know each other from now on, and talk."""
    if contact.veiled:
        contact.case.handler = contact.offering.organisation
        contact.case.save(update_fields=["handler"])
    need = contact.need
    need.state = TechnicalNeed.State.IN_TALKS
    need.save(update_fields=["state"])
    _tell(contact)
    return contact


@move(CONTACT, "decline")
def decline_contact(actor: Actor, contact: Contact, *, why_not: str, reason: str) -> Contact:
    """The side that was asked says no, and why."""
    reason = _no(contact, why_not, need_reason(reason))
    if contact.veiled:
        _unnamed(contact.need, reason=reason)
    _tell(contact)
    return contact


@move(CONTACT, "withdraw")
def withdraw_contact(actor: Actor, contact: Contact, *, reason: str) -> Contact:
    """Whoever asked takes it back before it is answered."""
    _no(contact, Contact.No.NO_LONGER, need_reason(reason))
    _tell(contact)
    return contact


@move(CONTACT, "lapse")
def lapse_contact(actor: Actor, contact: Contact) -> Contact:
    """Nobody answered in time."""
    _no(contact, Contact.No.SILENCE, "")
    _tell(contact)
    return contact


@move(CONTACT, "write")
def write_to_contact(actor: Actor, contact: Contact, *, reason: str) -> Contact:
    """A few lines to the other side; they stay in the history."""
    need_reason(reason)
    return contact


@move(CONTACT, "sign")
def sign_contact(
    actor: Actor, contact: Contact, *, amount_cents: int, signed_on: date, contract_number: str
) -> Contact:
    """The side with the need records a contract; it counts once the other side has confirmed it. Raises Invalid."""
    if not 0 < amount_cents <= MAX_CENTS:
        raise Invalid.field("amount_cents", _("请填写合同金额。"))
    opened = timezone.localtime(contact.case.opened_at).date()
    if not opened <= signed_on <= timezone.localdate():
        sentence = _("签约日期应在对接开始（%(day)s）与今天之间。")
        raise Invalid.field("signed_on", filled(sentence, day=opened))
    contact.contract_number = checked_text("contract_number", contract_number, 60)
    contact.amount_cents, contact.signed_on = amount_cents, signed_on
    contact.save(update_fields=list(_CONTRACT))
    return contact


_CONTRACT = ("amount_cents", "signed_on", "contract_number")


@move(CONTACT, "confirm")
def confirm_contract(actor: Actor, contact: Contact) -> Contact:
    """The side with the result confirms what was recorded: the need closes, and its other contacts end."""
    contact.confirmed_at, contact.open = timezone.now(), False
    contact.save(update_fields=["confirmed_at", "open"])
    _close_need(contact.need, TechnicalNeed.State.CONTRACTED)
    _cease(contact.need.contacts.exclude(pk=contact.pk), Contact.No.ELSEWHERE, "")
    return contact


@move(CONTACT, "refuse")
def refuse_contract(actor: Actor, contact: Contact, *, reason: str) -> Contact:
    """The side with the result says that this is not their contract, and why: both talk again."""
    need_reason(reason)
    return _unsigned(contact)


@move(CONTACT, "take_back")
def take_back_contract(actor: Actor, contact: Contact, *, reason: str) -> Contact:
    """Whoever recorded it takes it back before it is confirmed, to record it as it is."""
    need_reason(reason)
    return _unsigned(contact)


def _unsigned(contact: Contact) -> Contact:
    """What was recorded stands in the history alone."""
    contact.amount_cents, contact.signed_on, contact.contract_number = None, None, ""
    contact.save(update_fields=list(_CONTRACT))
    return contact


@move(CONTACT, "end")
def end_contact(actor: Actor, contact: Contact, *, why_not: str, reason: str) -> Contact:
    """The talks come to nothing, and why; the need is open again where nobody else talks about it."""
    _no(contact, why_not, need_reason(reason))
    _reopen(contact)
    return contact


@move(CONTACT, "cease")
def cease_contact(actor: Actor, contact: Contact, *, why_not: str, reason: str = "") -> Contact:
    """The need or the result is no longer there: the platform ends it. What nobody confirmed is no contract."""
    _unsigned(contact)
    _no(contact, why_not, reason)
    _reopen(contact)
    _tell(contact)
    return contact


def _no(contact: Contact, why_not: str, reason: str) -> str:
    if why_not not in Contact.No.values or (why_not == Contact.No.SILENCE and reason):
        raise Invalid.field("why_not", _("请从列表中选择原因。"))
    contact.why_not, contact.remark, contact.open = why_not, reason, False
    contact.save(update_fields=["why_not", "remark", "open"])
    return reason


def _tell(contact: Contact) -> None:
    """What a notice says to whoever may not see the case: number, title and the page of the contact."""
    title = {"title_zh": contact.case.title, "title_en": contact.case.title}
    path = CONTACT.path.format(uid=contact.case.uid)
    remark(about={"number": contact.case.number, "path": path, **title})


def _unnamed(need: TechnicalNeed, **texts: str) -> None:
    """Refuse texts in which a firm that is not named names itself."""
    cells = Cells(texts)
    check_anonymous(cells, need.organisation, *texts)
    if cells.errors:
        raise Invalid(cells.errors[0].message, errors=cells.errors)


def _still(post: Any, *states: str) -> None:
    if post.state not in states:
        sentence = _("当前状态为“%(state)s”，不能再修改。")
        raise Conflict(filled(sentence, state=post.get_state_display()), code="wrong-state")


def _keep(offering: Offering, families: list[Any]) -> None:
    offering.families.set(families)
    keep_words(offering)


def _close_need(need: TechnicalNeed, state: str) -> None:
    need.state = state
    need.save(update_fields=["state"])
    keep_words(need)


def _close_offering(offering: Offering, state: str, reason: str) -> None:
    offering.state = state
    offering.save(update_fields=["state"])
    keep_words(offering)
    _cease(offering.contacts, Contact.No.NO_LONGER, reason)


def _cease(contacts: Any, why_not: str, reason: str) -> None:
    for contact in contacts.filter(open=True).select_related("case").order_by("pk"):
        # Whoever ended it in this very moment was quicker, and it has ended.
        with suppress(Conflict):
            cease_contact(Actor.platform(), contact, why_not=why_not, reason=reason)


def _reopen(contact: Contact) -> None:
    """A need that nobody talks about any more is open again."""
    need = contact.need
    talking = need.contacts.filter(case__state__in=("talks", "to_confirm")).exclude(pk=contact.pk).exists()
    if need.state == TechnicalNeed.State.IN_TALKS and not talking:
        need.state = TechnicalNeed.State.OPEN
        need.save(update_fields=["state"])


def _end_of_rule(key: str, start: datetime) -> date:
    """The last day of a period of the rule table that begins at ``start``."""
    rule = running.rule_in_force(key, timezone.localdate(start))
    period = clocks.parse_periods(rule.value, rule.unit, rule.day_type, rule.direction)[-1]
    return clocks.due(clocks.ClockState(started_at=start), period, running.calendar()).last_day
