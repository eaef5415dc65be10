"""The world of these tests: a delivered report of the near laboratory that its client doubts, and a far one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from quanheng.domains.disputes.models import Complaint, Objection
from quanheng.domains.disputes.services import ask_retest, object_to, uphold
from quanheng.domains.services.tests.shop import Shop, open_shop
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import results_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases.models import Case
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.models import Membership, Organisation, SignatoryField
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.results.services import Entered
from tests.world import make_actor, make_instrument, make_organisation, make_person, make_region

# What the near laboratory reports: speed and mass, each with its expanded uncertainty.
REPORTED = {"speed": ("24.9", "0.3"), "mass": ("54.2", "0.4"), "brake": ("符合", "")}
Found = dict[str, tuple[str, str]]


@dataclass
class Quarrel:
    """A shop with people in every role, and one delivered order of the near laboratory."""

    shop: Shop
    order: Order
    officer: Actor
    people: dict[tuple[int, str], Actor] = field(default_factory=dict)
    benches: dict[int, Instrument] = field(default_factory=dict)

    @property
    def buyer(self) -> Actor:
        return self.shop.buyer

    def staff(self, laboratory: Organisation, role: str) -> Actor:
        """Somebody of a laboratory in a role, the same person each time."""
        key = laboratory.pk, role
        if key not in self.people:
            person = make_person((laboratory, role))
            if role == "signatory":
                post = Membership.objects.get(person=person)
                SignatoryField.objects.create(membership=post, category="*", valid_from=timezone.localdate())
            self.people[key] = actor_of(person)
        return self.people[key]

    def near(self, role: str = "quality_manager") -> Actor:
        return self.staff(self.shop.near, role)

    def far(self, role: str = "operator") -> Actor:
        return self.staff(self.shop.far, role)

    @property
    def platform(self) -> Actor:
        return Actor.platform()

    def report(self, order: Order, found: Found | None = None, *, deliver: bool = True) -> Order:
        """From wherever an order stands to its delivered report, or to its issued one."""
        order = fresh(order)
        laboratory = order.case.handler
        assert laboratory is not None
        operator = self.staff(laboratory, "operator")
        if order.case.state == "offered":
            testing.accept_order(operator, order)
        if order.case.state in ("offered", "accepted"):
            testing.receive_samples(operator, order, quantity="1 辆", condition="完好")
        testing.enter_results(operator, order, rows=self._rows(order, found or REPORTED))
        testing.submit_results(operator, order)
        testing.review_results(self.staff(laboratory, "reviewer"), order)
        testing.issue_report(self.staff(laboratory, "signatory"), order)
        if deliver:
            testing.deliver_report(operator, order)
        return fresh(order)

    def _rows(self, order: Order, found: Found) -> list[Entered]:
        laboratory = order.case.handler
        assert laboratory is not None
        bench = self.benches.setdefault(laboratory.pk, make_instrument(laboratory))
        return [
            Entered(
                position=one.position,
                value=found[one.item.code][0],
                unit=one.item.unit,
                uncertainty=found[one.item.code][1],
                k="2" if found[one.item.code][1] else "",
                instruments=(bench.uid,) if one.item.quantity else (),
                measured_on=timezone.localdate(),
            )
            for one in results_of(order.case_id)
        ]

    def object(self, *positions: int) -> Objection:
        return again(object_to(self.buyer, self.order, positions=positions or (1, 2), grounds="自测车速 24.1 km/h"))

    def upheld(self, *positions: int) -> Objection:
        """An objection that the near laboratory has answered: it stands by its results."""
        objection = self.object(*positions)
        uphold(self.near(), objection, text="经复核，设备与方法无误")
        return again(objection)

    def retested(self, objection: Objection, found: Found) -> Objection:
        """The objection once the far laboratory has delivered the retest."""
        retest = retest_of(ask_retest(self.buyer, objection, institution=self.shop.far, sample="retained"))
        self.report(retest, found)
        return again(objection)


def retest_of(objection: Objection) -> Order:
    """The retest order of an objection that has one."""
    assert objection.retest is not None
    return objection.retest


def fresh(order: Order) -> Order:
    return Order.objects.select_related("case__parent", "case__handler", "attestation").get(pk=order.pk)


def again(objection: Objection) -> Objection:
    return Objection.objects.select_related("case", "order__case", "report", "retest__case").get(pk=objection.pk)


def once_more(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_related("case", "order__case").get(pk=complaint.pk)


def overdue(case: Case) -> None:
    """As if the deadline of the case had just passed."""
    past = timezone.now() - timedelta(minutes=5)
    Case.objects.filter(pk=case.pk).update(due_at=past)
    case.clocks.filter(stopped_at=None).update(due_at=past)


def start_quarrel(*items: str) -> Quarrel:
    """Make the rows; ``items`` of the order are speed and mass unless told otherwise."""
    shop = open_shop()
    make_region("120000")
    officer = make_actor((make_organisation("regulator", "120000"), "case_officer"))
    (order,) = shop.orders(shop.commission("fastest" if "brake" not in items else "fewest", items=[*items]))
    quarrel = Quarrel(shop, order, officer)
    quarrel.order = quarrel.report(order)
    return quarrel
