"""What a need comes to: the single determinations wanted, each with its requirement, method and range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.domains.services import chips
from quanheng.domains.services.dictionary import dictionary
from quanheng.domains.services.models import Need
from quanheng.domains.services.tolerance import greatest_uncertainty
from quanheng.kernel.base.statements import Asked, share_related
from quanheng.kernel.base.texts import both
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.kernel.requirements.queries import successors
from quanheng.kernel.requirements.reach import reach_of
from quanheng.kernel.requirements.schemes import MANDATORY, scheme_kind

# What is larger is a project, and better stated as several needs.
MAX_LINES = 80
METROLOGY = {Activity.CALIBRATION, Activity.VERIFICATION}


@dataclass(frozen=True)
class Subject:
    """One determination wanted. ``activities``: in order of preference; ``method`` None: whichever is competent."""

    position: int
    activities: tuple[str, ...]
    item: Item
    family: ProductFamily | None = None
    requirement: Requirement | None = None
    method: Standard | None = None
    count: int = 1
    lower: str = ""
    upper: str = ""
    unit: str = ""
    # The greatest acceptable expanded uncertainty, "" for any.
    uncertainty: str = ""

    @property
    def reach(self) -> tuple[str, str]:
        """The range over which competence is asked for, and its unit: as stated, else what the requirement's limits
        take; ("", "") for any.
        """
        if self.unit:
            return f"({self.lower}~{self.upper})", self.unit
        asked = self.requirement
        return reach_of(asked.lower, asked.upper, asked.unit or self.item.unit) if asked else ("", "")


@dataclass
class Reading:
    """What a need comes to on a day, and what has to be told about it."""

    subjects: list[Subject] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    advice: list[dict[str, Any]] = field(default_factory=list)

    def add(self, **facts: Any) -> None:
        """One determination more."""
        self.subjects.append(Subject(position=len(self.subjects) + 1, **facts))

    def warn(self, kind: str, message: Any, **facts: Any) -> None:
        """One thing more that the client must know, of a kind that pages can tell apart; see ``texts.both``."""
        self.warnings.append({"kind": kind, **both(message, **facts)})


def read_need(need: Need, day: date) -> Reading:
    """The determinations that a need asks for on ``day``; eight queries at most."""
    reading = Reading()
    said = set(chips.codes(need.understanding, "activity"))
    instruments = chips.of_kind(need.understanding, "instrument")
    items = chips.codes(need.understanding, "item")
    only_instruments = instruments and not items and said and said <= METROLOGY
    if (need.family or items) and not only_instruments:
        # Beside instruments, calibration and verification are said of those.
        _read_items(need, day, reading, items, _activities(said - METROLOGY if instruments else said))
    if instruments:
        _read_instruments(instruments, said, day, reading)
    schemes = need.family.schemes if need.family else ()
    if "CCC" in chips.codes(need.understanding, "declined") and MANDATORY in map(scheme_kind, schemes):
        reading.warn(
            "mandatory",
            _("您说不做 CCC，方案未列入认证。但该产品在强制性产品认证目录内：未经认证不得出厂、销售或进口。"),
        )
    others = chips.of_kind(need.understanding, "product")[1:]
    if others:
        names = "、".join(chip["label"] for chip in others), ", ".join(chip["label_en"] for chip in others)
        reading.warn("products", _("一份方案只针对一种产品，这里未包括：%(names)s。请另提需求。"), names=names)
    if len(reading.subjects) > MAX_LINES:
        reading.warn("size", _("一份方案最多 %(limit)s 项，其余未列入。请分次提出需求。"), limit=MAX_LINES)
        del reading.subjects[MAX_LINES:]
    return reading


def _activities(said: set[str]) -> tuple[str, ...]:
    """How items are determined. People say 检验 for testing too: where nobody inspects, a test will do."""
    if Activity.INSPECTION in said and Activity.TESTING not in said:
        return (Activity.INSPECTION, Activity.TESTING)
    metrology = tuple(sorted(said & METROLOGY))
    return metrology if metrology and not said - METROLOGY else (Activity.TESTING,)


def _read_items(need: Need, day: date, reading: Reading, items: Sequence[str], activities: tuple[str, ...]) -> None:
    current = _current_requirements(need, day, reading)
    named = set(chips.codes(need.understanding, "standard"))
    if any(one.standard.number in named for one in current):
        current = [one for one in current if one.standard.number in named or one.item.code in items]
    by_item: dict[str, list[Requirement]] = {}
    for one in current:
        by_item.setdefault(one.item.code, []).append(one)
    picked, declined = (set(chips.codes(need.understanding, kind)) for kind in ("requirement", "declined"))
    others = [code for code in items if code not in by_item]
    without_requirement = {item.code: item for item in Item.objects.filter(code__in=others)} if others else {}
    for code in [one for one in items or by_item if one not in declined]:
        variants = by_item.get(code, [])
        if variants:
            best = min(variants, key=lambda one: _rank(one, picked, named))
            reading.add(activities=activities, item=best.item, family=need.family, requirement=best, method=best.method)
            _tell_variants(best, variants, reading)
        elif code in without_requirement:
            item = without_requirement[code]
            reading.add(activities=activities, item=item, family=need.family)
            reading.warn(
                "unjudged", _("“%(item)s”没有适用的限值，只报告结果，不作判定。"), item=(item.name_zh, item.name_en)
            )


_ASKED_OF = Asked(lambda family: Requirement.objects.filter(family=family).order_by("id"))


def _current_requirements(need: Need, day: date, reading: Reading) -> list[Requirement]:
    """The family's requirements whose standard and method are in force; what was superseded is told."""
    found = _ASKED_OF(need.family.pk) if need.family else []
    share_related(found, ("item",), Item.objects.all())
    share_related(found, ("standard", "method"), Standard.objects.all())
    current, old = [], {}
    for one in found:
        stale = [standard for standard in (one.standard, one.method) if standard.status_on(day) != "in_force"]
        if stale:
            old.update({standard.pk: standard for standard in stale})
        else:
            current.append(one)
    named = chips.codes(need.understanding, "standard")
    if named:
        said = Standard.objects.filter(number__in=named)
        old |= {one.pk: one for one in said if one.status_on(day) != "in_force"}
    _tell_superseded(old, day, reading)
    return current


def _tell_superseded(old: dict[int, Standard], day: date, reading: Reading) -> None:
    newer = successors(old)
    for key, standard in sorted(old.items()):
        if standard.status_on(day) == "upcoming":
            reading.warn("standard", _("%(number)s 尚未实施，本方案未采用。"), number=standard.number)
        elif newer[key]:
            new = "、".join(one.number for one in newer[key])
            reading.warn("standard", _("%(number)s 已被 %(new)s 代替，本方案不采用。"), number=standard.number, new=new)
        else:
            reading.warn("standard", _("%(number)s 已废止，本方案未采用。"), number=standard.number)


def _rank(one: Requirement, picked: set[str], named: set[str]) -> tuple[bool, bool, bool, int]:
    """The variant the client picked, one of a named standard, a mandatory one, the first."""
    return (one.uid not in picked, one.standard.number not in named, not one.mandatory, one.pk)


def _tell_variants(best: Requirement, variants: Iterable[Requirement], reading: Reading) -> None:
    """An item with several limits (by grade, size, material): the client must see which one is taken."""
    others = [one for one in variants if one.pk != best.pk]
    if others:
        reading.advice.append(
            {
                "kind": "variants",
                "item": best.item.code,
                "name_zh": best.item.name_zh,
                "name_en": best.item.name_en,
                "taken": best.uid,
                "choices": [
                    {
                        "requirement": one.uid,
                        "standard": one.standard.number,
                        "zh": one.limit_text_zh,
                        "en": one.limit_text_en,
                    }
                    for one in [best, *others]
                ],
            }
        )


def _read_instruments(wanted: Sequence[chips.Chip], said: set[str], day: date, reading: Reading) -> None:
    """Calibration, or verification where that is said or mandatory, by the procedure in force."""
    known = dictionary().instruments
    items = {item.code: item for item in Item.objects.filter(code__in=[chip["code"] for chip in wanted])}
    rows = [(chip, known[chip["code"]]) for chip in wanted if chip["code"] in items]
    procedures = {one.number: one for one in Standard.objects.filter(number__in=[row["procedure"] for _c, row in rows])}
    for chip, row in rows:
        mandatory = row["service"] == "mandatory_verification"
        asked = [one for one in (Activity.CALIBRATION, Activity.VERIFICATION) if one in said]
        activity = asked[0] if len(asked) == 1 else (Activity.VERIFICATION if mandatory else Activity.CALIBRATION)
        method = procedures.get(row["procedure"])
        if method is not None and method.status_on(day) != "in_force":
            _tell_superseded({method.pk: method}, day, reading)
            method = None
        reading.add(
            activities=(activity,),
            item=items[row["code"]],
            method=method,
            count=chip.get("count", 1),
            lower=row["lower"],
            upper=row["upper"],
            unit=row["unit"],
            uncertainty=_suited(row, activity),
        )
        if mandatory and activity == Activity.CALIBRATION:
            reading.warn(
                "mandatory",
                _("“%(name)s”用于贸易结算、安全防护等场合时须强制检定，校准不能代替检定。"),
                name=(row["name_zh"], row["name_en"]),
            )


def subject_again(
    position: int,
    activity: str,
    item: Item,
    *,
    family: ProductFamily | None,
    requirement: Requirement | None,
    method: Standard,
    count: int = 1,
) -> Subject:
    """What a line or an order asked for, to ask it again on another day."""
    row = dictionary().instruments.get(item.code)
    subject = Subject(position, (activity,), item, family, requirement, requirement.method if requirement else None)
    if row is None:
        return subject
    return replace(
        subject,
        family=None,
        method=method,
        count=count,
        lower=row["lower"],
        upper=row["upper"],
        unit=row["unit"],
        uncertainty=_suited(row, activity),
    )


def _suited(row: dict[str, str], activity: str) -> str:
    """How well a usual instrument has to be calibrated; verification is as good as its procedure says."""
    if activity != Activity.CALIBRATION:
        return ""
    return greatest_uncertainty(row["max_error"], row["upper"], row["unit"], row["quantity"])


def bundle_of(item: Item, activity: str) -> str:
    """What may share one order: determinations on one product, or on instruments, by one activity."""
    return f"{activity} of instruments" if item.code in dictionary().instruments else activity
