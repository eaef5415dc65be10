"""Acts on organisations, people, roles and groups, with their refusals in both languages."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound, SignInNeeded, in_language
from quanheng.kernel.parties import services
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.queries import actor_of, groups_of, may_sign, signed_in
from quanheng.kernel.parties.tests.world import PASSWORD, actor, credit_code, organisation, person, region

pytestmark = pytest.mark.django_db


def facts(number: int = 900_001, **others: object) -> dict[str, object]:
    return {"uscc": credit_code(number), "name_zh": "海河阀门厂", "kind": "enterprise", **others}


def fields(refused: pytest.ExceptionInfo[Invalid]) -> set[str]:
    for error in refused.value.errors:
        zh, en = in_language(error.message, "zh-hans"), in_language(error.message, "en")
        assert zh and en and zh != en, error.field
    return {error.field for error in refused.value.errors}


def test_a_regulator_registers_in_its_own_region_only() -> None:
    city = organisation("regulator", "120000")
    made = services.register_organisation(actor((city, "case_officer")), region("120101"), **facts())
    assert made.region_code == "120101"
    entry = Entry.objects.order_by("-id")[0]
    assert (entry.act, entry.subject_id, entry.made_id) == ("parties.organisation.register", 120101, made.pk)
    with pytest.raises(Denied):
        services.register_organisation(actor((city, "case_officer")), region("210100"), **facts(900_002))
    with pytest.raises(Denied):
        services.register_organisation(actor((organisation(), "administrator")), region("120101"), **facts(900_003))
    with pytest.raises(SignInNeeded):
        services.register_organisation(Actor.nobody(), region("120101"), **facts(900_004))


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        services.register_organisation(
            Actor.platform(),
            region(),
            uscc=credit_code(5)[:-1] + "0",
            name_zh=" ",
            kind="guild",
            address="甲" * 201,
            latitude=91.0,
        )
    assert fields(refused) == {"uscc", "name_zh", "kind", "address", "latitude"}
    assert not Organisation.objects.exists()


def test_a_code_is_registered_once_and_the_refusal_names_the_holder() -> None:
    services.register_organisation(Actor.platform(), region(), **facts())
    with pytest.raises(Invalid) as refused:
        services.register_organisation(Actor.platform(), region(), **facts(name_zh="另一家"))
    assert fields(refused) == {"uscc"}
    assert "海河阀门厂" in str(refused.value.errors[0].message)


def test_what_another_has_just_taken_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the check and the storing another transaction may be quicker; the database decides."""
    own = organisation()
    own.uscc = credit_code(900_001)
    own.save()
    monkeypatch.setattr(Organisation.objects, "filter", lambda **_facts: Organisation.objects.none())
    with pytest.raises(Invalid) as refused:
        services.register_organisation(Actor.platform(), region(), **facts())
    assert fields(refused) == {"uscc"}
    monkeypatch.undo()
    person(username="taken")
    monkeypatch.setattr(Person.objects, "filter", lambda **_facts: Person.objects.none())
    with pytest.raises(Invalid) as refused:
        services.register_person(actor((own, "administrator")), own, username="taken", name_zh="某", password=PASSWORD)
    assert fields(refused) == {"username"}


def test_regulators_are_registered_from_above_by_an_administrator() -> None:
    city = organisation("regulator", "120000")
    with pytest.raises(Denied):
        services.register_organisation(actor((city, "case_officer")), region("120101"), **facts(kind="regulator"))
    services.register_organisation(actor((city, "administrator")), region("120101"), **facts(kind="regulator"))


@pytest.mark.usefixtures("single_handed")
def test_an_organisation_changes_its_face_but_not_its_identity() -> None:
    own = organisation()
    administrator = actor((own, "administrator"))
    services.change_organisation(administrator, own, address="新港路 1 号", phone="022-1", reason="更新")
    own.refresh_from_db()
    assert own.address == "新港路 1 号"
    with pytest.raises(Invalid) as refused:
        services.change_organisation(administrator, own, name_zh="别家", reason="更新")
    assert fields(refused) == {"name_zh"}
    with pytest.raises(Denied):
        services.change_organisation(actor((own, "member")), own, phone="1", reason="更新")
    district = organisation("regulator", "120101")
    services.correct_registration(actor((district, "case_officer")), own, name_zh="别家", reason="工商变更")
    with pytest.raises(Denied):
        services.correct_registration(actor((district, "case_officer")), own, region=region("120102"), reason="迁址")


def test_the_first_administrator_is_appointed_once() -> None:
    own, officer = organisation(), actor((organisation("regulator", "120000"), "case_officer"))
    made = services.appoint_administrator(
        officer, own, username="First.Admin", name_zh="赵一", email="zhao@example.com"
    )
    assert made.username == "first.admin"
    assert Membership.objects.get(person=made).role == "administrator"
    assert not made.has_usable_password()
    assert DBTaskResult.objects.filter(task_path__endswith="mail.send").count() == 1
    with pytest.raises(Conflict):
        services.appoint_administrator(officer, own, username="second", name_zh="钱二", password=PASSWORD)


def test_a_person_is_registered_by_an_administrator_of_the_organisation() -> None:
    own = organisation("laboratory")
    administrator = actor((own, "administrator"))
    made = services.register_person(
        administrator, own, username="li.si", name_zh="李四", roles=["operator", "reviewer"], password=PASSWORD
    )
    assert set(made.memberships.values_list("role", flat=True)) == {"operator", "reviewer"}
    assert "password" not in Entry.objects.order_by("-id")[0].facts["made"]
    with pytest.raises(Invalid) as refused:
        services.register_person(
            administrator, own, username="li.si", name_zh="", roles=["signatory", "case_officer"], password="12345"
        )
    assert fields(refused) == {"username", "name_zh", "role", "password"}
    with pytest.raises(Invalid) as refused:
        services.register_person(administrator, own, username="x y", name_zh="王五")
    assert fields(refused) == {"username", "email"}
    with pytest.raises(Denied):
        services.register_person(
            actor((organisation(), "administrator")), own, username="n", name_zh="n", password=PASSWORD
        )
    assert Person.objects.filter(username="n").count() == 0


def test_whoever_signed_in_is_read_with_the_posts_and_these_serve_once() -> None:
    own = organisation("laboratory")
    somebody, nobody = person((own, "member"), (own, "operator")), person()
    with CaptureQueriesContext(connection) as asked:
        read = signed_in(somebody.pk)
        assert read == somebody and read.name_zh == somebody.name_zh and not read._state.adding
        assert actor_of(read) == actor_of(somebody)
    assert len(asked) == 2, "one for both, one for the person who was read without posts"
    services.grant_role(actor((own, "administrator")), own, person=somebody, role="reviewer")
    assert actor_of(read).holds("reviewer"), "what is asked later is asked anew"
    alone = signed_in(nobody.pk)
    assert alone is not None and actor_of(alone).posts == ()
    assert signed_in(0) is None


def test_roles_are_granted_ended_and_granted_again() -> None:
    own = organisation("laboratory")
    administrator, somebody = actor((own, "administrator")), person((own, "member"))
    held = services.grant_role(administrator, own, person=somebody, role="operator")
    assert actor_of(somebody).holds("operator")
    with pytest.raises(Conflict):
        services.grant_role(administrator, own, person=somebody, role="operator")
    services.end_role(administrator, held, reason="离职")
    assert not actor_of(somebody).holds("operator")
    with pytest.raises(Conflict):
        services.end_role(administrator, held, reason="离职")
    services.grant_role(administrator, own, person=somebody, role="operator")
    assert actor_of(somebody).holds("operator")
    with pytest.raises(Invalid) as refused:
        services.grant_role(
            administrator,
            own,
            person=somebody,
            role="case_officer",
            valid_until=timezone.localdate() - timedelta(days=1),
        )
    assert fields(refused) == {"role", "valid_until"}
    with pytest.raises(NotFound):
        services.end_role(actor((organisation(), "administrator")), held, reason="离职")


def test_the_last_administrator_stays() -> None:
    own = organisation()
    one = person((own, "administrator"))
    post = one.memberships.get()
    with pytest.raises(Conflict):
        services.end_role(actor_of(one), post, reason="离职")
    services.grant_role(actor_of(one), own, person=person((own, "member")), role="administrator")
    services.end_role(actor_of(one), post, reason="离职")


def test_a_signatory_is_authorised_by_field_and_never_by_himself() -> None:
    own = organisation("laboratory")
    boss, chief = person((own, "administrator")), person((own, "reviewer"))
    today = timezone.localdate()
    with pytest.raises(Denied):
        services.authorise_signatory(actor_of(boss), own, person=boss, categories=["*"])
    services.authorise_signatory(
        actor_of(boss), own, person=chief, categories=["e-bike", "toy"], valid_until=today + timedelta(days=30)
    )
    assert may_sign(chief.pk, own.pk, "toy", today)
    assert not may_sign(chief.pk, own.pk, "cable", today)
    assert not may_sign(chief.pk, own.pk, "toy", today + timedelta(days=31))
    # A renewal replaces the authorisation and lengthens the post.
    services.authorise_signatory(actor_of(boss), own, person=chief, categories=["toy"])
    assert may_sign(chief.pk, own.pk, "toy", today + timedelta(days=400))
    assert not may_sign(chief.pk, own.pk, "e-bike", today + timedelta(days=400))
    field = chief.memberships.get(role="signatory").fields.get(category="toy", valid_until=None)
    services.withdraw_signatory_field(actor_of(boss), field, reason="岗位调整")
    assert not may_sign(chief.pk, own.pk, "toy", today)
    with pytest.raises(Invalid) as refused:
        services.authorise_signatory(actor_of(boss), own, person=person(), categories=[])
    assert fields(refused) == {"categories", "person"}
    with pytest.raises(Invalid) as refused:
        factory = organisation()
        worker = person((factory, "member"))
        services.authorise_signatory(actor((factory, "administrator")), factory, person=worker, categories=["*"])
    assert fields(refused) == {"role"}


def test_a_group_grows_by_consent_and_gives_the_lead_no_administration() -> None:
    lead, supplier = organisation(name="港口集团"), organisation(name="供应商")
    boss = person((lead, "administrator"), (lead, "quality_manager"), (lead, "planner"))
    theirs = person((supplier, "administrator"))
    group = services.create_group(actor_of(boss), lead, name_zh="港口供应链")
    with pytest.raises(NotFound):
        services.join_group(actor_of(theirs), supplier, group=group)
    services.invite_to_group(actor_of(boss), group, organisation=supplier)
    assert supplier.pk not in actor_of(boss).all_organisations
    with pytest.raises(Denied):
        services.join_group(actor_of(boss), supplier, group=group)
    assert list(groups_of(actor_of(theirs))) == [group]
    services.join_group(actor_of(theirs), supplier, group=group)
    assert {post.role for post in actor_of(boss).posts if post.organisation_id == supplier.pk} == {
        "member",
        "planner",
    }
    services.leave_group(actor_of(theirs), supplier, group=group, reason="合同到期")
    assert supplier.pk not in actor_of(boss).all_organisations
    with pytest.raises(Conflict):
        services.remove_from_group(actor_of(boss), group, organisation=supplier)


def letters() -> list[tuple[str, str]]:
    """(to, body) of the messages queued so far."""
    sent = DBTaskResult.objects.filter(task_path__endswith="mail.send").order_by("enqueued_at")
    return [(one.args_kwargs["args"][0], one.args_kwargs["args"][2]) for one in sent]


def token_in(body: str) -> str:
    """The token of the link in a message; the same in both languages."""
    (token,) = set(re.findall(r"/profile/mail/verify/([^/]+)/", body))
    return token


def test_a_new_address_is_used_once_its_link_was_opened_and_the_old_one_is_told() -> None:
    one = person(email="old@example.com")
    services.change_profile(actor_of(one), one, email="new@example.com", phone="1")
    one.refresh_from_db()
    assert (one.email, one.email_pending, one.phone) == ("old@example.com", "new@example.com", "1")
    ((to, body),) = letters()
    assert to == "new@example.com"
    # The secret of the link is nowhere but in the message.
    assert token_in(body).split(".")[1].split(":")[0] not in str(list(Entry.objects.values()))
    services.verify_address(actor_of(one), one, token=token_in(body))
    one.refresh_from_db()
    assert (one.email, one.email_pending, one.email_standing) == ("new@example.com", "", "verified")
    assert letters()[-1][0] == "old@example.com"
    with pytest.raises(NotFound):
        services.change_profile(actor_of(person()), one, email="x@example.com")


def test_a_link_is_good_once_in_time_for_its_own_person_and_the_last_alone() -> None:
    one, other = person(email="a@example.com"), person(email="b@example.com")
    services.change_profile(actor_of(one), one, email="new@example.com")
    first = token_in(letters()[-1][1])
    one.refresh_from_db()
    with pytest.raises(Conflict, match="一分钟"):
        services.send_link(actor_of(one), one)
    Person.objects.filter(pk=one.pk).update(email_link_at=timezone.now() - timedelta(minutes=2))
    services.send_link(actor_of(one), one)
    second = token_in(letters()[-1][1])
    for who, token, why in (
        (one, first, "已用过"),
        (one, second[:-1] + ("a" if second[-1] != "a" else "b"), "无效"),
        (one, "x", "无效"),
        (other, second, "另一个账户"),
    ):
        with pytest.raises(Invalid, match=why):
            services.verify_address(actor_of(who), who, token=token)
    late = time.time() + settings.EMAIL_LINK_TIMEOUT + 60
    with mock.patch("django.core.signing.time.time", return_value=late), pytest.raises(Invalid, match="过期"):
        services.verify_address(actor_of(one), one, token=second)
    services.verify_address(actor_of(one), one, token=second)
    with pytest.raises(Invalid, match="已用过"):
        services.verify_address(actor_of(one), one, token=second)
    with pytest.raises(Conflict, match="已经验证"):
        services.send_link(actor_of(one), one)
    # An address given by an administrator is proved in the same way, without being replaced.
    services.send_link(actor_of(other), other)
    services.verify_address(actor_of(other), other, token=token_in(letters()[-1][1]))
    other.refresh_from_db()
    assert (other.email, other.email_standing) == ("b@example.com", "verified")


def test_tokens_are_limited_in_number_and_time() -> None:
    one = person()
    with pytest.raises(Invalid):
        services.issue_token(actor_of(one), one, name="x", secret="s", days=366)
    token = services.issue_token(actor_of(one), one, name="x", secret="s")
    assert token.digest not in str(Entry.objects.order_by("-id")[0].facts)
    services.revoke_token(actor_of(one), token)
    with pytest.raises(Conflict):
        services.revoke_token(actor_of(one), token)
    for number in range(20):
        services.issue_token(actor_of(one), one, name="x", secret=str(number))
    with pytest.raises(Conflict):
        services.issue_token(actor_of(one), one, name="x", secret="one too many")


def many(count: int, first: int = 910_000, region: str = "120101") -> list[dict[str, object]]:
    rows = ((credit_code(first + place), f"批量机构{place}") for place in range(count))
    same = {"kind": "enterprise", "address": "示范路", "region": region}
    return [{"uscc": code, "name_zh": name, **same} for code, name in rows]


def test_many_organisations_enter_under_one_entry() -> None:
    district = organisation("regulator", "120101")
    services.load_organisations(actor((district, "district_officer")), district, rows=many(40))
    made = Organisation.objects.filter(kind="enterprise")
    assert made.count() == 40
    assert {(one.region_code, one.region_id, one.address) for one in made} == {("120101", "120101", "示范路")}
    entry = Entry.objects.get(act="parties.organisation.load")
    assert entry.facts["organisations"] == 40
    assert len(entry.facts["sha256"]) == 64
    with pytest.raises(Invalid) as beyond:
        region("120116")
        elsewhere = many(1, 920_000, "120116")
        services.load_organisations(actor((district, "district_officer")), district, rows=elsewhere)
    assert fields(beyond) == {"region"}
    firm = organisation()
    with pytest.raises(Denied):
        services.load_organisations(actor((firm, "administrator")), firm, rows=many(1, 920_000))


def test_many_organisations_enter_all_or_none() -> None:
    rows = many(5)
    bureau = organisation("regulator", "120101")
    there = services.register_organisation(Actor.platform(), region("120101"), **facts(910_003))
    code = credit_code(930_000)[:-1] + "0"
    wrong = {"uscc": code, "name_zh": " ", "kind": "guild", "region": "120101", "latitude": "91"}
    with pytest.raises(Invalid) as refused:
        services.load_organisations(Actor.platform(), bureau, rows=[*rows, rows[0], wrong])
    assert fields(refused) == {"uscc", "name_zh", "kind", "latitude"}
    told = {(error.row, error.field) for error in refused.value.errors}
    assert {(4, "uscc"), (6, "uscc"), (7, "uscc"), (7, "kind")} <= told
    assert set(Organisation.objects.all()) == {bureau, there}
