"""An act is all or nothing, asks permission first, and leaves one entry with what it did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.audit.models import Entry, Head
from quanheng.kernel.audit.services import append, prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS, act, errand, remark
from quanheng.kernel.base.errors import Conflict, Denied, NotFound, SignInNeeded
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.parties.models import Group, Organisation
from quanheng.kernel.parties.tests.world import actor, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def acts() -> Iterator[None]:
    """Acts declared in a test are forgotten after it."""
    known = dict(ACTS)
    yield
    ACTS.clear()
    ACTS.update(known)


def test_a_refusal_inside_an_act_stores_nothing() -> None:
    @act("test.half", on=Organisation, label="half", may=Holds("", "member"))
    def half(who: Actor, row: Organisation) -> Organisation:
        row.phone = "1"
        row.save()
        raise Conflict("no")

    own = organisation()
    with pytest.raises(Conflict):
        half(actor((own, "member")), own)
    own.refresh_from_db()
    assert own.phone == ""
    assert not Entry.objects.exists()
    assert Head.objects.get().last == 0


def test_who_may_not_see_a_row_is_told_that_there_is_none() -> None:
    @act("test.rename", on=Group, label="rename", may=Holds("lead", "administrator"))
    def rename(who: Actor, row: Group) -> Group:
        return row

    own = organisation()
    group = Group.objects.create(lead=own, name_zh="集团")
    rename(actor((own, "administrator")), group)
    with pytest.raises(Denied):
        rename(actor((own, "member")), group)
    with pytest.raises(NotFound):
        rename(actor((organisation(), "administrator")), group)
    with pytest.raises(SignInNeeded):
        rename(Actor.nobody(), group)
    group.delete()
    with pytest.raises(NotFound):
        rename(actor((own, "administrator")), Group(pk=group.pk or 99, lead=own))


def test_nested_acts_share_an_errand_and_their_order() -> None:
    @act("test.inner", on=Organisation, label="inner", may=PlatformOnly())
    def inner(who: Actor, row: Organisation) -> Organisation:
        remark(errand=errand())
        row.address = "内"
        row.save()
        return row

    @act("test.outer", on=Organisation, label="outer", may=Holds("", "member"))
    def outer(who: Actor, row: Organisation, *, reason: str = "") -> Organisation:
        remark(outer=1)
        told = Entry.objects.count()
        inner(Actor.platform(), row)
        assert Entry.objects.count() == told
        row.refresh_from_db()
        row.phone = "外"
        row.save()
        return row

    own = organisation()
    outer(actor((own, "member")), own, reason="因为")
    first, second = Entry.objects.order_by("id")
    assert (first.act, second.act) == ("test.inner", "test.outer")
    assert first.errand == second.errand == first.facts["errand"]
    assert (second.reason, second.facts) == ("因为", {"outer": 1})
    assert (first.before, first.after) == ({"address": ""}, {"address": "内"})
    assert second.after["phone"] == "外"
    assert prove().sound
    outer(actor((own, "member")), own)
    assert Entry.objects.order_by("-id")[0].errand != first.errand


def test_a_nested_act_that_is_refused_and_survived_leaves_no_entry() -> None:
    @act("test.deep", on=Organisation, label="deep", may=PlatformOnly())
    def deep(who: Actor, row: Organisation) -> Organisation:
        return row

    @act("test.middle", on=Organisation, label="middle", may=PlatformOnly())
    def middle(who: Actor, row: Organisation) -> Organisation:
        deep(who, row)
        raise Conflict("after the deep one")

    @act("test.top", on=Organisation, label="top", may=PlatformOnly())
    def top(who: Actor, row: Organisation) -> Organisation:
        deep(who, row)
        with pytest.raises(Conflict):
            middle(who, row)
        return row

    top(Actor.platform(), organisation())
    assert list(Entry.objects.order_by("id").values_list("act", flat=True)) == ["test.deep", "test.top"]
    assert prove().sound


def test_the_head_is_locked_last_and_an_act_costs_few_queries() -> None:
    @act("test.touch", on=Organisation, label="touch", may=Holds("", "member"))
    def touch(who: Actor, row: Organisation) -> Organisation:
        row.phone = "2"
        row.save(update_fields=["phone"])
        return row

    own = organisation()
    somebody = actor((own, "member"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        touch(somebody, own)
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 5
    assert "audit_head" in statements[2]
    assert "parties_organisation" in statements[1]


def test_an_entry_comes_from_an_act_only() -> None:
    own = organisation()
    declared = next(iter(ACTS.values()))
    with pytest.raises(RuntimeError):
        append(
            Actor.platform(), declared, own, before={}, after={}, made=None, facts={}, reason="", errand="x"
        )  # fmt: skip


def test_an_act_is_declared_once() -> None:
    def nothing(who: Actor, row: Organisation) -> Organisation:
        return row

    act("test.once", on=Organisation, label="once", may=PlatformOnly())(nothing)
    with pytest.raises(ValueError, match="declared twice"):
        act("test.once", on=Organisation, label="once", may=PlatformOnly())(nothing)
