"""Acts on recognitions and scopes: what they check, and to whom they are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, Refusal, SignInNeeded, in_language
from quanheng.kernel.competence import services
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.queries import methods_gone, scope_lines
from quanheng.kernel.competence.services import RecognitionFacts, ScopeFacts
from quanheng.kernel.competence.tests import worlds
from quanheng.kernel.competence.watching import notice_superseded_methods
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.services import correct_registration
from quanheng.kernel.requirements.services import record_replacement
from quanheng.kernel.signals.models import Signal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("single_handed")]

FACTS = ScopeFacts(
    "calibration", "pressure", "jjg52—2013",
    range="(0~60) MPa", uncertainty="0.05% x + 0.002 MPa", k="2", price_cents=9900,
)  # fmt: skip


class Scene:
    """Two laboratories in two districts, their regulators, and someone in every role."""

    def __init__(self) -> None:
        self.item = worlds.item()
        self.method = worlds.standard("JJG 52-2013")
        self.labs = [worlds.organisation(1, "120101"), worlds.organisation(2, "120116")]
        self.bureaus = [
            worlds.organisation(3, "120101", kind="regulator"),
            worlds.organisation(4, "120116", kind="regulator"),
            worlds.organisation(5, "120000", kind="regulator"),
        ]
        self.recognition = worlds.recognition(self.labs[0], "L1")
        self.people = 0

    def actor(self, where: Organisation, role: str) -> Actor:
        self.people += 1
        person = Person.objects.create(username=f"p{self.people}", name_zh=f"人{self.people}")
        region = where.region_code if where.kind == "regulator" else ""
        return Actor(person_id=person.pk, name=person.name_zh, posts=(Post(where.pk, role, region),))

    @property
    def manager(self) -> Actor:
        return self.actor(self.labs[0], "quality_manager")

    @property
    def officer(self) -> Actor:
        return self.actor(self.bureaus[0], "district_officer")


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_line_is_read_into_si_and_leaves_an_entry(scene: Scene) -> None:
    line = services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    line.refresh_from_db()
    assert (line.range_lower, line.range_upper, line.unit) == ("0", "60", "MPa")
    assert (line.lower_si, line.upper_si, line.organisation_id) == (0.0, 6e7, scene.labs[0].pk)
    assert line.u_min_si == pytest.approx(2000) and line.u_max_si == pytest.approx(32000)
    assert (line.valid_from, line.valid_until) == (scene.recognition.valid_from, scene.recognition.valid_until)
    entry = Entry.objects.get()
    assert (entry.act, entry.made_id, entry.facts["made"]["uncertainty"]) == (
        "competence.scope.add", line.pk, FACTS.uncertainty,
    )  # fmt: skip


def test_uncertainties_are_brought_to_one_coverage_factor(scene: Scene) -> None:
    line = services.add_scope_line(
        scene.manager, scene.recognition, facts=ScopeFacts(**vars(FACTS) | {"uncertainty": "3 kPa", "k": "3"})
    )
    assert line.u_min_si == pytest.approx(2000)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"activity": "cooking"}, "activity", "cooking"),
    ({"item": "nothing"}, "item", "nothing"),
    ({"family": "boat"}, "family", "boat"),
    ({"method": "JJG 1-1901"}, "method", "JJG 1-1901"),
    ({"method": ""}, "method", ""),
    ({"range": "(0~60) kg"}, "range", "kg"),
    ({"range": "", "lower": "0", "upper": "1", "unit": "A"}, "unit", "A"),
    ({"range": "", "lower": "60", "upper": "0", "unit": "MPa"}, "lower", "60"),
    ({"range": "(60~0) MPa"}, "range", "60"),
    ({"range": "(0~60) MPa", "lower": "0"}, "range", "lower"),
    ({"range": "sixty"}, "range", "sixty"),
    ({"uncertainty": "about 1"}, "uncertainty", "about 1"),
    ({"uncertainty": "0.05%"}, "uncertainty", "0"),
    ({"uncertainty": "0.1 A"}, "uncertainty", "A"),
    ({"uncertainty": "", "k": "2"}, "k", ""),
    ({"k": "20"}, "k", "10"),
    ({"uncertainty": "0.1 MPa, k = 3", "k": "1"}, "k", "3"),
    ({"range": ""}, "uncertainty", ""),
    ({"valid_from": date(2020, 1, 1)}, "valid_from", "2024-01-01"),
    ({"valid_until": date(2039, 1, 1)}, "valid_until", "2029-12-31"),
    ({"valid_from": date(2027, 1, 1), "valid_until": date(2026, 1, 1)}, "valid_until", ""),
    ({"days": 0}, "days", "1"),
    ({"restriction_zh": "长" * 301}, "restriction_zh", "300"),
]


@pytest.mark.parametrize(("change", "field", "named"), WRONG)
def test_a_wrong_statement_is_refused_by_field(scene: Scene, change: dict[str, Any], field: str, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_scope_line(scene.manager, scene.recognition, facts=ScopeFacts(**vars(FACTS) | change))
    assert [error.field for error in refused.value.errors] == [field]
    for language in ("zh-hans", "en"):
        assert named.lower() in in_language(refused.value.errors[0].message, language).lower()
    assert not ScopeLine.objects.exists() and not Entry.objects.exists()


def test_a_superseded_method_is_refused_with_its_successor(scene: Scene) -> None:
    new = worlds.standard("JJG 52-2020", effective=date(2021, 1, 1))
    new.replaces.add(scene.method)
    scene.method.superseded_on = date(2021, 1, 1)
    scene.method.save()
    with pytest.raises(Invalid) as refused:
        services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    message = str(refused.value.errors[0].message)
    assert refused.value.errors[0].field == "method"
    assert "JJG 52-2020" in message and "2021-01-01" in message


def test_nothing_is_added_under_a_recognition_that_does_not_stand(scene: Scene) -> None:
    services.suspend_recognition(scene.officer, scene.recognition, reason="抽查不合格")
    with pytest.raises(Invalid) as refused:
        services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    assert refused.value.errors[0].field == "recognition"


def test_the_same_line_is_not_entered_twice(scene: Scene) -> None:
    services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    with pytest.raises(Conflict):
        services.add_scope_line(
            scene.manager, scene.recognition, facts=ScopeFacts(**vars(FACTS) | {"range": "(0~600) bar"})
        )


def test_changing_and_ending(scene: Scene) -> None:
    line = services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    changed = ScopeFacts(**vars(FACTS) | {"range": "(0~40) MPa"})
    with pytest.raises(Invalid):
        services.change_scope_line(scene.manager, line, facts=changed, reason="")
    services.change_scope_line(scene.manager, line, facts=changed, reason="更换标准器")
    line.refresh_from_db()
    assert line.upper_si == 4e7
    entry = Entry.objects.get(act="competence.scope.change")
    assert (entry.before["range_upper"], entry.after["range_upper"], entry.reason) == ("60", "40", "更换标准器")
    with pytest.raises(Invalid):
        services.end_scope_line(scene.manager, line, on=date(2035, 1, 1), reason="停用")
    services.end_scope_line(scene.manager, line, on=date(2024, 5, 1), reason="停用")
    line.refresh_from_db()
    assert line.valid_until == date(2024, 5, 1)
    with pytest.raises(Conflict):
        services.change_scope_line(scene.manager, line, facts=FACTS, reason="又用")


def test_a_recognition_goes_through_its_states(scene: Scene) -> None:
    facts = RecognitionFacts("CMA", "210012345678", date(2025, 1, 1), date(2030, 12, 31))
    made = services.register_recognition(scene.officer, scene.labs[0], facts=facts)
    with pytest.raises(Conflict):
        services.register_recognition(scene.officer, scene.labs[0], facts=facts)
    with pytest.raises(Invalid):
        services.suspend_recognition(scene.officer, made, reason=" ")
    with pytest.raises(Conflict):
        services.reinstate_recognition(scene.officer, made, reason="x")
    services.suspend_recognition(scene.officer, made, reason="整改")
    services.reinstate_recognition(scene.officer, made, reason="整改完成")
    services.withdraw_recognition(scene.officer, made, reason="严重违法")
    made.refresh_from_db()
    assert made.state == "withdrawn"
    with pytest.raises(Conflict):
        services.reinstate_recognition(scene.officer, made, reason="x")
    assert Notice.objects.filter(organisation=scene.labs[0]).count() == 4
    services.cancel_recognition(scene.actor(scene.labs[0], "administrator"), scene.recognition, reason="不再开展")
    scene.recognition.refresh_from_db()
    assert scene.recognition.state == "cancelled"
    with pytest.raises(Invalid) as refused:
        services.register_recognition(
            scene.officer, scene.labs[0], facts=RecognitionFacts("XX", "", date(2026, 1, 1), date(2025, 1, 1))
        )
    assert {error.field for error in refused.value.errors} == {"scheme", "number", "valid_until"}


# Who is let through by each act; everyone else in the matrix is refused.
LET: dict[str, set[tuple[str, str]]] = {
    "regulator": {
        *((where, role) for where in ("district", "city") for role in ("case_officer", "district_officer")),
    },
    "steward": {("own", "quality_manager"), ("own", "administrator")},
    "administrator": {("own", "administrator")},
}
ROLES = ("member", "quality_manager", "operator", "reviewer", "signatory", "administrator")
MATRIX = [
    *((where, role) for where in ("own", "other") for role in ROLES),
    *((where, role) for where in ("district", "elsewhere", "city") for role in ("case_officer", "district_officer")),
    ("nobody", ""),
]


@pytest.mark.parametrize(("where", "role"), MATRIX)
def test_who_may_do_what(scene: Scene, where: str, role: str) -> None:
    places = dict(zip(("own", "other", "district", "elsewhere", "city"), (*scene.labs, *scene.bureaus), strict=True))
    actor = Actor.nobody() if where == "nobody" else scene.actor(places[where], role)
    line = worlds.scope_line(scene.recognition, range="(0~1) MPa")
    facts = RecognitionFacts("CMA", "1", date(2025, 1, 1), date(2030, 12, 31))
    row = vars(FACTS) | {"scheme": "CNAS", "number": "L1"}
    other = ScopeFacts(**vars(FACTS) | {"range": "(0~2) MPa"})
    acts: list[tuple[str, Any]] = [
        ("regulator", lambda: services.register_recognition(actor, scene.labs[0], facts=facts)),
        ("regulator", lambda: services.suspend_recognition(actor, scene.recognition, reason="r")),
        ("regulator", lambda: services.reinstate_recognition(actor, scene.recognition, reason="r")),
        ("steward", lambda: services.add_scope_line(actor, scene.recognition, facts=FACTS)),
        ("steward", lambda: services.change_scope_line(actor, line, facts=other, reason="r")),
        ("steward", lambda: services.end_scope_line(actor, line, on=date(2029, 1, 1), reason="r")),
        ("steward", lambda: services.bulk_load_scope_lines(actor, [row | {"range": "(0~3) MPa"}])),
        ("administrator", lambda: services.cancel_recognition(actor, scene.recognition, reason="r")),
    ]
    for who, act in acts:
        before = Entry.objects.count()
        if (where, role) in LET[who]:
            act()
        else:
            with pytest.raises(SignInNeeded if where == "nobody" else Denied):
                act()
            assert Entry.objects.count() == before
    if (where, role) in LET["regulator"]:
        services.withdraw_recognition(actor, scene.recognition, reason="r")
    else:
        with pytest.raises(Refusal):
            services.withdraw_recognition(actor, scene.recognition, reason="r")


def rows(count: int) -> list[dict[str, Any]]:
    units = ("MPa", "kPa", "bar")
    return [
        vars(FACTS)
        | {
            "scheme": "CNAS", "number": f"L{1 + number % 2}",
            "range": f"({number % 7}~{10 + number}) {units[number % 3]}",
            "uncertainty": f"0.0{1 + number % 9}% x + 0.00{1 + number % 5}",
        }
        for number in range(count)
    ]  # fmt: skip


def test_a_batch_is_loaded_under_one_entry_for_each_organisation(scene: Scene) -> None:
    worlds.recognition(scene.labs[1], "L2")
    with CaptureQueriesContext(connection) as queries:
        assert services.bulk_load_scope_lines(Actor.platform(), rows(3000)) == 3000
    # The registers are read once; SQLite takes some thirty rows in one insert.
    assert len(queries) < 120
    assert ScopeLine.objects.count() == 3000
    entries = Entry.objects.order_by("subject_id")
    assert [(one.act, one.facts["lines"], one.facts["recognitions"]) for one in entries] == [
        ("competence.scope.load", 1500, ["L1"]), ("competence.scope.load", 1500, ["L2"]),
    ]  # fmt: skip
    assert prove().sound


def test_a_batch_with_bad_rows_stores_nothing_and_names_each(scene: Scene) -> None:
    batch = rows(6)
    for one in batch:
        one["number"] = "L1"
    batch[1]["number"] = "L9"
    batch[2]["range"] = "(5~1) MPa"
    batch[4] = dict(batch[0])
    batch[5]["uncertainty"] = "5 kg"
    with pytest.raises(Invalid) as refused:
        services.bulk_load_scope_lines(Actor.platform(), batch)
    assert [(error.row, error.field) for error in refused.value.errors] == [
        (2, "number"), (3, "range"), (5, "item"), (6, "uncertainty"),
    ]  # fmt: skip
    assert not ScopeLine.objects.exists() and not Entry.objects.exists()


def test_a_batch_is_refused_whole_where_one_organisation_is_not_the_actors(scene: Scene) -> None:
    worlds.recognition(scene.labs[1], "L2")
    with pytest.raises(Denied):
        services.bulk_load_scope_lines(scene.manager, rows(4))
    assert not ScopeLine.objects.exists()


def test_a_superseded_method_flags_its_lines_and_raises_one_signal(scene: Scene) -> None:
    services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    assert notice_superseded_methods() == 0
    new = worlds.standard("JJG 52-2020", effective=date(2021, 1, 1))
    record_replacement(scene.actor(scene.bureaus[2], "case_officer"), new, predecessor=scene.method)
    first, second = scene.labs[0].uid, scene.labs[1].uid
    (line,) = scope_lines(organisation=first, outdated=True)
    outdated = line.outdated(worlds.DAY)
    assert outdated and (outdated.since, outdated.by) == (date(2021, 1, 1), ("JJG 52-2020",))
    assert not scope_lines(organisation=first, outdated=True, on=date(2020, 12, 31)).exists()
    assert not scope_lines(organisation=second, outdated=True).exists()
    with CaptureQueriesContext(connection) as asked:
        assert methods_gone(worlds.DAY) == {line.method_id: line.pk}
    assert len(asked) == 1 and methods_gone(date(2020, 12, 31)) == {}
    assert notice_superseded_methods() == 1
    assert notice_superseded_methods() == 0
    signal = Signal.objects.get()
    assert (signal.kind, signal.organisation, signal.region_code) == ("method_superseded", scene.labs[0], "120101")
    assert signal.evidence == {"method": "JJG 52-2013", "since": "2021-01-01", "by": ["JJG 52-2020"], "lines": 1}


def test_no_signal_for_lines_that_have_ended(scene: Scene) -> None:
    line = services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    services.end_scope_line(scene.manager, line, on=date(2024, 6, 1), reason="停用")
    new = worlds.standard("JJG 52-2020", effective=date(2021, 1, 1))
    record_replacement(Actor.platform(), new, predecessor=scene.method)
    assert notice_superseded_methods() == 0
    assert Recognition.objects.count() == 1


def test_lines_follow_their_organisation_to_another_region(scene: Scene) -> None:
    line = services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    assert (line.region_code, line.scheme) == ("120101", "CNAS")
    assert [list(scope_lines(region=code)) for code in ("120101", "120000", "120116")] == [[line], [line], []]
    move = worlds.region("120116")
    correct_registration(Actor.platform(), scene.labs[0], reason="迁址", region=move)
    assert [list(scope_lines(region=code)) for code in ("120101", "120000", "120116")] == [[], [line], [line]]
    services.bulk_load_scope_lines(Actor.platform(), rows(1))
    assert scope_lines(region="120116", scheme="CNAS").count() == 2
    assert not scope_lines(scheme="CMA").exists()


def test_unknown_names_narrow_to_nothing(scene: Scene) -> None:
    services.add_scope_line(scene.manager, scene.recognition, facts=FACTS)
    assert scope_lines(recognition=scene.recognition.uid, item="pressure").exists()
    for unknown in ("organisation", "item", "family", "recognition", "activity", "scheme", "region"):
        asked: dict[str, Any] = {unknown: "999999"}
        assert not scope_lines(**asked).exists(), unknown
