"""Reads of standards, product families, items and requirements. All of them are public."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Invalid, NotFound, bilingual
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.paging import COUNT_CAP, capped_count
from quanheng.kernel.base.words import with_words
from quanheng.kernel.requirements.models import (
    Classification,
    Conflict,
    Item,
    ProductFamily,
    Requirement,
    Standard,
    StandardCode,
    Watch,
)
from quanheng.kernel.requirements.models.standards import PUBLISHED_STAGE
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import parse_standard_number

STATUSES = ("draft", "upcoming", "in_force", "superseded", "withdrawn")
SHOWN = 50


def with_status(status: str, day: date, prefix: str = "") -> Q:
    """Standards whose ``status_on(day)`` is ``status``. Raises Invalid for another word."""

    def column(name: str) -> str:
        return f"{prefix}{name}"

    withdrawn, superseded = Q(**{column("withdrawn__lte"): day}), Q(**{column("superseded_on__lte"): day})
    kept = Q(**{column("withdrawn"): None}) | Q(**{column("withdrawn__gt"): day})
    current = Q(**{column("superseded_on"): None}) | Q(**{column("superseded_on__gt"): day})
    # Of two ends the first counts; on one day, the successor.
    not_before = Q(**{column("superseded_on"): None}) | Q(
        **{column("superseded_on__gt"): models.F(column("withdrawn"))}
    )
    first = Q(**{column("withdrawn"): None}) | Q(**{column("withdrawn__gte"): models.F(column("superseded_on"))})
    open_ended = Q(**{column("effective"): None})
    draft = open_ended & Q(**{column("published"): None, column("stage__gt"): "", column("stage__lt"): PUBLISHED_STAGE})
    unpublished = open_ended & Q(**{column("published__gt"): day})
    begun = Q(**{column("effective__lte"): day}) | (
        open_ended
        & (
            Q(**{column("published__lte"): day})
            | (Q(**{column("published"): None}) & ~Q(**{column("stage__gt"): "", column("stage__lt"): PUBLISHED_STAGE}))
        )
    )
    conditions = {
        "withdrawn": withdrawn & not_before,
        "superseded": superseded & first,
        "draft": kept & current & draft,
        "upcoming": kept & current & (Q(**{column("effective__gt"): day}) | unpublished),
        "in_force": kept & current & begun,
    }
    if status not in conditions:
        raise Invalid.field("status", _("标准状态应为 draft、upcoming、in_force、superseded 或 withdrawn。"))
    return conditions[status]


def numbered(text: str) -> Q:
    """Standards with this number in any spelling; without a year, all its editions. Raises Invalid."""
    try:
        number = parse_standard_number(text)
    except ScienceError as error:
        raise Invalid.field("number", bilingual(error.zh, error.en)) from None
    return Q(number=number.text) if number.year else Q(key=number.key)


def standards(
    *,
    kind: str = "",
    status: str = "",
    text: str = "",
    number: str = "",
    ics: str = "",
    ccs: str = "",
    year: int | None = None,
    on: date | None = None,
) -> QuerySet[Standard]:
    """Standards of a kind, of a status on the day (today), with words of the title, of a number in any spelling.

    ``ics`` and ``ccs`` are codes of any level: those below it are found too.
    """
    rows = Standard.objects.all()
    if kind:
        rows = rows.filter(kind=kind)
    for scheme, code in (("ics", ics), ("ccs", ccs)):
        if code.strip():
            rows = rows.filter(pk__in=classified(scheme, code))
    if year is not None:
        rows = rows.filter(year=year)
    if status:
        rows = rows.filter(with_status(status, on or timezone.localdate()))
    if number.strip():
        rows = rows.filter(numbered(number))
    return with_words(rows, text, "title_zh", "title_en", "number")


def classified(scheme: str, code: str) -> QuerySet[StandardCode, int]:
    """Keys of the standards under a code of any level."""
    return StandardCode.objects.filter(scheme=scheme, code=code.strip().upper()).values_list("standard_id", flat=True)


def classes(scheme: str = "", parent: str | None = None, text: str = "") -> QuerySet[Classification]:
    """Codes of a classification table, under a code ("" for the top), with words of their name."""
    rows = Classification.objects.all()
    if scheme:
        rows = rows.filter(scheme=scheme)
    if parent is not None:
        rows = rows.filter(parent=parent)
    return with_words(rows, text, "name_zh", "name_en", begins=["code"])


def named_codes(standard: Standard) -> list[Code]:
    """The codes of a standard with their names; one that its table does not have is known by its code alone."""
    stated = [("ics", code) for code in standard.ics] + [("ccs", code) for code in standard.ccs]
    if not stated:
        return []
    rows = Classification.objects.filter(code__in=[code for _scheme, code in stated])
    names = {(one.scheme, one.code): one for one in rows}
    return [Code(scheme, code, names.get((scheme, code))) for scheme, code in stated]


def conflicts(*, settled: bool = False, field: str = "", standard: Standard | None = None) -> QuerySet[Conflict]:
    """Where records disagree: what waits for a decision, or what was decided."""
    rows = Conflict.objects.filter(settled_at__isnull=not settled).select_related("standard")
    if field:
        rows = rows.filter(field=field)
    if standard is not None:
        rows = rows.filter(standard=standard)
    return rows


def conflict_by_uid(uid: str) -> Conflict:
    """One conflict. Raises NotFound."""
    found = Conflict.objects.select_related("standard").filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到这一分歧，请刷新页面。"))
    return found


def watches(actor: Actor) -> QuerySet[Watch]:
    """What the actor and the actor's organisations watch."""
    return restrict(Watch.objects.all(), actor).select_related("standard", "organisation")


def watch_by_uid(actor: Actor, uid: str) -> Watch:
    """One watch of the actor's. Raises NotFound."""
    found = watches(actor).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到这一关注，或您无权查看。请刷新页面。"))
    return found


def standard_by_uid(uid: str) -> Standard:
    """One standard, with ``disputed``: whether records disagree about it. Raises NotFound."""
    open_conflicts = Conflict.objects.filter(standard=models.OuterRef("pk"), settled_at=None)
    found = Standard.objects.annotate(disputed=models.Exists(open_conflicts)).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有找到该标准，请核对编号。"))
    return found


def families() -> QuerySet[ProductFamily]:
    """Product families by name."""
    return ProductFamily.objects.all()


def family_by_code(code: str) -> ProductFamily:
    """One product family. Raises NotFound."""
    found = ProductFamily.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("没有找到该产品类别，请核对代码。"))
    return found


def item_by_code(code: str) -> Item:
    """One item. Raises NotFound."""
    found = Item.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("没有找到该检测项目，请核对代码。"))
    return found


def items(text: str = "", quantity: str = "") -> QuerySet[Item]:
    """Items with words of their name, of a kind of quantity."""
    rows = Item.objects.all()
    if quantity:
        rows = rows.filter(quantity=quantity)
    return with_words(rows, text, "name_zh", "name_en", "code")


def requirements_for(family: ProductFamily, on: date | None = None) -> QuerySet[Requirement]:
    """Requirements for a family of standards in force on the day (today), with what a page shows of them."""
    day = on or timezone.localdate()
    return (
        Requirement.objects.filter(with_status("in_force", day, "standard__"), family=family)
        .select_related("item", "standard", "method")
        .order_by("standard__key", "id")
    )


def successors(keys: Iterable[int]) -> dict[int, list[Standard]]:
    """Direct successors of each of the standards, the first to take effect first; one query, none for no keys."""
    wanted = set(keys)
    if not wanted:
        return {}
    links = Standard.replaces.through.objects.filter(to_standard_id__in=wanted).select_related("from_standard")
    found: dict[int, list[Standard]] = {key: [] for key in wanted}
    for link in links:
        found[link.to_standard_id].append(link.from_standard)
    for row in found.values():
        row.sort(key=lambda one: (one.takes_effect() or date.max, one.number))
    return found


@dataclass(frozen=True)
class Citation:
    """A requirement that cites a standard; ``outdated`` where one that it stands on is no longer in force."""

    requirement: Requirement
    outdated: bool


@dataclass(frozen=True)
class Code:
    """A code of a standard, and its row in the table of its classification."""

    scheme: str
    code: str
    row: Classification | None


@dataclass(frozen=True)
class Reports:
    """How many issued reports cite a standard, counted to the cap, and how many of them after it had ended."""

    count: int
    more: bool
    late: int


@dataclass(frozen=True)
class StandardPage:
    """What the page of a standard shows on a day."""

    standard: Standard
    status: str
    predecessors: list[Standard]
    successors: list[Standard]
    requirements: list[Citation]
    scope_lines: int
    scope_lines_more: bool
    reports: Reports
    codes: list[Code]
    # Whether what cites this standard cites something no longer in force.
    outdated: bool


def standard_page(standard: Standard, on: date | None = None) -> StandardPage:
    """A standard with its editions and what cites it: five queries, six where it has codes; counts are capped."""
    day = on or timezone.localdate()
    status = standard.status_on(day)
    cited = (
        Requirement.objects.filter(Q(standard=standard) | Q(method=standard))
        .select_related("family", "item", "standard", "method")
        .order_by("family_id", "id")[:SHOWN]
    )
    gone = ("superseded", "withdrawn")
    lines, more = capped_count(standard.scope_lines.filter(valid_until__gte=day))
    predecessors, followers = neighbours(standard)
    return StandardPage(
        standard=standard,
        status=status,
        predecessors=predecessors,
        successors=followers,
        requirements=[
            Citation(one, one.standard.status_on(day) in gone or one.method.status_on(day) in gone) for one in cited
        ],
        scope_lines=lines,
        scope_lines_more=more,
        reports=reports_citing(standard, day),
        codes=named_codes(standard),
        outdated=status in gone,
    )


def neighbours(standard: Standard) -> tuple[list[Standard], list[Standard]]:
    """Direct predecessors by number, direct successors by the day they take effect; one query."""
    links = (
        Standard.replaces.through.objects.filter(Q(from_standard=standard) | Q(to_standard=standard))
        .select_related("from_standard", "to_standard")
        .order_by("id")[: 4 * SHOWN]
    )
    before = [one.to_standard for one in links if one.from_standard_id == standard.pk]
    after = [one.from_standard for one in links if one.to_standard_id == standard.pk]
    return (
        sorted(before, key=lambda one: one.number),
        sorted(after, key=lambda one: (one.takes_effect() or date.max, one.number)),
    )


def reports_citing(standard: Standard, day: date) -> Reports:
    """Issued reports with results by this method or against this standard: numbers alone, for everybody; one query."""
    ended = standard.ended_on(day)
    issued: Any = apps.get_model("attestations", "Attestation").objects.filter(
        case__in=cases_citing(standard).values("case")[: COUNT_CAP + 1]
    )
    counted = issued.aggregate(
        count=Count("pk"), late=Count("pk", filter=Q(issued_at__date__gt=ended) if ended else Q(pk__in=()))
    )
    return Reports(min(counted["count"], COUNT_CAP), counted["count"] > COUNT_CAP, counted["late"])


def cases_citing(standard: Standard) -> QuerySet[Any]:
    """Cases with results by this method or against this standard."""
    results: Any = apps.get_model("results", "Result").objects
    return results.filter(Q(method=standard) | Q(standard=standard)).order_by().values("case").distinct()


def reports_of(actor: Actor, standard: Standard, limit: int = 10) -> list[Any]:
    """The newest reports that cite the standard among those that the actor may see."""
    if not actor.signed_in:
        return []
    model: Any = apps.get_model("attestations", "Attestation")
    cited = cases_citing(standard)
    rows = restrict(model.objects.filter(case__in=cited), actor)
    return list(rows.select_related("issuer").defer("document").order_by("-id")[:limit])
