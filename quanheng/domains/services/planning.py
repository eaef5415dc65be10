"""A plan in the making: the need read, everyone competent asked, one institution chosen for each item."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quanheng.domains.services import chips
from quanheng.domains.services.advice import certification_advice
from quanheng.domains.services.composing.choice import Candidate, Choice, Limits, Wanted, longest_days, total_cents
from quanheng.domains.services.composing.limits import Relaxation, least_km
from quanheng.domains.services.lasting import handling
from quanheng.domains.services.matching import Match, Offer, ask
from quanheng.domains.services.models import Need, Plan, PlanLine
from quanheng.domains.services.near import Nearness, farther, nearness_of, up
from quanheng.domains.services.wanting import Reading, Subject, bundle_of, read_need, subject_again
from quanheng.domains.services.words import Sentence, Told, both, yuan
from quanheng.kernel.base.errors import Invalid, bilingual
from quanheng.kernel.cases import running
from quanheng.kernel.cases.calendar import ClockError
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties.models import Organisation

# Of the many who could, a plan keeps the best few with their reasons, and some of those who just could not.
SHOWN_ABLE = 12
SHOWN_UNABLE = 6


@dataclass
class Draft:
    """A plan that is not stored yet; its lines have no plan."""

    prefer: str
    gap: float = 0.0
    lines: list[PlanLine] = field(default_factory=list)
    total_cents: int = 0
    days: int = 0
    ready_on: date | None = None
    gaps: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    advice: list[dict[str, Any]] = field(default_factory=list)


def usual_preference(need: Need) -> str:
    """Fastest for an urgent need, else balanced."""
    urgent = "urgent" in chips.codes(need.understanding, "service")
    return Plan.Prefer.FASTEST if urgent else Plan.Prefer.BALANCED


def draft(need: Need, prefer: str, day: date) -> Draft:
    """The plan of a day for a need."""
    from quanheng.domains.services.composing.ways import compose  # 30 MB that only processes which compose carry

    reading = read_need(need, day)
    near = nearness_of(need)
    for kind, sentence, facts in near.told():
        reading.warn(kind, sentence, **facts)
    matches = ask(reading.subjects, need, day, near=near)
    able = [match for match in matches if match.offers]
    limits = _limits(need, day)
    composed = compose([_wanted(match) for match in able], prefer, limits)
    choice = composed.choice
    _tell_unknown(need, reading)
    made = Draft(prefer=prefer, gap=composed.gap, advice=reading.advice, warnings=reading.warnings)
    made.gaps = [*reading.gaps, *(_gap(match) for match in matches if not match.offers)]
    for position, match in enumerate(able, start=1):
        offer = match.by_line[choice[match.subject.position].line]
        made.lines.append(_line(position, match, offer, _partners(able, choice, match)))
    made.total_cents = total_cents(choice)
    if made.lines:
        made.days = longest_days(choice) + handling(day)
        made.ready_on = running.calendar().add_workdays(day, made.days)
    _tell_limits(need, made)
    made.warnings += [_way_out(one, need, day) for one in composed.relaxations]
    made.warnings += _ways_farther(matches, near, limits, kept=not composed.relaxations)
    made.advice += certification_advice(need, day)
    return made


def _limits(need: Need, day: date) -> Limits:
    """What was asked of a plan: money, and the working days left for its longest order."""
    days = None
    if need.deadline:
        # A day beyond the calendar is no limit.
        with suppress(ClockError):
            days = running.calendar().workdays_between(day, need.deadline) - handling(day)
    return Limits(need.budget_cents, days)


def _way_out(one: Relaxation, need: Need, day: date) -> dict[str, Any]:
    """Where not everything asked for can be kept: what would have to give way, and by how much."""
    facts: dict[str, Any]
    if one.limit == "budget":
        facts = {"yuan": yuan(one.least), "day": need.deadline}
        if not one.keeping:
            sentence = _("不限期限时，最少需要 %(yuan)s 元。")
        elif need.deadline:
            sentence = _("要在 %(day)s 前交付，预算至少要 %(yuan)s 元。")
        else:
            sentence = _("最少需要 %(yuan)s 元。")
    else:
        ready = running.calendar().add_workdays(day, one.least + handling(day))
        facts = {"yuan": yuan(need.budget_cents or 0), "day": ready}
        if not one.keeping:
            sentence = _("不限预算时，最早 %(day)s 可以交付。")
        elif need.budget_cents is not None:
            sentence = _("预算 %(yuan)s 元之内，最早 %(day)s 可以交付。")
        else:
            sentence = _("最早 %(day)s 可以交付。")
    return {"kind": "way_out", "limit": one.limit, "least": one.least, **both(sentence, **facts)}


def _ways_farther(matches: Sequence[Match], near: Nearness, limits: Limits, *, kept: bool) -> list[dict[str, Any]]:
    """How far the institutions would have to be looked for where those near enough cannot do everything as asked."""
    left_out = any(match.beyond and not match.offers for match in matches)
    if not near.binding or (kept and not left_out):
        return []
    everywhere = [_wanted_anywhere(match) for match in matches if match.offers or match.beyond]
    limited = limits != Limits()
    with_limits = least_km(everywhere, limits) if limited else None
    alone = least_km(everywhere, Limits()) if left_out else None
    found = []
    if alone and alone != with_limits:
        found.append((alone, False))
    if with_limits:
        found.append((with_limits, True))
    return [
        {"kind": "way_out", "limit": "distance", "least": km, **farther(near.area, km, keeping=keeping)}
        for km, keeping in found
    ]


def _wanted_anywhere(match: Match) -> Wanted:
    """An item with those too who are not near enough, as far as anybody knows how far away they are."""
    count, one = match.subject.count, _wanted(match)
    beyond = tuple(
        Candidate(offer.line.organisation_id, offer.line.pk, offer.line.price_cents * count, offer.line.days, up(km))
        for offer in match.beyond
        if (km := offer.candidate.distance_km) is not None
    )
    return replace(one, candidates=one.candidates + beyond)


def _wanted(match: Match) -> Wanted:
    count = match.subject.count
    return Wanted(
        match.subject.position,
        bundle_of(match.subject.item, match.activity),
        tuple(
            Candidate(offer.line.organisation_id, offer.line.pk, offer.line.price_cents * count, offer.line.days)
            for offer in match.offers
        ),
    )


def _partners(able: Sequence[Match], choice: Choice, match: Match) -> frozenset[int]:
    """Institutions that do other items of the same bundle: joining them needs no further order."""
    bundle = bundle_of(match.subject.item, match.activity)
    return frozenset(
        choice[other.subject.position].institution
        for other in able
        if other is not match and bundle_of(other.subject.item, other.activity) == bundle
    )


def _line(position: int, match: Match, chosen: Offer, partners: frozenset[int]) -> PlanLine:
    subject, line = match.subject, chosen.line
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
        days=line.days,
        considered=considered(match, chosen, partners),
    )


def considered(match: Match, chosen: Offer, partners: frozenset[int]) -> list[dict[str, Any]]:
    """The candidates of a line as a plan keeps them: the chosen one, the other able ones by price, some unable."""
    others = sorted(
        (offer for offer in match.offers if offer is not chosen),
        key=lambda offer: (offer.line.price_cents, offer.line.days, offer.line.organisation_id, offer.line.pk),
    )
    told = [_candidate(chosen, chosen, match, partners)]
    told += [_candidate(offer, chosen, match, partners) for offer in others[: SHOWN_ABLE - 1]]
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


def _candidate(offer: Offer, chosen: Offer, match: Match, partners: frozenset[int]) -> dict[str, Any]:
    count, line = match.subject.count, offer.line
    organisation = line.organisation
    good, bad = list(offer.reasons), list(offer.doubts)
    if line.organisation_id in partners:
        good.append(_TOGETHER.told())
    elif partners:
        bad.append(_APART.told())
    if offer is not chosen:
        dearer = (line.price_cents - chosen.line.price_cents) * count
        if dearer:
            (bad if dearer > 0 else good).append((_DEARER if dearer > 0 else _CHEAPER).told(yuan=yuan(abs(dearer))))
        slower = line.days - chosen.line.days
        if slower:
            (bad if slower > 0 else good).append(_slower(slower))
    return {
        "scope_line": line.uid,
        "institution": organisation.uid,
        "name_zh": organisation.name_zh,
        "name_en": organisation.name_en,
        "price_cents": line.price_cents * count,
        "days": line.days,
        "able": True,
        "chosen": offer is chosen,
        "for": good,
        "against": bad,
    }


def _gap(match: Match) -> dict[str, Any]:
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
        "reasons": nobody if far or not match.refused else [],
        "considered": [
            {"institution": one.uid, "name_zh": one.name_zh, "name_en": one.name_en, "against": list(one.reasons)}
            for one in match.refused[:SHOWN_UNABLE]
        ],
    }


def _tell_limits(need: Need, made: Draft | Plan) -> None:
    """Deadline and budget that the plan misses are told, never hidden."""
    made.warnings = [one for one in made.warnings if one["kind"] not in ("deadline", "budget")]
    if need.deadline and made.ready_on and made.ready_on > need.deadline:
        late = both(
            _("预计最迟 %(ready)s 交付（不含送样时间），晚于您要求的 %(wanted)s。"),
            ready=made.ready_on,
            wanted=need.deadline,
        )
        made.warnings.append({"kind": "deadline", **late})
    if need.budget_cents is not None and made.total_cents > need.budget_cents:
        over = both(
            _("合计 %(total)s 元，超出预算 %(over)s 元。"),
            total=yuan(made.total_cents),
            over=yuan(made.total_cents - need.budget_cents),
        )
        made.warnings.append({"kind": "budget", **over})


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
    match = ask([subject_of(plan, line)], need, day)[0]
    offer = match.by_line.get(scope_line.pk)
    if offer is None:
        raise Invalid.field("scope_line", why_unable(match, scope_line.organisation))
    others = list(plan.lines.exclude(pk=line.pk).select_related("item"))
    bundle = bundle_of(line.item, line.activity)
    partners = frozenset(one.institution_id for one in others if bundle_of(one.item, one.activity) == bundle)
    line.institution, line.scope_line = offer.line.organisation, offer.line
    line.method_id, line.days = offer.line.method_id, offer.line.days
    line.price_cents = offer.line.price_cents * line.count
    line.considered = considered(match, offer, partners)
    line.save()
    lines = [line, *others]
    plan.total_cents = sum(one.price_cents for one in lines)
    started = timezone.localdate(plan.proposed_at)
    plan.days = max(one.days for one in lines) + handling(started)
    plan.ready_on = running.calendar().add_workdays(started, plan.days)
    plan.gap = None
    _tell_limits(need, plan)
    plan.save()


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
    zh = "；".join(one["zh"] for one in told) or "该机构没有这一项目的能力范围"
    en = "; ".join(one["en"] for one in told) or "the institution has no scope line for this item"
    item = match.subject.item
    return bilingual(
        f"{institution.name_zh} 不能承担“{item.name_zh}”：{zh}。请选择其他机构。",
        f"{institution.name_en or institution.name_zh} cannot do “{item.name_en}”: {en}. Choose another institution.",
    )
