"""One act over many rows: all or none, one entry for each row, one errand, and every row that refuses is named."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.changes import many, services
from quanheng.kernel.changes.models import Proposal, Switch
from quanheng.kernel.objects import services as objects
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import actor, organisation, person
from quanheng.kernel.requirements.models import ProductFamily

pytestmark = pytest.mark.django_db

JSON = "application/json"


def instruments(owner: Organisation, count: int) -> list[Instrument]:
    return [Instrument.objects.create(owner=owner, name_zh="表", serial=f"{owner.pk}-{n}") for n in range(count)]


def test_each_row_has_its_entry_and_all_share_the_errand_and_the_reason() -> None:
    lab = organisation("laboratory")
    rows = instruments(lab, 5)
    entries = Entry.objects.count()
    found = services.bulk(actor((lab, "administrator")), "objects.instrument.stop", rows, {}, "期间核查")
    assert len(found.done) == 5
    assert Instrument.objects.filter(in_service=False).count() == 5
    written = list(Entry.objects.filter(id__gt=entries))
    assert {entry.errand for entry in written} == {found.errand}
    assert {(entry.act, entry.reason) for entry in written} == {("objects.instrument.stop", "期间核查")}
    assert sorted(entry.subject_id for entry in written) == [row.pk for row in rows]
    assert prove().sound


def test_all_or_none_and_every_bad_row_is_named() -> None:
    lab, other = organisation("laboratory"), organisation("laboratory")
    rows = [*instruments(lab, 3), *instruments(other, 1)]
    boss = actor((lab, "administrator"))
    objects.take_out_of_service(boss, rows[1], reason="坏了")
    entries = Entry.objects.count()
    with pytest.raises(Invalid) as refused:
        services.bulk(boss, "objects.instrument.stop", rows, {}, "期间核查")
    assert [error.row for error in refused.value.errors] == [2, 4]
    assert str(rows[1]) in str(refused.value.errors[0].message)
    # What is not the actor's to see is not named.
    assert rows[3].serial not in str(refused.value.errors[1].message)
    assert Instrument.objects.filter(in_service=False).count() == 1
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_a_reason_is_needed(reason: str) -> None:
    lab = organisation("laboratory")
    with pytest.raises(Invalid):
        services.bulk(actor((lab, "administrator")), "objects.instrument.stop", instruments(lab, 1), {}, reason)


def test_too_many_none_and_twice_are_refused() -> None:
    lab = organisation("laboratory")
    boss, [row] = actor((lab, "administrator")), instruments(lab, 1)
    for rows in ([], [row, row], [row] * 1001):
        with pytest.raises(Invalid):
            services.bulk(boss, "objects.instrument.stop", rows, {}, "x")
    for name in ("no.such", "parties.account.unlock"):
        with pytest.raises(ValueError, match=name):
            services.bulk(boss, name, [row], {}, "x")
    with pytest.raises(ValueError, match="objects"):
        services.bulk(boss, "objects.product.retire", [row], {}, "x")


def test_an_act_that_needs_a_second_person_waits_row_by_row() -> None:
    bureau = organisation("regulator", "120101")
    firms = [organisation() for _ in range(3)]
    one, two = (actor((bureau, "case_officer")) for _ in range(2))
    act = "parties.organisation.correct"
    found = services.bulk(one, act, firms, {"kind": "laboratory"}, "类型更正")
    assert not found.done
    assert len(found.proposed) == 3
    assert Organisation.objects.filter(kind="laboratory").count() == 0
    assert set(Entry.objects.filter(act="changes.propose").values_list("errand", flat=True)) == {found.errand}
    # One that waits already refuses the whole batch, and leaves no proposal of it.
    with pytest.raises(Invalid):
        services.bulk(one, act, [organisation(), firms[0]], {"kind": "laboratory"}, "x")
    assert Proposal.objects.count() == 3
    # A second person approves them in bulk too; the proposer cannot.
    with pytest.raises(Invalid):
        services.bulk(one, "changes.approve", found.proposed, {}, "已核对")
    services.bulk(two, "changes.approve", found.proposed, {}, "已核对")
    assert Organisation.objects.filter(kind="laboratory").count() == 3
    assert prove().sound


def test_arguments_from_outside_are_read_by_the_act_s_types() -> None:
    lab = organisation("laboratory")
    boss, [row] = actor((lab, "administrator")), instruments(lab, 1)
    for arguments in ({"no_such": "x"}, {"on": "2026-13-01"}, {}):
        with pytest.raises(Invalid) as refused:
            many.act_on_many(boss, "competence.scope.end", [], arguments, "x")
    with pytest.raises(Invalid) as refused:
        many.act_on_many(boss, "objects.instrument.stop", [row.uid, "nobody"], {}, "x")
    assert [error.row for error in refused.value.errors] == [2]
    with pytest.raises(Invalid):
        many.act_on_many(boss, "parties.role.grant", [lab.uid], {}, "x")


def test_over_the_api() -> None:
    firm = organisation()
    family, other = (
        ProductFamily.objects.create(code=code, name_zh=code, name_en=code, source="test", confidence="confirmed")
        for code in ("ebike", "helmet")
    )
    rows = [Product.objects.create(owner=firm, family=family, name=f"车{n}") for n in range(3)]
    client = Client()
    client.force_login(person((firm, "member")))

    def post(**body: Any) -> Any:
        return client.post("/api/v1/bulk", {"reason": "归类有误", **body}, content_type=JSON)

    uids = [row.uid for row in rows]
    change = {"act": "objects.product.change", "rows": uids, "arguments": {"family": "helmet"}}
    answer = post(**change)
    assert answer.status_code == 200, answer.content
    assert answer.json()["done"] == 3
    assert Product.objects.filter(family=other).count() == 3
    assert post(**change, reason="").status_code == 422
    # A bad value names every row, by its place.
    bad = post(**{**change, "arguments": {"family": "nothing"}})
    assert bad.status_code == 422
    assert [error["row"] for error in bad.json()["errors"]] == [1, 2, 3]
    assert post(act="objects.product.retire", rows=uids[:2]).status_code == 200
    again = post(act="objects.product.retire", rows=uids)
    assert [error["row"] for error in again.json()["errors"]] == [1, 2]
    assert Product.objects.filter(retired_on=None).count() == 1
    stranger = Client()
    stranger.force_login(person((organisation(), "administrator")))
    hidden = stranger.post("/api/v1/bulk", {"reason": "x", **change}, content_type=JSON)
    assert hidden.status_code == 422
    assert "车" not in hidden.content.decode()
    assert Client().post("/api/v1/bulk", {"reason": "x", **change}, content_type=JSON).status_code == 401


def test_products_and_instruments_change_and_retire_with_a_reason() -> None:
    firm = organisation()
    family = ProductFamily.objects.create(code="e", name_zh="e", name_en="e", source="t", confidence="confirmed")
    product = Product.objects.create(owner=firm, family=family, name="车", model="A")
    Product.objects.create(owner=firm, family=family, name="车", model="B")
    boss = actor((firm, "administrator"))
    with pytest.raises(Invalid):
        objects.change_product(boss, product, name="新", reason=" ")
    with pytest.raises(Invalid):
        objects.change_product(boss, product, name="", reason="x")
    with pytest.raises(Conflict):
        objects.change_product(boss, product, model="B", reason="x")
    objects.change_product(boss, product, name="新车", reason="改名")
    assert Entry.objects.latest("id").after == {"name": "新车"}
    objects.retire_product(boss, product, reason="停产")
    for again in (
        lambda: objects.retire_product(boss, product, reason="x"),
        lambda: objects.change_product(boss, product, brand="x", reason="x"),
    ):
        with pytest.raises(Conflict):
            again()
    # The name of what is retired is free again.
    facts = objects.ProductFacts(family="e", name="新车", model="A")
    objects.register_product(boss, firm, facts=facts)
    first, second = instruments(firm, 2)
    objects.change_instrument(boss, first, accuracy="0.5 级", quantity="length", reason="铭牌")
    with pytest.raises(Conflict):
        objects.change_instrument(boss, first, serial=second.serial, reason="x")
    with pytest.raises(Invalid):
        objects.change_instrument(boss, first, quantity="no such quantity", reason="x")
    objects.retire_instrument(boss, first, reason="报废")
    with pytest.raises(Conflict):
        objects.return_to_service(boss, first, reason="x")


def test_the_platform_does_it_at_once() -> None:
    firms = [organisation() for _ in range(2)]
    found = services.bulk(Actor.platform(), "parties.organisation.correct", firms, {"kind": "laboratory"}, "x")
    assert len(found.done) == 2
    assert not Switch.objects.exists()
