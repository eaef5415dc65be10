"""What people read of the trail: as much as they may see, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.audit.queries import UNSEEN_SHOWN, case_story, notices_for, row_story, unseen_count
from quanheng.kernel.audit.services import mark_seen
from quanheng.kernel.audit.tests.triggers import drop_triggers
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS, act, every_act, remark
from quanheng.kernel.base.errors import NotFound, SignInNeeded
from quanheng.kernel.base.grants import Holds, PlatformOnly
from quanheng.kernel.cases.models import Case
from quanheng.kernel.parties import services
from quanheng.kernel.parties.models import Group, Organisation
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.tests.world import actor, organisation, person, region

pytestmark = pytest.mark.django_db


Acts = tuple[Callable[..., Group], Callable[..., Group]]


@pytest.fixture(autouse=True)
def acts() -> Iterator[Acts]:
    """An act on a case that makes something only the client may see; forgotten after the test."""
    known = dict(ACTS)

    @act("test.describe", on=Case, label="组建", may=Holds("client"), tells=("handler", "client"))
    def describe(who: Actor, case: Case, *, reason: str = "") -> Group:
        remark(note="x")
        return Group.objects.create(lead=case.client, name_zh=f"阀门{Group.objects.count()}")

    @act("test.rename", on=Group, label="改名", may=PlatformOnly())
    def rename(who: Actor, group: Group) -> Group:
        group.name_zh = "闸阀"
        group.save()
        return group

    yield describe, rename
    ACTS.clear()
    ACTS.update(known)


def case_of(client: Organisation, handler: Organisation, **facts: object) -> Case:
    now = timezone.now()
    return Case.objects.create(
        process="test", state="open", number=f"T{Case.objects.count()}", title="阀门检测", client=client,
        handler=handler, region_code="120101", opened_at=now, changed_at=now, **facts,
    )  # fmt: skip


def test_the_story_of_a_row_tells_labels_values_and_reasons_in_both_languages() -> None:
    own = services.register_organisation(
        Actor.platform(), region("120101"), uscc="91350100M000100Y43", name_zh="旧名", kind="laboratory"
    )
    region("120102")
    services.correct_registration(
        Actor.platform(), own, name_zh="新名", region=region("120102"), kind="inspection_body", reason="迁址"
    )
    second, first = row_story(Actor.nobody(), own)
    assert first.made is not None
    assert first.act == "parties.organisation.register"
    assert (str(second.who), second.reason, second.open) == ("平台自动办理", "迁址", True)
    told = {change.field: (str(change.label), str(change.before), str(change.after)) for change in second.changes}
    assert told == {
        "name_zh": ("名称", "旧名", "新名"),
        "kind": ("类型", "检验检测机构", "检验机构"),
        "region_id": ("所在区划", "区划120101", "区划120102"),
    }
    with override("en"):
        second, _first = row_story(Actor.nobody(), own)
        told = {change.field: (str(change.label), str(change.before)) for change in second.changes}
        assert told["region_id"] == ("Region", "Region 120101")
        assert str(second.what) == "Correct the registration"


def test_a_row_that_is_not_yours_has_no_story() -> None:
    own = organisation()
    group = services.create_group(actor((own, "administrator")), own, name_zh="集团")
    assert len(row_story(actor((own, "member")), group)) == 1
    with pytest.raises(NotFound):
        row_story(actor((organisation(), "member")), group)


def test_the_story_of_a_case_hides_what_a_side_may_not_see(acts: Acts) -> None:
    describe, rename = acts
    client, handler = organisation(), organisation("laboratory")
    case = case_of(client, handler)
    group = describe(actor((client, "member")), case, reason="补充")
    child = case_of(client, handler, parent=case)
    describe(actor((client, "member")), child)
    mine = case_story(actor((client, "member")), case)
    theirs = case_story(actor((handler, "operator")), case)
    assert [one.id for one in mine] == [one.id for one in theirs]
    assert mine[0].made is not None
    assert theirs[0].made is None
    assert theirs[0].open
    assert len(case_story(actor((client, "member")), case, children=True)) == 2
    assert case_story(actor((client, "member")), case, before=mine[-1].id) == []
    rename(Actor.platform(), group)
    entry = Entry.objects.order_by("-id")[0]
    # A change of the client's own row that belongs to the case: the laboratory sees that, not what.
    drop_triggers()
    Entry.objects.filter(pk=entry.pk).update(case_id=case.pk)
    shown, hidden = case_story(actor((client, "member")), case)[0], case_story(actor((handler, "operator")), case)[0]
    assert [str(change) for change in shown.changes] == ["名称: 阀门0 → 闸阀"]
    assert (hidden.changes, hidden.open, hidden.what) == ((), False, "改名")
    with pytest.raises(NotFound):
        case_story(actor((organisation(), "member")), case)


def test_a_story_costs_few_queries_however_long(acts: Acts) -> None:
    describe, _rename = acts
    client = organisation()
    case, somebody = case_of(client, organisation("laboratory")), actor((client, "member"))
    for _ in range(12):
        describe(somebody, case)
    with CaptureQueriesContext(connection) as queries:
        assert len(case_story(somebody, case)) == 12
    assert len(queries) <= 4


def test_new_notices_are_counted_as_far_as_the_bell_shows_them(acts: Acts) -> None:
    describe, _rename = acts
    client, handler = organisation(), organisation("laboratory")
    case, somebody = case_of(client, handler), actor((client, "member"))
    for _ in range(UNSEEN_SHOWN + 1):
        describe(somebody, case)
    assert unseen_count(actor_of(person((handler, "operator")))) == UNSEEN_SHOWN


def test_notices_reach_the_organisations_and_are_seen_by_each_person(acts: Acts) -> None:
    describe, _rename = acts
    client, handler = organisation(), organisation("laboratory")
    case = case_of(client, handler)
    one, two = person((handler, "operator")), person((handler, "reviewer"))
    for _ in range(3):
        describe(actor((client, "member")), case)
    assert unseen_count(actor_of(one)) == 3
    with CaptureQueriesContext(connection) as queries:
        unseen_count(actor_of(one))
    assert len([q for q in queries if "audit_notice" in q["sql"]]) == 1
    found = notices_for(actor_of(one))
    assert [notice.title for notice in found] == ["阀门检测"] * 3
    assert all(notice.new for notice in found)
    mark_seen(actor_of(one), found[1].id)
    assert unseen_count(actor_of(one)) == 1
    assert [notice.new for notice in notices_for(actor_of(one))] == [True, False, False]
    mark_seen(actor_of(one), 2**60)
    mark_seen(actor_of(one), 1)
    assert unseen_count(actor_of(one)) == 0
    assert unseen_count(actor_of(two)) == 3
    outsider = actor((organisation(), "administrator"))
    assert notices_for(outsider) == []
    assert unseen_count(outsider) == 0
    assert unseen_count(Actor.nobody()) == 0
    assert notices_for(Actor.nobody()) == []
    assert Notice.objects.count() == 6
    with pytest.raises(SignInNeeded):
        mark_seen(Actor.nobody(), 1)


def _leads_somewhere(model: Any, path: str) -> bool:
    """Whether a path of keys ends at organisations."""
    for step in path.split("__") if path else ():
        field = next((one for one in model._meta.get_fields() if one.name == step), None)
        if field is None or field.related_model is None:
            return False
        model = field.related_model
    return model is Organisation


def test_every_act_that_tells_can_tell() -> None:
    for name, declared in every_act().items():
        if name.startswith("test."):
            continue
        made = get_type_hints(declared.function)["return"]
        for path in declared.tells:
            assert _leads_somewhere(declared.on, path) or (path and _leads_somewhere(made, path)), (name, path)


def test_a_first_administrator_is_announced_to_the_organisation() -> None:
    new = organisation()
    services.appoint_administrator(Actor.platform(), new, username="first", name_zh="王芳", password="long-enough-9481")
    assert Notice.objects.filter(organisation=new, entry__act="parties.organisation.appoint_administrator").exists()
