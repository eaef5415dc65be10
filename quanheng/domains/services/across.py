"""What several organisations have going: counts for whoever may know no more, rows for whoever may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.services.models import Commission, Gap, Need, Rating
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import orders
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.cases.models import Case
from quanheng.kernel.objects.models import Instrument

Organisations = QuerySet[Any, Any] | Iterable[int]


@dataclass(frozen=True)
class Outcomes:
    """What came of what organisations needed. Sums only: nothing of a single one is in them."""

    needs: int
    commissions: int
    reports: int
    gaps: int
    ratings: int
    mean_stars: float | None


def outcomes_of(organisations: Organisations) -> Outcomes:
    """Counted from all records of some organisations, whoever asks."""
    rated = Rating.objects.filter(organisation__in=organisations).aggregate(mean=Avg("stars"), count=Count("pk"))
    return Outcomes(
        needs=_needs(organisations).count(),
        commissions=_commissions(organisations).count(),
        reports=_reports(organisations).count(),
        gaps=_gaps(organisations).count(),
        ratings=rated["count"],
        mean_stars=rated["mean"],
    )


def outcomes_between(organisations: Organisations, since: datetime, until: datetime) -> tuple[Outcomes, int]:
    """What came of it from a moment up to, not including, another; and how many organisations rated in that time.

    What is counted in one period is counted in no other: a need and a gap when they were stated, a commission when it
    was placed, a report when it was delivered, a rating when it was given.
    """
    ratings = _ratings(organisations).filter(created_at__gte=since, created_at__lt=until)
    rated = ratings.aggregate(mean=Avg("stars"), count=Count("pk"), raters=Count("organisation", distinct=True))
    first, last = timezone.localdate(since), timezone.localdate(until)
    found = Outcomes(
        needs=_needs(organisations).filter(created_at__gte=since, created_at__lt=until).count(),
        commissions=_commissions(organisations).filter(case__opened_at__gte=since, case__opened_at__lt=until).count(),
        reports=_reports(organisations).filter(case__closed_at__gte=since, case__closed_at__lt=until).count(),
        gaps=Gap.objects.filter(organisation__in=organisations, since__gte=first, since__lt=last).count(),
        ratings=rated["count"],
        mean_stars=rated["mean"],
    )
    return found, rated["raters"]


def _needs(organisations: Organisations) -> QuerySet[Any]:
    return Need.objects.filter(organisation__in=organisations)


def _commissions(organisations: Organisations) -> QuerySet[Any]:
    return Commission.objects.filter(case__client__in=organisations)


def _reports(organisations: Organisations) -> QuerySet[Any]:
    return Order.objects.filter(case__client__in=organisations, case__state="delivered")


def _gaps(organisations: Organisations) -> QuerySet[Any]:
    return Gap.objects.filter(organisation__in=organisations, met_on=None)


def _ratings(organisations: Organisations) -> QuerySet[Any]:
    return Rating.objects.filter(organisation__in=organisations)


@dataclass(frozen=True)
class Opened:
    """One row behind a count: what it is, whose, when, and its page."""

    title: Any
    organisation: Any
    when: Any
    url: str


@dataclass(frozen=True)
class _Kind:
    label: Any
    rows: Callable[[Organisations], QuerySet[Any]]
    related: tuple[str, ...]
    show: Callable[[Any], Opened]


def _of_case(row: Any, path: str) -> Opened:
    case = row.case
    return Opened(f"{case.number} {case.title}", case.client, case.opened_at, f"/{path}/{case.uid}/")


def _of_rating(row: Rating) -> Opened:
    stars = "★" * row.stars + "☆" * (5 - row.stars)
    return Opened(f"{stars} {row.comment}", row.organisation, row.created_at, f"/orders/{row.order_case.uid}/")


KINDS: dict[str, _Kind] = {
    "needs": _Kind(
        _("提出的需求"),
        _needs,
        ("organisation",),
        lambda row: Opened(row.text[:80], row.organisation, row.created_at, f"/needs/{row.uid}/"),
    ),
    "commissions": _Kind(_("委托"), _commissions, ("case__client",), lambda row: _of_case(row, "commissions")),
    "reports": _Kind(_("交付的报告"), _reports, ("case__client",), lambda row: _of_case(row, "orders")),
    "gaps": _Kind(
        _("本地做不了的项目"),
        _gaps,
        ("organisation", "item"),
        lambda row: Opened(row.item.name_zh, row.organisation, row.since, f"/gaps/?q={row.item.code}"),
    ),
    "ratings": _Kind(_("评价"), _ratings, ("organisation", "order_case"), _of_rating),
}


def kind_of(kind: str) -> _Kind:
    """One kind of record behind the counts. Raises NotFound."""
    found = KINDS.get(kind)
    if found is None:
        raise NotFound(_("没有这类记录，请从计数进入。"))
    return found


def behind(actor: Actor, kind: str, organisations: Organisations) -> QuerySet[Any]:
    """The rows behind a count that the actor may see; ``kind_of(kind).show`` says what each is. Raises NotFound."""
    found = kind_of(kind)
    return restrict(found.rows(organisations), actor).select_related(*found.related)


SOON = timedelta(days=30)


@dataclass
class Standing:
    """How one organisation of a group stands: counts, and money in cents."""

    organisation: Any
    needs: int = 0
    commissions: int = 0
    under_way: int = 0
    cents: int = 0
    orders: int = 0
    waiting: int = 0
    late: int = 0
    reports: int = 0
    instruments: int = 0
    instruments_due: int = 0

    def add(self, other: Standing) -> None:
        """Sum another's figures into this one."""
        for name in _FIGURES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_FIGURES = tuple(one.name for one in fields(Standing) if one.name != "organisation")


def standings(actor: Actor, organisations: Iterable[Any], now: datetime) -> list[Standing]:
    """How each of some organisations stands, as far as the actor sees: five queries, however many there are."""
    found = {one.pk: Standing(one) for one in organisations}
    keys, open_ = list(found), Q(case__closed_at=None)
    soon = timezone.localdate(now) + SOON
    counted: tuple[tuple[QuerySet[Any], str, dict[str, Any]], ...] = (
        (restrict(_needs(keys), actor), "organisation", {"needs": Count("pk")}),
        (
            restrict(_commissions(keys), actor),
            "case__client",
            {
                "commissions": Count("pk"),
                "under_way": Count("pk", filter=open_),
                "cents": Coalesce(Sum("plan__total_cents"), 0),
            },
        ),
        (
            restrict(Order.objects.filter(case__client__in=keys), actor),
            "case__client",
            {"orders": Count("pk", filter=open_), "reports": Count("pk", filter=Q(case__state="delivered"))},
        ),
        (
            restrict(Case.objects.filter(client__in=keys, closed_at=None), actor),
            "client",
            {
                "waiting": Count("pk", filter=Q(waiting_on=F("client"))),
                "late": Count("pk", filter=Q(due_at__lt=now)),
            },
        ),
        (
            restrict(Instrument.objects.filter(owner__in=keys, retired_on=None, in_service=True), actor),
            "owner",
            {
                "instruments": Count("pk"),
                "instruments_due": Count("pk", filter=Q(calibrated_until=None) | Q(calibrated_until__lte=soon)),
            },
        ),
    )
    for rows, path, figures in counted:
        for row in rows.order_by().values(path).annotate(**figures):
            standing = found[row.pop(path)]
            for name, value in row.items():
                setattr(standing, name, value)
    return list(found.values())


def late_and_waiting(actor: Actor, organisations: Iterable[int], now: datetime, limit: int = 20) -> list[Case]:
    """What waits for some organisations or is late with whoever has it, the most urgent first."""
    cases = Case.objects.filter(client__in=list(organisations), closed_at=None)
    cases = cases.filter(Q(waiting_on=F("client")) | Q(due_at__lt=now))
    rows = restrict(cases, actor).select_related("client", "handler", "waiting_on")
    return list(rows.order_by(F("due_at").asc(nulls_last=True), "pk")[:limit])


def reports_of(actor: Actor, organisations: Iterable[int], limit: int = 20) -> list[Order]:
    """The latest reports delivered to some organisations."""
    rows = orders(actor).filter(case__client__in=list(organisations), attestation__isnull=False)
    return list(rows[:limit])
