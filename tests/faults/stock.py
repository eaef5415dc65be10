"""Fills a platform with orders for the faults to strike, and reads afterwards what became of them.

Both run inside an instance, see ``calls.inside``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from quanheng.domains.services.models import Commission, Need, Plan
from quanheng.domains.services.process import COMMISSION
from quanheng.domains.testing import services as testing
from quanheng.domains.testing.models import Order
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check, whole_bundle
from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.cases.services import open_case
from quanheng.kernel.parties.models import ApiToken, Membership, Organisation, Person, SignatoryField
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.services.access import new_secret, token_digest
from quanheng.kernel.requirements.models import Requirement
from quanheng.kernel.results.services import Entered
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.models import LogCheckpoint
from quanheng.kernel.translog.queries import evidence_of
from tests import world
from tests.browse import BACKEND

LABORATORIES = 2


def token_of(person: Person) -> str:
    """A bearer token of a person."""
    secret = new_secret()
    later = timezone.now() + timedelta(days=1)
    ApiToken.objects.create(person=person, name="fault", digest=token_digest(secret), expires_at=later)
    return secret


class _Laboratory:
    """A laboratory with its people, one line of scope and an instrument."""

    def __init__(self, requirement: Requirement) -> None:
        self.organisation = world.make_organisation("laboratory")
        line = world.make_scope_line(
            world.make_recognition(self.organisation),
            requirement.item,
            requirement.method,
            family=requirement.family,
            lower="0",
            upper="100",
            unit="km/h",
        )
        self.items = [testing.Ordered(line, requirement)]
        self.instrument = world.make_instrument(self.organisation)
        self.people = {
            role: world.make_person((self.organisation, role))
            for role in (Role.OPERATOR, Role.REVIEWER, Role.SIGNATORY)
        }
        self.deputy = world.make_person((self.organisation, Role.SIGNATORY))
        for post in Membership.objects.filter(organisation=self.organisation, role=Role.SIGNATORY):
            SignatoryField.objects.create(membership=post, category="*", valid_from=timezone.localdate())

    def actor(self, role: Role) -> Actor:
        return actor_of(self.people[role])

    def reviewed(self, order: Order) -> Order:
        """The order carried as far as the signatory's decision."""
        operator = self.actor(Role.OPERATOR)
        testing.accept_order(operator, order)
        testing.receive_samples(operator, order, quantity="3 辆", condition="完好")
        row = Entered(1, "24", "km/h", "0.2", "2", (self.instrument.uid,), timezone.localdate())
        testing.enter_results(operator, order, rows=[row])
        testing.submit_results(operator, order)
        testing.review_results(self.actor(Role.REVIEWER), order)
        return order

    def delivered(self, order: Order) -> Order:
        """The order carried to its end."""
        testing.issue_report(self.actor(Role.SIGNATORY), self.reviewed(order))
        return testing.deliver_report(self.actor(Role.OPERATOR), order)


def stock(reviewed: int, offered: int = 0, delivered: int = 0) -> dict[str, Any]:
    """Make orders that wait for a decision, for acceptance, or for nothing more. Their uids and who may act on them."""
    with transaction.atomic():
        world.make_region()
        family = world.make_family("fault", "电动自行车")
        item = world.make_item("fault_speed", quantity="speed", unit="km/h")
        requirement = world.make_requirement(family, item, world.make_standard("GB 99901-2018"), upper="25")
        client = world.make_organisation("enterprise")
        member = actor_of(world.make_person((client, Role.MEMBER)))
        laboratories = [_Laboratory(requirement) for _ in range(LABORATORIES)]
        commission = _commission(client)

        def place(number: int) -> Order:
            laboratory = laboratories[number % LABORATORIES]
            return testing.place_order(
                member,
                commission.case,
                institution=laboratory.organisation,
                activity="testing",
                family=family,
                object_name="电动自行车",
                object_model=f"T{number}",
                items=laboratory.items,
                price_cents=10000,
                days=5,
            )

        decided = [laboratories[number % LABORATORIES].reviewed(place(number)) for number in range(reviewed)]
        waiting = [place(0) for _ in range(offered)]
        ended = [laboratories[0].delivered(place(0)) for _ in range(delivered)]
        deciders = [token_of(one.people[Role.SIGNATORY]) for one in laboratories]
        return {
            "reviewed": {order.case.uid: deciders[number % LABORATORIES] for number, order in enumerate(decided)},
            "offered": [order.case.uid for order in waiting],
            "delivered": [order.case.uid for order in ended],
            "operator": token_of(laboratories[0].people[Role.OPERATOR]),
            "reviewer": token_of(laboratories[0].people[Role.REVIEWER]),
            "signatories": [deciders[0], token_of(laboratories[0].deputy)],
        }


def issued_now(uids: list[str]) -> dict[str, Any]:
    """Issue the reports of orders that wait for a decision. Their uids; what the log states then, and its key."""
    made = []
    for uid in uids:
        order = Order.objects.select_related("case").get(case__uid=uid)
        post = Membership.objects.filter(organisation=order.case.handler, role=Role.SIGNATORY).order_by("id")[0]
        made.append(testing.issue_report(actor_of(post.person), order).uid)
    growing.make_checkpoint()
    last = LogCheckpoint.objects.order_by("-size")[0]
    return {"reports": made, "size": last.size, "note": last.note, "key": str(growing.verifier("log"))}


def files_of(uid: str, folder: str) -> dict[str, Any]:
    """What is fetched to verify a report elsewhere, put into a folder: report, proof and trust bundle."""
    found = Attestation.objects.get(uid=uid)
    Path(folder, "report.json").write_text(found.document, encoding="utf-8")
    Path(folder, "proof.json").write_text(json.dumps(evidence_of(uid).proof), encoding="utf-8")
    Path(folder, "trust.json").write_bytes(whole_bundle())
    return {"number": found.number}


def browsed(uid: str) -> dict[str, Any]:
    """A signatory's session, for whoever decides on an order in a browser."""
    order = Order.objects.select_related("case").get(case__uid=uid)
    post = Membership.objects.filter(organisation=order.case.handler, role=Role.SIGNATORY).order_by("id")[0]
    client = Client()
    client.force_login(post.person, backend=BACKEND)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}


def _commission(client: Organisation) -> Commission:
    need = Need.objects.create(organisation=client, text="检测")
    until = timezone.localdate() + timedelta(days=30)
    plan = Plan.objects.create(need=need, organisation=client, proposed_at=timezone.now(), valid_until=until)
    return Commission.objects.create(case=open_case(COMMISSION, title="检测", client=client), plan=plan)


def _log() -> list[str]:
    """What is wrong with the transparency log once a checkpoint is signed."""
    growing.make_checkpoint()
    return [f"{one.kind} {one.where}: {one.what}" for one in audit()]


def outcome() -> dict[str, Any]:
    """What there is: reports by order, numbers by issuer, reports that do not verify, the trail, the log."""
    numbers: dict[int, list[int]] = defaultdict(list)
    forged = []
    for attestation in Attestation.objects.select_related("issuer").order_by("pk"):
        numbers[attestation.issuer_id].append(int(attestation.number.rsplit("-", 1)[1]))
        if not check(attestation).genuine:
            forged.append(attestation.number)
    orders = Order.objects.select_related("attestation", "case").filter(attestation__isnull=False)
    proof = prove()
    return {
        "reports": {order.case.uid: [order.attestation.uid, order.attestation.number] for order in orders},  # type: ignore[union-attr]
        "numbers": list(numbers.values()),
        "forged": forged,
        "states": sorted(set(Order.objects.values_list("case__state", flat=True))),
        "issued_without_report": Order.objects.filter(case__state="issued", attestation=None).count(),
        "states_of_reports": [*Attestation.objects.order_by("id").values_list("state", flat=True)],
        "reports_without_order": Attestation.objects.filter(order=None).count(),
        "sound": proof.sound,
        "log": _log(),
        # What the worker does meanwhile has entries, too, and belongs to no case.
        "entries": Entry.objects.filter(case__isnull=False).count(),
    }
