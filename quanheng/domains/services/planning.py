"""A plan in the making: the need read, everyone competent asked, one institution chosen for each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quanheng.domains.services import chips
from quanheng.domains.services.advice import licence_advice
from quanheng.domains.services.alternatives import alternatives
from quanheng.domains.services.certifying import Entry, certification, fee_cents, scheduled
from quanheng.domains.services.certifying import asked as asks_certification
from quanheng.domains.services.choosing import SECONDS, Chosen, Market
from quanheng.domains.services.composing.choice import Candidate, Wanted, total_cents
from quanheng.domains.services.keeping import limits_of, past_deadline, tell_limits, way_out, ways_farther
from quanheng.domains.services.lasting import waiting
from quanheng.domains.services.matching import Match, Offer, ask
from quanheng.domains.services.models import Need, Plan, PlanLine
from quanheng.domains.services.near import nearness_of, up
from quanheng.domains.services.room import Room, Work
from quanheng.domains.services.timing import Timing
from quanheng.domains.services.wanting import METROLOGY, Reading, Subject, bundle_of, read_need, subject_again
from quanheng.kernel.base.errors import Invalid, bilingual
from quanheng.kernel.base.html import yuan
from quanheng.kernel.base.texts import Sentence, Told, both
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.requirements.models import Item

# Of the many who could, a plan keeps the best few with their reasons, and some of those who just could not.
SHOWN_ABLE = 12
SHOWN_UNABLE = 6


@dataclass
class Draft:
    """A plan that is not stored yet; its lines have no plan."""

    prefer: str
    gap: float | None = 0.0
    lines: list[PlanLine] = field(default_factory=list)
    total_cents: int = 0
    days: int = 0
    ready_on: date | None = None
    gaps: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    advice: list[dict[str, Any]] = field(default_factory=list)
    certification: list[dict[str, Any]] = field(default_factory=list)
    schedule: dict[str, Any] = field(default_factory=dict)


def usual_preference(need: Need) -> str:
    """Fastest for an urgent need, else balanced."""
    urgent = "urgent" in chips.codes(need.understanding, "service")
    return Plan.Prefer.FASTEST if urgent else Plan.Prefer.BALANCED


def draft(need: Need, prefer: str, day: date) -> Draft:
    """The plan of a day for a need."""
    reading = read_need(need, day)
    near = nearness_of(need)
    for kind, sentence, facts in near.told():
        reading.warn(kind, sentence, **facts)
    room, matches = ask(reading.subjects, need, day, near=near)
    gaps = [*reading.gaps, *(_gap(match) for match in matches if not match.offers)]
    entries = certification(need, prefer, day, [one for one in gaps if one["activity"] not in METROLOGY])
    timing = Timing(day, entries)
    limits = limits_of(need, timing, entries)
    market = Market(matches, room, counted=timing.counted)
    chosen = market.choose(prefer, limits, SECONDS)
    able = [match for match in market.matches if match.subject.position in chosen.offers]
    gaps += [_gap(match, chosen.left[match.subject.position]) for match in market.matches if match not in able]
    _tell_unknown(need, reading)
    if past := past_deadline(need):
        reading.warnings.append({"kind": "past", **past})
    if need.family and asks_certification(need) and not entries:
        name = (need.family.name_zh, need.family.name_en)
        reading.warn("certification", _("没有登记适用于%(name)s的认证制度，方案未包括认证。"), name=name)
    made = Draft(prefer=prefer, gap=chosen.gap, gaps=gaps, advice=reading.advice, warnings=reading.warnings)
    for position, match in enumerate(able, start=1):
        made.lines.append(_line(position, match, chosen, room, _partners(able, chosen, match)))
    made.total_cents = total_cents(chosen.choice)
    _schedule(made, made.lines, entries, timing)
    ways = alternatives(market, limits, timing, prefer, chosen)
    made.schedule = {**waiting(day), **near.kept(), "ways": ways}
    tell_limits(need, made)
    made.warnings += [way_out(one, need, timing, fee_cents(entries)) for one in chosen.relaxations]
    if near.binding:
        anywhere = [_anywhere(match, timing) for match in matches if match.offers or match.beyond]
        left_out = any(match.beyond and not match.offers for match in matches)
        made.warnings += ways_farther(anywhere, near, limits, kept=not chosen.relaxations, left_out=left_out)
    made.advice += licence_advice(need)
    return made


def _schedule(made: Draft | Plan, lines: Sequence[PlanLine], entries: Sequence[Entry], timing: Timing) -> None:
    """When the last report is out, and from when to when certification takes, which waits for the tests alone."""
    tests = [line.days for line in lines if line.activity not in METROLOGY]
    if lines:
        made.days = max(line.days for line in lines) + timing.handling
        made.ready_on = timing.ready(made.days - timing.handling)
    made.certification = scheduled(entries, timing.ready(max(tests)) if tests else timing.day)


def _anywhere(match: Match, timing: Timing) -> Wanted:
    """An item with who can do it, those too who are not near enough, as far as their distance is known."""
    offers = [(offer, 0.0) for offer in match.offers]
    offers += [(one, up(km)) for one in match.beyond if (km := one.candidate.distance_km) is not None]
    count, test = match.subject.count, match.activity not in METROLOGY
    return Wanted(
        match.subject.position,
        bundle_of(match.subject.item, match.activity),
        tuple(
            Candidate(
                offer.line.organisation_id,
                offer.line.pk,
                offer.line.price_cents * count,
                timing.counted(offer.days, test),
                km,
            )
            for offer, km in offers
        ),
    )


def _partners(able: Sequence[Match], chosen: Chosen, match: Match) -> frozenset[int]:
    """Institutions that do other items of the same bundle: joining them needs no further order."""
    bundle = bundle_of(match.subject.item, match.activity)
    return frozenset(
        chosen.choice[other.subject.position].institution
        for other in able
        if other is not match and bundle_of(other.subject.item, other.activity) == bundle
    )


def _line(position: int, match: Match, chosen: Chosen, room: Room, partners: frozenset[int]) -> PlanLine:
    subject, offer = match.subject, chosen.offers[match.subject.position]
    line, days = offer.line, chosen.days[subject.position]
    return PlanLine(
        position=position,
        activity=match.activity,
        requirement=subject.requirement,
        item=subject.item,
        method_id=line.method_id,
        institution=line.organisation,
        scope_line=line,
        count=subject.count,
        price_cents=line.price_cents * subject.count,
        days=days,
        wait_days=days - line.days,
        considered=considered(match, replace(offer, days=days), room, partners),
    )


def considered(match: Match, chosen: Offer, room: Room, partners: frozenset[int]) -> list[dict[str, Any]]:
    """The candidates of a line as a plan keeps them: the chosen one, the other able ones by price, some unable.

    ``chosen`` comes with its days as the plan places it.
    """
    others = sorted(
        (offer for offer in match.offers if offer.line is not chosen.line),
        key=lambda offer: (offer.line.price_cents, offer.days, offer.line.organisation_id, offer.line.pk),
    )
    told = [_candidate(chosen, chosen, match, room, partners)]
    told += [_candidate(offer, chosen, match, room, partners) for offer in others[: SHOWN_ABLE - 1]]
    told += [
        {
            "institution": one.uid,
            "name_zh": one.name_zh,
            "name_en": one.name_en,
            "able": False,
            "chosen": False,
            "for": [],
            "against": list(one.reasons),
        }
        for one in match.refused[:SHOWN_UNABLE]
    ]
    return told


_TOGETHER = Sentence(_("同时承担本方案其他项目，不需另下任务单"))
_APART = Sentence(_("不承担本方案其他项目，需另下任务单"))
_DEARER, _CHEAPER = Sentence(_("比所选机构高 %(yuan)s 元")), Sentence(_("比所选机构低 %(yuan)s 元"))


@lru_cache(maxsize=256)
def _slower(days: int) -> Told:
    """How many working days more than the chosen institution, or fewer (below 0)."""
    more = ngettext_lazy("比所选机构多 %(days)s 个工作日", "比所选机构多 %(days)s 个工作日", abs(days))
    fewer = ngettext_lazy("比所选机构少 %(days)s 个工作日", "比所选机构少 %(days)s 个工作日", abs(days))
    return both(more if days > 0 else fewer, days=abs(days))


def _candidate(offer: Offer, chosen: Offer, match: Match, room: Room, partners: frozenset[int]) -> dict[str, Any]:
    count, line = match.subject.count, offer.line
    organisation = line.organisation
    good, bad = list(offer.reasons), list(offer.doubts)
    if offer.work.queues:
        bad += room.waits(offer.work)
        if at_once := room.at_once(offer.work):
            good.append(at_once)
    if line.organisation_id in partners:
        good.append(_TOGETHER.told())
    elif partners:
        bad.append(_APART.told())
    if offer is not chosen:
        dearer = (line.price_cents - chosen.line.price_cents) * count
        if dearer:
            (bad if dearer > 0 else good).append((_DEARER if dearer > 0 else _CHEAPER).told(yuan=yuan(abs(dearer))))
        slower = offer.days - chosen.days
        if slower:
            (bad if slower > 0 else good).append(_slower(slower))
    return {
        "scope_line": line.uid,
        "institution": organisation.uid,
        "name_zh": organisation.name_zh,
        "name_en": organisation.name_en,
        "price_cents": line.price_cents * count,
        "days": offer.days,
        "able": True,
        "chosen": offer is chosen,
        "for": good,
        "against": bad,
    }


def _gap(match: Match, left: Told | None = None) -> dict[str, Any]:
    """What nobody does; ``left``: why whoever could has no room for it beside the rest of the plan."""
    item = match.subject.item
    nobody = [both(_("本地区没有机构登记这一项目的能力。"))]
    far = [offer.candidate.distance_km for offer in match.beyond if offer.candidate.distance_km is not None]
    if far:
        nobody = [both(_("最近的一家距离 %(km)s 千米。"), km=f"{up(min(far)):.1f}")]
    return {
        "item": item.code,
        "name_zh": item.name_zh,
        "name_en": item.name_en,
        "activity": match.activity,
        # Somebody here can: it is missing only where the enterprise looks for it.
        "beyond": bool(match.beyond),
        # Somebody here can, who has no room.
        "full": match.busy or left is not None,
        "reasons": [left] if left else nobody if far or not match.refused else [],
        "considered": [
            {"institution": one.uid, "name_zh": one.name_zh, "name_en": one.name_en, "against": list(one.reasons)}
            for one in match.refused[:SHOWN_UNABLE]
        ],
    }


def _tell_unknown(need: Need, reading: Reading) -> None:
    if not reading.subjects and not reading.gaps:
        reading.warn("nothing", _("没有识别出要检测的产品、项目或要校准的器具。请补充产品名称，或从列表中选择。"))
    unknown = [one["words"] for one in need.understanding.get("unknown", ())]
    if unknown:
        words = "、".join(unknown), ", ".join(unknown)
        reading.warn("unknown", _("这些内容未能识别，方案未予考虑：%(words)s"), words=words)


def give(plan: Plan, line: PlanLine, scope_line: ScopeLine, day: date) -> None:
    """Give a stored line to another institution and count the plan anew. Raises Invalid where it is not competent."""
    need = plan.need
    others = list(plan.lines.exclude(pk=line.pk).select_related("item", "method", "requirement__method", "scope_line"))
    room, (match, *_rest) = ask([subject_of(plan, line)], need, day)
    offer = match.by_line.get(scope_line.pk)
    if offer is None:
        raise Invalid.field("scope_line", why_unable(match, scope_line.organisation))
    whole = Room((offer.line, *(one.scope_line for one in others)), day)
    works = {one: placed(whole, plan, one) for one in others}
    works[line] = whole.work(match.subject, match.activity, offer.line)
    amounts = whole.amounts(works.values())
    if refused := whole.refuses(works[line], amounts):
        raise Invalid.field("scope_line", unable(line.item, offer.line.organisation, [refused]))
    days = {one: whole.days(work, amounts) for one, work in works.items()}
    bundle = bundle_of(line.item, line.activity)
    partners = frozenset(one.institution_id for one in others if bundle_of(one.item, one.activity) == bundle)
    line.institution, line.scope_line = offer.line.organisation, offer.line
    line.method_id = offer.line.method_id
    line.price_cents = offer.line.price_cents * line.count
    line.considered = considered(match, replace(offer, days=days[line]), room, partners)
    lines = [line, *others]
    for one in lines:
        one.days, one.wait_days = days[one], days[one] - one.scope_line.days
    for one in others:
        # The chosen one stands first.
        one.considered = [{**one.considered[0], "days": one.days}, *one.considered[1:]] if one.considered else []
    line.save()
    PlanLine.objects.bulk_update(others, ["days", "wait_days", "considered"])
    plan.total_cents = sum(one.price_cents for one in lines)
    _schedule(plan, lines, plan.certification, Timing(timezone.localdate(plan.proposed_at)))
    plan.gap = None
    tell_limits(need, plan)
    plan.save()


def placed(room: Room, plan: Plan, line: PlanLine) -> Work:
    """What a stored line gives to its institution."""
    return room.work(subject_of(plan, line), line.activity, line.scope_line)


def subject_of(plan: Plan, line: PlanLine) -> Subject:
    """What a stored line asked for; the line with its item, method and requirement fetched."""
    return subject_again(
        line.position,
        line.activity,
        line.item,
        family=plan.family,
        requirement=line.requirement,
        method=line.method,
        count=line.count,
    )


def why_unable(match: Match, institution: Organisation) -> Any:
    """Why an institution cannot do an item, as the query explains it."""
    told = next((one.reasons for one in match.refused if one.uid == institution.uid), ())
    return unable(match.subject.item, institution, told)


def unable(item: Item, institution: Organisation, told: Sequence[Told]) -> Any:
    """That an institution cannot do an item, with the reasons."""
    zh = "；".join(one["zh"] for one in told) or "该机构没有这一项目的能力范围"
    en = "; ".join(one["en"] for one in told) or "the institution has no scope line for this item"
    return bilingual(
        f"{institution.name_zh} 不能承担“{item.name_zh}”：{zh}。请选择其他机构。",
        f"{institution.name_en or institution.name_zh} cannot do “{item.name_en}”: {en}. Choose another institution.",
    )
