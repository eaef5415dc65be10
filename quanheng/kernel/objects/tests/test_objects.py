"""Products and instruments: what is checked, what counts as usable, and who may do what."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound, Refusal, SignInNeeded
from quanheng.kernel.changes.many import act_on_many
from quanheng.kernel.objects import queries, services
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.objects.services import CalibrationFacts, InstrumentFacts, ProductFacts
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import ProductFamily

pytestmark = pytest.mark.django_db

GAUGE = InstrumentFacts(
    "压力表", "A-1", quantity="pressure", calibration_number="C1",
    calibrated_on=date(2026, 1, 1), calibrated_until=date(2026, 12, 31), calibrated_by="计量院",
)  # fmt: skip


@pytest.fixture
def places() -> dict[str, Organisation]:
    ProductFamily.objects.create(code="valve", name_zh="阀门", name_en="Valve", source="s", confidence="c")
    made = {}
    for number, (name, kind, code) in enumerate(
        [
            ("own", "enterprise", "120101"),
            ("other", "enterprise", "120101"),
            ("district", "regulator", "120101"),
            ("elsewhere", "regulator", "120116"),
        ]
    ):
        region, _new = Region.objects.get_or_create(
            code=code, defaults={"name_zh": code, "name_en": code, "level": "county", "source": "s", "confidence": "c"}
        )
        made[name] = Organisation.objects.create(
            uscc=f"O{number:017d}", name_zh=name, kind=kind, region=region, region_code=code
        )
    return made


def actor(place: Organisation, role: str) -> Actor:
    person = Person.objects.create(username=f"{place.name_zh}.{role}.{Person.objects.count()}", name_zh="人")
    region = place.region_code if place.kind == "regulator" else ""
    return Actor(person_id=person.pk, name="人", posts=(Post(place.pk, role, region),))


@pytest.fixture
def manager(places: dict[str, Organisation]) -> Actor:
    return actor(places["own"], "quality_manager")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name_zh": " "}, "name_zh"),
        ({"serial": ""}, "serial"),
        ({"quantity": "magic"}, "quantity"),
        ({"calibration_number": ""}, "calibration_number"),
        ({"calibrated_until": None}, "calibrated_until"),
        ({"calibrated_until": date(2025, 1, 1)}, "calibrated_until"),
        ({"calibrated_on": date(2999, 1, 1), "calibrated_until": date(2999, 1, 1)}, "calibrated_on"),
        ({"accuracy": "x" * 61}, "accuracy"),
        ({"tests_a_day": 0}, "tests_a_day"),
        ({"tests_a_day": 86_401}, "tests_a_day"),
    ],
)
def test_a_wrong_instrument_is_refused_by_field(
    places: dict[str, Organisation], manager: Actor, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.register_instrument(manager, places["own"], facts=InstrumentFacts(**vars(GAUGE) | change))
    assert [error.field for error in refused.value.errors] == [field]
    assert not Instrument.objects.exists() and not Entry.objects.exists()


def test_the_life_of_an_instrument(places: dict[str, Organisation], manager: Actor) -> None:
    own = places["own"]
    gauge = services.register_instrument(manager, own, facts=GAUGE)
    with pytest.raises(Conflict):
        services.register_instrument(manager, own, facts=GAUGE)
    assert list(queries.usable_instruments(own.pk, date(2026, 6, 1), "pressure")) == [gauge]
    assert not queries.usable_instruments(own.pk, date(2027, 1, 1)).exists()
    assert not queries.usable_instruments(own.pk, date(2026, 6, 1), "mass").exists()
    with pytest.raises(Invalid):
        services.record_calibration_of_instrument(
            manager, gauge, facts=CalibrationFacts("C0", date(2025, 1, 1), date(2026, 1, 1), "院")
        )
    services.record_calibration_of_instrument(
        manager, gauge, facts=CalibrationFacts("C2", date(2026, 10, 1), date(2027, 9, 30), "院")
    )
    assert queries.usable_instruments(own.pk, date(2027, 1, 1)).exists()
    entry = Entry.objects.get(act="objects.instrument.calibrate")
    assert (entry.before["calibration_number"], entry.after["calibration_number"]) == ("C1", "C2")
    with pytest.raises(Invalid):
        services.take_out_of_service(manager, gauge, reason="")
    services.take_out_of_service(manager, gauge, reason="跌落")
    assert not queries.usable_instruments(own.pk, date(2027, 1, 1)).exists()
    with pytest.raises(Conflict):
        services.take_out_of_service(manager, gauge, reason="跌落")
    services.return_to_service(manager, gauge, reason="核查合格")
    with pytest.raises(Conflict):
        services.return_to_service(manager, gauge, reason="再次")
    assert queries.usable_instruments(own.pk, date(2027, 1, 1)).get().usable_on(date(2027, 1, 1))


def test_the_query_for_usable_agrees_with_the_row(places: dict[str, Organisation]) -> None:
    days = [None, date(2026, 1, 1), date(2026, 6, 1), date(2026, 12, 31)]
    for number, (first, last, service) in enumerate((a, b, s) for a in days for b in days for s in (True, False)):
        Instrument.objects.create(
            owner=places["own"], name_zh="表", serial=str(number), calibrated_on=first, calibrated_until=last,
            in_service=service,
        )  # fmt: skip
    for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 1), date(2026, 12, 31), date(2027, 1, 1)):
        found = set(queries.usable_instruments(places["own"].pk, day))
        assert found == {one for one in Instrument.objects.all() if one.usable_on(day)}


def test_products_and_batches(places: dict[str, Organisation], manager: Actor) -> None:
    own = places["own"]
    services.register_product(manager, own, facts=ProductFacts("valve", "闸阀", "DN50"))
    with pytest.raises(Conflict):
        services.register_product(manager, own, facts=ProductFacts("valve", "闸阀", "DN50"))
    with pytest.raises(Invalid) as refused:
        services.register_product(manager, own, facts=ProductFacts("boat", ""))
    assert {error.field for error in refused.value.errors} == {"family", "name"}
    with pytest.raises(Invalid) as refused:
        services.load_products(
            manager, own, rows=[vars(ProductFacts("valve", "球阀")), vars(ProductFacts("valve", "闸阀", "DN50"))]
        )
    assert [(error.row, error.field) for error in refused.value.errors] == [(2, "name")]
    services.load_products(manager, own, rows=[vars(ProductFacts("valve", f"球阀{n}")) for n in range(50)])
    assert Product.objects.count() == 51
    with pytest.raises(Invalid) as refused:
        services.load_instruments(
            manager, own, rows=[vars(GAUGE), vars(GAUGE), {"name_zh": "秤", "serial": "1", "calibrated_on": "soon"}]
        )
    assert {(error.row, error.field) for error in refused.value.errors} >= {(2, "serial"), (3, "calibrated_on")}
    assert not Instrument.objects.exists()
    services.load_instruments(manager, own, rows=[{"name_zh": "秤", "serial": str(n)} for n in range(50)])
    assert Instrument.objects.count() == 50
    assert Entry.objects.filter(act="objects.instrument.load", facts__instruments=50).count() == 1


LET = {
    "product": {"member", "quality_manager", "administrator"},
    "instrument": {"member", "operator", "quality_manager", "administrator"},
    "calibration": {"operator", "quality_manager", "administrator"},
    "release": {"quality_manager", "administrator"},
}
ROLES = ("member", "quality_manager", "operator", "reviewer", "signatory", "administrator")


@pytest.mark.parametrize(
    ("where", "role"),
    [
        *((where, role) for where in ("own", "other") for role in ROLES),
        *((where, role) for where in ("district", "elsewhere") for role in ("case_officer", "district_officer")),
        ("nobody", ""),
    ],
)
def test_who_may_do_what(places: dict[str, Organisation], where: str, role: str) -> None:
    someone = Actor.nobody() if where == "nobody" else actor(places[where], role)
    own = places["own"]
    gauge = Instrument.objects.create(owner=own, name_zh="表", serial="0")
    calibration = CalibrationFacts("C", date(2026, 1, 1), date(2026, 12, 31), "院")
    acts: list[tuple[str, Any]] = [
        ("product", lambda: services.register_product(someone, own, facts=ProductFacts("valve", "阀"))),
        ("product", lambda: services.load_products(someone, own, rows=[vars(ProductFacts("valve", "阀2"))])),
        ("instrument", lambda: services.register_instrument(someone, own, facts=GAUGE)),
        ("instrument", lambda: services.load_instruments(someone, own, rows=[{"name_zh": "秤", "serial": "9"}])),
        ("calibration", lambda: services.record_calibration_of_instrument(someone, gauge, facts=calibration)),
        ("instrument", lambda: services.take_out_of_service(someone, gauge, reason="r")),
    ]
    for who, act in acts:
        if where == "own" and role in LET[who]:
            act()
        else:
            with pytest.raises(SignInNeeded if where == "nobody" else Refusal) as refused:
                act()
            assert refused.value.status in (401, 403, 404)
    Instrument.objects.filter(pk=gauge.pk).update(in_service=False)
    if where == "own" and role in LET["release"]:
        services.return_to_service(someone, gauge, reason="r")
    else:
        with pytest.raises(Refusal) as refused:
            services.return_to_service(someone, gauge, reason="r")
        assert refused.value.status in (401, 403, 404)
    sees = where == "own" or where == "district"
    assert queries.instruments(someone).filter(pk=gauge.pk).exists() == sees
    if sees:
        assert queries.instrument_by_uid(someone, gauge.uid) == gauge
    else:
        with pytest.raises(NotFound):
            queries.instrument_by_uid(someone, gauge.uid)


def test_a_visitor_sees_nothing_over_the_api(client: Client, places: dict[str, Organisation]) -> None:
    gauge = Instrument.objects.create(owner=places["own"], name_zh="表", serial="0")
    assert client.get("/api/v1/instruments").json()["items"] == []
    assert client.get("/api/v1/products").json()["items"] == []
    assert client.get(f"/api/v1/instruments/{gauge.uid}").status_code == 404
    body = {"owner": places["own"].uid, "name_zh": "表", "serial": "1"}
    assert client.post("/api/v1/instruments", body, content_type="application/json").status_code == 401


def test_what_an_instrument_can_do_on_a_day_is_stated_and_taken_back(
    places: dict[str, Organisation], manager: Actor
) -> None:
    gauge = services.register_instrument(manager, places["own"], facts=GAUGE)
    assert gauge.tests_a_day is None
    assert services.change_instrument(manager, gauge, tests_a_day=24, reason="作业指导书").tests_a_day == 24
    assert services.change_instrument(manager, gauge, accuracy="0.5 级", reason="铭牌").tests_a_day == 24
    with pytest.raises(Invalid) as refused:
        services.change_instrument(manager, gauge, tests_a_day=90_000, reason="笔误")
    assert [error.field for error in refused.value.errors] == ["tests_a_day"]
    services.change_instrument(manager, gauge, tests_a_day=0, reason="不再写明")
    assert Instrument.objects.get().tests_a_day is None
    services.load_instruments(manager, places["own"], rows=[{"name_zh": "表", "serial": "A-2", "tests_a_day": "12"}])
    assert Instrument.objects.get(serial="A-2").tests_a_day == 12
    (_done,) = act_on_many(manager, "objects.instrument.change", [gauge.uid], {"tests_a_day": "36"}, "作业指导书").done
    assert Instrument.objects.get(pk=gauge.pk).tests_a_day == 36
    with pytest.raises(Invalid):
        act_on_many(manager, "objects.instrument.change", [gauge.uid], {"tests_a_day": "36.5"}, "作业指导书")
