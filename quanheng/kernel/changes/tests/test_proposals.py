"""An act that needs a second person: stored, seen exactly, approved by somebody else and done as it was proposed."""

from __future__ import annotations

import inspect
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.audit.queries import row_story
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, every_act
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound, Proposed, Refusal, in_language
from quanheng.kernel.base.grants import Holds, restrict
from quanheng.kernel.changes import queries, services
from quanheng.kernel.changes.models import Proposal
from quanheng.kernel.changes.proposing import rehearse
from quanheng.kernel.changes.table import demands
from quanheng.kernel.changes.wording import effects_for
from quanheng.kernel.parties import services as parties
from quanheng.kernel.parties.models import Membership, Organisation
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.tests.world import organisation, person, region
from quanheng.kernel.requirements.models import Standard
from quanheng.kernel.requirements.services import record_replacement, withdraw_standard

pytestmark = pytest.mark.django_db


class World:
    """A district bureau with two officers, the city's bureau with one and its administrator, and a firm."""

    def __init__(self) -> None:
        self.bureau = organisation("regulator", "120101", "和平区市场监管局")
        self.city = organisation("regulator", "120000", "市市场监管委")
        self.firm = organisation("enterprise", "120101", "旧名有限公司")
        self.people = {
            "one": person((self.bureau, "case_officer")),
            "two": person((self.bureau, "case_officer")),
            "three": person((self.city, "case_officer")),
            "boss": person((self.city, "administrator")),
            "far": person((organisation("regulator", "120103"), "case_officer")),
        }

    def actor(self, name: str) -> Actor:
        return actor_of(self.people[name])

    def propose(self, name: str = "one", **facts: Any) -> Proposal:
        facts = facts or {"name_zh": "新名有限公司", "reason": "工商变更"}
        with pytest.raises(Proposed) as waiting:
            parties.correct_registration(self.actor(name), self.firm, **facts)
        return Proposal.objects.get(uid=waiting.value.proposal.uid)

    def name(self) -> str:
        return Organisation.objects.get(pk=self.firm.pk).name_zh


@pytest.fixture
def world() -> World:
    return World()


def standard(number: str, **dates: date) -> Standard:
    return Standard.objects.create(
        number=number, key=number, title_zh=number, kind="gb", source="test", confidence="confirmed", **dates
    )


def test_a_proposed_act_changes_nothing_and_tells_whom_it_concerns(world: World) -> None:
    entries = Entry.objects.count()
    proposal = world.propose()
    assert world.name() == "旧名有限公司"
    assert Entry.objects.count() == entries + 1
    entry = Entry.objects.latest("id")
    assert (entry.act, entry.facts["proposal"], entry.facts["proposed"]) == (
        "changes.propose",
        proposal.uid,
        "parties.organisation.correct",
    )
    assert proposal.reason == "工商变更"
    assert (proposal.office, proposal.asked) == (world.bureau, world.bureau)
    assert Notice.objects.get(entry=entry).organisation == world.bureau
    [effect] = effects_for(world.actor("two"), proposal.effects)
    assert [(str(one.label), one.before, one.after) for one in effect.changes] == [
        ("名称", "旧名有限公司", "新名有限公司")
    ]
    # The trail tells of the proposal but not of what is in it.
    assert "新名" not in str(entry.facts)
    assert prove().sound


def test_whoever_is_alone_asks_the_office_above(world: World) -> None:
    Membership.objects.filter(person=world.people["two"]).delete()
    assert world.propose().asked == world.city


def test_what_the_act_refuses_is_refused_at_once(world: World) -> None:
    with pytest.raises(Invalid):
        parties.correct_registration(world.actor("one"), world.firm, name_zh="", reason="x")
    with pytest.raises(Invalid):
        parties.correct_registration(world.actor("one"), world.firm, name_zh="新", reason=" ")
    with pytest.raises(Denied):
        parties.correct_registration(world.actor("far"), world.firm, name_zh="新", reason="x")
    assert not Proposal.objects.exists()


def test_somebody_else_approves_and_both_are_named(world: World) -> None:
    proposal = world.propose()
    services.approve_proposal(world.actor("two"), proposal, reason="已核对档案")
    assert world.name() == "新名有限公司"
    done, decided = Entry.objects.order_by("-id")[:2][::-1]
    assert (done.act, done.actor_id) == ("parties.organisation.correct", world.people["two"].pk)
    assert done.facts["proposed_by"] == world.people["one"].name_zh
    assert done.facts["proposal"] == proposal.uid
    assert done.reason == "工商变更"
    assert (decided.act, decided.reason) == ("changes.approve", "已核对档案")
    assert done.errand == decided.errand
    who = row_story(world.actor("two"), world.firm)[0].who
    assert world.people["one"].name_zh in str(who)
    assert world.people["two"].name_zh in str(who)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("approved", world.people["two"])
    assert Notice.objects.filter(entry=decided).get().organisation == world.bureau
    assert prove().sound


def test_nobody_approves_the_own_proposal(world: World) -> None:
    proposal = world.propose()
    for decide in (services.approve_proposal, services.decline_proposal):
        with pytest.raises(Denied):
            decide(world.actor("one"), proposal, reason="x")
        with pytest.raises(Denied):
            decide(Actor.platform(), proposal, reason="x")
        with pytest.raises(NotFound):
            decide(world.actor("far"), proposal, reason="x")
    assert world.name() == "旧名有限公司"
    # Nor does the database keep it, whatever the code does.
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="approved", decided_by=world.people["one"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="approved")


def test_who_sees_what_waits(world: World) -> None:
    proposal = world.propose()
    for name, sees in {"one": True, "two": True, "three": True, "boss": True, "far": False}.items():
        actor = world.actor(name)
        assert Proposal.visible_to.allows(actor, proposal) is sees
        assert restrict(Proposal.objects.all(), actor).exists() is sees
        waits = queries.proposals(actor).exists()
        assert waits is (sees and name != "one")
        assert (queries.waiting_first(actor, 5)[0] != []) is waits
    assert list(queries.proposals(world.actor("one"), "mine")) == [proposal]
    assert not restrict(Proposal.objects.all(), Actor.nobody()).exists()
    assert not restrict(Proposal.objects.all(), actor_of(person((world.firm, "administrator")))).exists()


def test_declined_and_taken_back_change_nothing(world: World) -> None:
    proposal = world.propose()
    with pytest.raises(Invalid):
        services.decline_proposal(world.actor("two"), proposal, reason=" ")
    services.decline_proposal(world.actor("two"), proposal, reason="档案不符")
    with pytest.raises(Conflict) as late:
        services.approve_proposal(world.actor("three"), proposal)
    assert world.people["two"].name_zh in in_language(late.value.message, "en")
    again = world.propose()
    with pytest.raises(Denied):
        services.take_back_proposal(world.actor("two"), again)
    services.take_back_proposal(world.actor("one"), again)
    with pytest.raises(Conflict):
        services.approve_proposal(world.actor("two"), again)
    assert world.name() == "旧名有限公司"


def test_the_same_act_waits_once_and_says_who_asked(world: World) -> None:
    world.propose()
    with pytest.raises(Conflict) as refused:
        parties.correct_registration(world.actor("two"), world.firm, name_zh="又名", reason="x")
    assert refused.value.reason == "already-proposed"
    assert Proposal.objects.count() == 1


def test_what_has_changed_since_is_told_and_a_new_proposal_takes_its_place(world: World) -> None:
    proposal = world.propose()
    parties.change_organisation(actor_of(person((world.firm, "administrator"))), world.firm, phone="022-9", reason="x")
    with pytest.raises(Conflict) as refused:
        services.approve_proposal(world.actor("two"), proposal)
    assert refused.value.reason == "outdated"
    [error] = refused.value.errors
    assert error.field == "phone"
    assert "联系电话" in str(error.message)
    assert "022-9" in str(error.message)
    assert world.name() == "旧名有限公司"
    again = world.propose("two")
    proposal.refresh_from_db()
    assert proposal.state == "outdated"
    services.approve_proposal(world.actor("one"), again)
    assert world.name() == "新名有限公司"


def test_a_row_among_the_arguments_is_ground_too(world: World) -> None:
    old, new = standard("GB 1-2000"), standard("GB 1-2010", effective=date(2011, 5, 1))
    with pytest.raises(Proposed) as waiting:
        record_replacement(world.actor("one"), new, predecessor=old, reason="公告")
    old.refresh_from_db()
    assert old.superseded_on is None
    proposal = Proposal.objects.get(uid=waiting.value.proposal.uid)
    told = effects_for(world.actor("two"), proposal.effects)
    assert [(one.name, [str(change.after) for change in one.changes]) for one in told] == [
        ("GB 1-2010", []),
        ("GB 1-2000", ["2011-05-01"]),
    ]
    Standard.objects.filter(pk=old.pk).update(title_zh="改过的")
    with pytest.raises(Conflict) as refused:
        services.approve_proposal(world.actor("two"), proposal)
    assert [error.field for error in refused.value.errors] == ["title_zh"]
    Standard.objects.filter(pk=old.pk).update(title_zh="GB 1-2000")
    services.approve_proposal(world.actor("two"), proposal)
    old.refresh_from_db()
    assert old.superseded_on == date(2011, 5, 1)


def test_a_proposer_who_may_no_longer_takes_the_proposal_along(world: World) -> None:
    proposal = world.propose()
    Membership.objects.filter(person=world.people["one"]).delete()
    with pytest.raises(Conflict) as refused:
        services.approve_proposal(world.actor("two"), proposal)
    assert refused.value.reason == "proposer-gone"


def test_the_platform_and_its_loaders_are_not_held_up(world: World) -> None:
    parties.correct_registration(Actor.platform(), world.firm, name_zh="平台更正", reason="x")
    assert world.name() == "平台更正"
    assert not Proposal.objects.exists()


def test_the_administrator_of_the_city_switches_a_rule(world: World) -> None:
    name = "parties.organisation.correct"
    for denied in ("one", "three"):
        with pytest.raises(Denied):
            services.switch_rule(world.actor(denied), world.city, act=name, required=False, reason="x")
    boss = world.actor("boss")
    with pytest.raises(Invalid):
        services.switch_rule(boss, world.city, act="no.such", required=False, reason="x")
    with pytest.raises(Conflict):
        services.switch_rule(boss, world.city, act=name, required=True, reason="x")
    services.switch_rule(boss, world.city, act=name, required=False, reason="人手不足")
    parties.correct_registration(world.actor("one"), world.firm, name_zh="立即生效", reason="x")
    assert world.name() == "立即生效"
    services.switch_rule(boss, world.city, act=name, required=True, reason="恢复")
    world.propose()
    # The switch itself can be put under the rule.
    services.switch_rule(boss, world.city, act="changes.rule.switch", required=True, reason="加强")
    with pytest.raises(Proposed):
        services.switch_rule(boss, world.city, act=name, required=False, reason="x")


def test_an_act_inside_another_act_does_not_slip_past(world: World) -> None:
    @act("test.outer", on=Organisation, label="outer", may=Holds(""))
    def outer(actor: Actor, row: Organisation) -> Organisation:
        parties.correct_registration(actor, world.firm, name_zh="偷改", reason="x")
        return row

    try:
        with pytest.raises(Conflict):
            outer(world.actor("one"), world.bureau)
    finally:
        from quanheng.kernel.base.acts import ACTS, SERVICES

        del ACTS["test.outer"], SERVICES["test.outer"]
    assert world.name() == "旧名有限公司"
    assert not Proposal.objects.exists()


def test_a_rehearsal_leaves_nothing(world: World) -> None:
    entries = Entry.objects.count()
    effects = rehearse("parties.organisation.correct", world.actor("one"), world.firm, {"name_zh": "甲", "reason": "x"})
    assert effects[0]["after"] == {"name_zh": "甲"}
    assert world.name() == "旧名有限公司"
    assert Entry.objects.count() == entries
    assert prove().sound


def test_the_table_names_acts_that_can_wait() -> None:
    """Each has a reason in both languages, takes no secret, and says why it was done."""
    for name, demand in demands().items():
        declared = every_act()[name]
        parameters = inspect.signature(declared.function).parameters
        assert "reason" in parameters, name
        assert not {"password", "secret"} & set(parameters), name
        assert demand.reason_zh != demand.reason_en


def test_the_pages_tell_it_whole(world: World) -> None:
    """Proposed on the API, seen and approved on the page."""
    client = Client()
    client.force_login(world.people["one"])
    answer = client.post(
        f"/api/v1/organisations/{world.firm.uid}/correct",
        {"name_zh": "新名有限公司", "reason": "工商变更"},
        content_type="application/json",
    )
    assert answer.status_code == 202, answer.content
    told = answer.json()
    assert set(told) == {"proposal", "act", "detail", "detail_zh", "detail_en"}
    uid = told["proposal"]
    own = client.get(f"/changes/{uid}/").content.decode()
    assert "撤回" in own
    assert "批准并生效" not in own
    assert client.get("/changes/?show=mine").content.decode().count(uid) == 1
    assert uid not in client.get("/changes/").content.decode()
    other = Client()
    other.force_login(world.people["two"])
    assert uid in other.get("/changes/").content.decode()
    assert uid in other.get("/work/").content.decode()
    page = other.get(f"/changes/{uid}/").content.decode()
    for text in ("批准并生效", "旧名有限公司", "新名有限公司", "工商变更"):
        assert text in page
    assert world.name() == "旧名有限公司"
    far = Client()
    far.force_login(world.people["far"])
    assert far.get(f"/changes/{uid}/").status_code == 404
    assert far.post(f"/changes/{uid}/approve/").status_code == 404
    assert other.post(f"/changes/{uid}/approve/", {"reason": ""}).status_code == 302
    assert world.name() == "新名有限公司"
    detail = other.get(f"/api/v1/changes/{uid}").json()
    assert detail["state"] == "approved"
    assert detail["effects"][0]["changes"][0]["after"] == "新名有限公司"
    assert uid in other.get("/changes/?show=decided").content.decode()
    late = other.post(f"/api/v1/changes/{uid}/decline", {"reason": "x"}, content_type="application/json")
    assert late.status_code == 409


def test_a_page_that_does_the_act_leads_to_the_proposal(world: World) -> None:
    client = Client()
    client.force_login(world.people["boss"])
    services.switch_rule(world.actor("boss"), world.city, act="changes.rule.switch", required=True, reason="加强")
    answer = client.post(
        "/changes/rules/", {"act": "requirements.standard.replace", "required": "no", "reason": "x"}, follow=True
    )
    proposal = Proposal.objects.get()
    assert answer.redirect_chain == [(f"/changes/{proposal.uid}/", 302)]
    assert "等待批准" in answer.content.decode()


def test_a_withdrawal_with_a_day_waits_and_runs_as_proposed(world: World) -> None:
    one = standard("GB 9-2000")
    with pytest.raises(Proposed):
        withdraw_standard(world.actor("three"), one, on=date(2025, 3, 1), reason="2025 年第 1 号公告")
    proposal = Proposal.objects.get()
    assert proposal.arguments == {"on": {"$date": "2025-03-01"}, "reason": "2025 年第 1 号公告"}
    services.approve_proposal(world.actor("one"), proposal)
    one.refresh_from_db()
    assert one.withdrawn == date(2025, 3, 1)


def test_a_region_among_the_arguments(world: World) -> None:
    region("120102")
    boss = world.actor("boss")
    with pytest.raises(Proposed):
        parties.correct_registration(boss, world.firm, region=region("120102"), reason="迁址")
    proposal = Proposal.objects.get()
    # The district's officers may correct the firm, but not move it out of the district.
    with pytest.raises(Refusal):
        services.approve_proposal(world.actor("two"), proposal)
    services.approve_proposal(world.actor("three"), proposal)
    assert Organisation.objects.get(pk=world.firm.pk).region_code == "120102"
