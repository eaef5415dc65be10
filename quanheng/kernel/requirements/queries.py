"""Reads of standards, product families, items and requirements. All of them are public."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.errors import Invalid, NotFound, bilingual
from quanheng.kernel.base.paging import capped_count
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import parse_standard_number

STATUSES = ("upcoming", "in_force", "superseded", "withdrawn")
SHOWN = 50


def with_status(status: str, day: date, prefix: str = "") -> Q:
    """Standards whose ``status_on(day)`` is ``status``. Raises Invalid for another word."""
    withdrawn = Q(**{f"{prefix}withdrawn__lte": day})
    kept = Q(**{f"{prefix}withdrawn": None}) | Q(**{f"{prefix}withdrawn__gt": day})
    superseded = Q(**{f"{prefix}superseded_on__lte": day})
    current = Q(**{f"{prefix}superseded_on": None}) | Q(**{f"{prefix}superseded_on__gt": day})
    upcoming = Q(**{f"{prefix}effective__gt": day})
    begun = Q(**{f"{prefix}effective": None}) | Q(**{f"{prefix}effective__lte": day})
    conditions = {
        "withdrawn": withdrawn,
        "superseded": kept & superseded,
        "upcoming": kept & current & upcoming,
        "in_force": kept & current & begun,
    }
    if status not in conditions:
        raise Invalid.field("status", _("标准状态应为 upcoming、in_force、superseded 或 withdrawn。"))
    return conditions[status]


def numbered(text: str) -> Q:
    """Standards with this number in any spelling; without a year, all its editions. Raises Invalid."""
    try:
        number = parse_standard_number(text)
    except ScienceError as error:
        raise Invalid.field("number", bilingual(error.zh, error.en)) from None
    return Q(number=number.text) if number.year else Q(key=number.key)


def standards(
    *, kind: str = "", status: str = "", text: str = "", number: str = "", on: date | None = None
) -> QuerySet[Standard]:
    """Standards of a kind, of a status on the day (today), with words of the title, of a number in any spelling."""
    rows = Standard.objects.all()
    if kind:
        rows = rows.filter(kind=kind)
    if status:
        rows = rows.filter(with_status(status, on or timezone.localdate()))
    if number.strip():
        rows = rows.filter(numbered(number))
    for word in text.split()[:5]:
        rows = rows.filter(Q(title_zh__icontains=word) | Q(title_en__icontains=word) | Q(number__icontains=word))
    return rows


def standard_by_uid(uid: str) -> Standard:
    """One standard. Raises NotFound."""
    found = Standard.objects.filter(uid=uid).first()
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
    for word in text.split()[:5]:
        rows = rows.filter(Q(name_zh__icontains=word) | Q(name_en__icontains=word) | Q(code__icontains=word))
    return rows


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
class StandardPage:
    """What the page of a standard shows on a day."""

    standard: Standard
    status: str
    predecessors: list[Standard]
    successors: list[Standard]
    requirements: list[Citation]
    scope_lines: int
    scope_lines_more: bool
    # Whether what cites this standard cites something no longer in force.
    outdated: bool


def standard_page(standard: Standard, on: date | None = None) -> StandardPage:
    """A standard with its editions and what cites it: five queries; counts are capped."""
    day = on or timezone.localdate()
    status = standard.status_on(day)
    cited = (
        Requirement.objects.filter(Q(standard=standard) | Q(method=standard))
        .select_related("family", "item", "standard", "method")
        .order_by("family_id", "id")[:SHOWN]
    )
    gone = ("superseded", "withdrawn")
    lines, more = capped_count(standard.scope_lines.filter(valid_until__gte=day))
    return StandardPage(
        standard=standard,
        status=status,
        predecessors=list(standard.replaces.order_by("number")),
        successors=successors([standard.pk])[standard.pk],
        requirements=[
            Citation(one, one.standard.status_on(day) in gone or one.method.status_on(day) in gone) for one in cited
        ],
        scope_lines=lines,
        scope_lines_more=more,
        outdated=status in gone,
    )
