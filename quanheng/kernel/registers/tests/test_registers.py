"""Every register alike: its page, its API, its files; what is asked of it, and by whom."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta

import jsonschema
import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound, SignInNeeded
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.registers import making, services
from quanheng.kernel.registers.api import row_schema
from quanheng.kernel.registers.declare import REGISTERS, Column, Register, every_register, register
from quanheng.kernel.registers.exports import guarded
from quanheng.kernel.registers.models import Export, SavedView
from quanheng.kernel.registers.reading import Asked, ask, rows_of
from tests import world
from tests.browse import browse

NAMES = sorted(every_register())


@pytest.fixture
def lab(db: None) -> Organisation:
    """A laboratory with something in every register."""
    world.make_rules("one_stop.")
    made = world.make_organisation("laboratory", "120101")
    family, item = world.make_family(), world.make_item("speed", "最高车速", quantity="speed", unit="km/h")
    old, new = world.make_standard("GB 17761-2018"), world.make_standard("GB 17761-2024")
    recognition = world.make_recognition(made)
    for method in (old, new):
        world.make_scope_line(recognition, item, method, family=family, lower="0", upper="100", unit="km/h")
    for _ in range(3):
        world.make_instrument(made)
    return made


@pytest.fixture
def operator(lab: Organisation) -> Person:
    return world.make_person((lab, Role.OPERATOR))


@pytest.fixture
def client(operator: Person) -> Client:
    return browse(actor_of(operator))


def rows(answer: object) -> list[dict[str, object]]:
    return json.loads(answer.content)["items"]  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("name", NAMES)
def test_page_api_and_file_show_the_same_rows(name: str, client: Client) -> None:
    declared = every_register()[name]
    page = client.get(declared.path)
    assert page.status_code == 200
    found = rows(client.get(f"/api/v1/registers/{name}?limit=100"))
    file = client.get(f"/registers/{name}/export/csv/").content.decode()
    lines = list(csv.reader(io.StringIO(file.removeprefix("\ufeff"))))
    assert len(lines) == len(found) + 1
    assert page.content.decode().count("<tr>") == min(len(found), 50) + (1 if found else 0)
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/registers/{name}/export/xlsx/").content))
    assert len(book.get_sheet_by_index(0).to_python()) == len(lines)
    schema = row_schema(declared).model_json_schema()
    for row in found:
        assert set(row) == {"uid", *(column.key for column in declared.columns)}
        jsonschema.validate(row, schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_filter_and_every_order_is_answered(name: str, language: str, operator: Person) -> None:
    declared, seen = every_register()[name], browse(actor_of(operator), language)
    for one in declared.filters:
        values = [str(code) for code, _label in one.choices()] if one.choices else []
        values = values or {bool: ["1"], str: [one.placeholder or "GB 1-2000"]}.get(one.kind, ["2026-01-31"])
        for value in values[:12]:
            asked = {one.key: value}
            assert seen.get(declared.path, asked).status_code == 200, asked
            assert seen.get(f"/api/v1/registers/{name}", asked).status_code == 200, asked
    for key in declared.sorts():
        for sign in ("", "-"):
            assert seen.get(declared.path, {"sort": sign + key}).status_code == 200
            assert seen.get(f"/api/v1/registers/{name}", {"sort": sign + key}).status_code == 200
    if declared.search:
        assert seen.get(declared.path, {"q": "速 %_\\'\" -- ;"}).status_code == 200


@pytest.mark.parametrize("name", [name for name in NAMES if every_register()[name].signed_in])
def test_what_is_not_public_wants_somebody_signed_in(name: str, lab: Organisation) -> None:
    declared, visitor = every_register()[name], browse()
    assert "/account/login/" in visitor.get(declared.path)["Location"]
    assert visitor.get(f"/api/v1/registers/{name}").status_code == 401
    assert "/account/login/" in visitor.get(f"/registers/{name}/export/csv/")["Location"]
    with pytest.raises(SignInNeeded):
        rows_of(declared, Actor.nobody(), Asked())


def test_nobody_sees_the_instruments_of_others(lab: Organisation, client: Client) -> None:
    other = world.make_organisation("laboratory", "120101")
    world.make_instrument(other)
    found = rows(client.get("/api/v1/registers/instruments"))
    assert {row["owner"] for row in found} == {lab.uid}
    assert len(found) == 3


def test_a_status_is_computed_on_the_day_of_asking(lab: Organisation, client: Client) -> None:
    overdue, stopped, _rest = Instrument.objects.order_by("id")
    Instrument.objects.filter(pk=overdue.pk).update(
        calibrated_on=timezone.localdate() - timedelta(days=400), calibrated_until=timezone.localdate() - timedelta(1)
    )
    Instrument.objects.filter(pk=stopped.pk).update(in_service=False)

    def found(status: str) -> set[object]:
        return {row["uid"] for row in rows(client.get(f"/api/v1/registers/instruments?status={status}"))}

    assert found("overdue") == {overdue.uid}
    assert found("stopped") == {stopped.uid}
    assert len(found("usable")) == 1


def test_what_means_nothing_is_named_by_the_api_and_passed_over_by_the_page(lab: Organisation) -> None:
    visitor = browse()
    for query, field in (
        ("activity=swimming", "activity"),
        ("region=12", "region"),
        ("sort=colour", "sort"),
        ("on=yesterday", "on"),
        ("cursor=zzz", "cursor"),
        ("method=%E4%BD%A0", "method"),
    ):
        answer = visitor.get(f"/api/v1/registers/scope-lines?{query}")
        assert answer.status_code == 422, query
        assert json.loads(answer.content)["errors"][0]["field"].endswith(field)
    assert visitor.get("/scope-lines/?sort=colour&on=yesterday&after=zzz&cols=x,y").status_code == 200
    # A filter of the page that refuses says so, and shows the whole register.
    refused = visitor.get("/scope-lines/?activity=swimming")
    assert refused.status_code == 422
    assert "swimming" in refused.content.decode()


def test_columns_are_chosen_in_the_address(lab: Organisation) -> None:
    page = browse().get("/organisations/?cols=uscc,address").content.decode()
    assert "统一社会信用代码" in page
    head = page.split("<thead>")[1].split("</thead>")[0]
    assert "名称" in head and "地址" in head and "类型" not in head
    file = browse().get("/registers/organisations/export/csv/?cols=uscc").content.decode()
    assert file.splitlines()[0].removeprefix("\ufeff") == "名称,统一社会信用代码"


def test_a_formula_in_a_cell_stays_text(lab: Organisation, client: Client) -> None:
    evil = '=HYPERLINK("http://x","y")'
    Instrument.objects.filter(owner=lab).update(name_zh=evil, model="-5.2", range_text="@SUM(A1)")
    file = client.get("/registers/instruments/export/csv/").content.decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(file)))
    assert row["名称"] == f"'{evil}"
    assert row["型号"] == "-5.2"
    assert row["测量范围"] == "'@SUM(A1)"
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/registers/instruments/export/xlsx/").content))
    assert book.get_sheet_by_index(0).to_python()[1][0] == evil
    assert guarded("+86 22") == "'+86 22"
    assert guarded("-1e-3") == "-1e-3"


def test_a_view_keeps_what_was_asked(lab: Organisation, operator: Person, client: Client) -> None:
    answer = client.post(
        "/registers/instruments/views/", {"name": "到期", "query": "status=overdue&sort=-name&after=a1&junk=1"}
    )
    assert answer.status_code == 302
    view = SavedView.objects.get()
    assert (view.name, view.query, view.person) == ("到期", "status=overdue&sort=-name", operator)
    page = client.get(answer["Location"]).content.decode()
    assert "到期" in page and "status=overdue" in answer["Location"]
    assert client.post("/registers/instruments/views/", {"name": " ", "query": ""}).status_code == 302
    assert SavedView.objects.count() == 1
    # The same name again replaces it; another person sees it only once it is shared.
    colleague = browse(actor_of(world.make_person((lab, Role.REVIEWER))))
    assert "到期" not in colleague.get("/equipment/").content.decode().split("register-tools")[1].split("<table")[0]
    client.post("/registers/instruments/views/", {"name": "到期", "query": "status=soon", "organisation": lab.uid})
    assert SavedView.objects.get().query == "status=soon"
    assert "status=soon" in colleague.get("/equipment/").content.decode()
    assert colleague.post(f"/registers/views/{view.uid}/forget/").status_code == 403
    assert client.post(f"/registers/views/{view.uid}/forget/").status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_is_shared_with_ones_own_organisation_alone(lab: Organisation, operator: Person) -> None:
    stranger = world.make_organisation("laboratory", "120101")
    with pytest.raises(Invalid) as refused:
        services.save_view(
            actor_of(operator),
            operator,
            register=every_register()["instruments"],
            name="x",
            asked=Asked(),
            organisation=stranger,
        )
    assert refused.value.errors[0].field == "organisation"


def test_a_large_file_is_made_in_the_background_for_its_person_alone(
    lab: Organisation, operator: Person, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quanheng.kernel.registers.views.files.AT_ONCE", 2)
    answer = client.get("/registers/instruments/export/csv/?q=nothing")
    assert answer.status_code == 200  # few rows after the filter
    answer = client.get("/registers/instruments/export/xlsx/")
    assert answer["Location"] == "/registers/exports/"
    export = Export.objects.get()
    assert "等待生成" in client.get("/registers/exports/").content.decode()
    assert client.get(f"/registers/exports/{export.uid}/").status_code == 404
    # Somebody else's instruments come to be before the file is made, and are not in it.
    world.make_instrument(world.make_organisation("laboratory", "120101"))
    making.make_export.call(export.pk)
    export.refresh_from_db()
    assert (export.state, export.rows) == ("ready", 3)
    file = client.get(f"/registers/exports/{export.uid}/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file.streaming_content)))  # type: ignore[arg-type]
    assert len(book.get_sheet_by_index(0).to_python()) == 4
    stranger = browse(actor_of(world.make_person((lab, Role.REVIEWER))))
    assert stranger.get(f"/registers/exports/{export.uid}/").status_code == 404
    # Done twice, it is the same; after its time it is gone with its file.
    making.make_export.call(export.pk)
    Export.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert making.clear_exports() == 1
    assert not making.file_of(export).exists()


def test_whoever_lost_the_role_gets_an_empty_file(lab: Organisation, operator: Person) -> None:
    export = services.order_export(
        actor_of(operator), operator, register=every_register()["instruments"], asked=Asked(), format="csv"
    )
    operator.memberships.all().delete()
    making.make_export.call(export.pk)
    export.refresh_from_db()
    assert (export.state, export.rows) == ("ready", 0)


def test_only_so_many_exports_wait_at_a_time(lab: Organisation, operator: Person) -> None:
    declared, actor = every_register()["instruments"], actor_of(operator)
    for _ in range(services.MOST_WAITING):
        services.order_export(actor, operator, register=declared, asked=Asked(), format="csv")
    with pytest.raises(Conflict):
        services.order_export(actor, operator, register=declared, asked=Asked(), format="csv")
    with pytest.raises(Invalid):
        services.order_export(actor, operator, register=declared, asked=Asked(), format="exe")


def test_one_act_is_done_on_the_rows_that_were_ticked_or_on_none(lab: Organisation, operator: Person) -> None:
    quality = browse(actor_of(world.make_person((lab, Role.QUALITY_MANAGER))))
    page = quality.get("/equipment/").content.decode()
    assert page.count('name="uid"') == 3 and "objects.instrument.retire" in page
    first, second, _rest = Instrument.objects.order_by("id")
    ticked = {"act": "objects.instrument.retire", "uid": [first.uid, second.uid]}
    asked = quality.post("/registers/instruments/bulk/", ticked).content.decode()
    assert first.name_zh in asked and 'name="reason"' in asked
    assert quality.post("/registers/instruments/bulk/", {**ticked, "confirmed": "1"}).status_code == 422
    done = {**ticked, "confirmed": "1", "reason": "已报废"}
    assert quality.post("/registers/instruments/bulk/", done).status_code == 302
    assert Instrument.objects.filter(retired_on=None).count() == 1
    # One of them is retired already: nothing is done, and the row is named.
    refused = quality.post("/registers/instruments/bulk/", {**done, "uid": [_rest.uid, second.uid]})
    assert refused.status_code == 422 and "第 2 行" in refused.content.decode()
    assert Instrument.objects.filter(retired_on=None).count() == 1
    assert quality.post("/registers/instruments/bulk/", {"act": "objects.instrument.retire"}).status_code == 302
    assert quality.post("/registers/instruments/bulk/", {**ticked, "act": "parties.role.end"}).status_code == 404


def test_whoever_may_not_sees_no_boxes_and_does_nothing(lab: Organisation, client: Client) -> None:
    stranger = browse(
        actor_of(world.make_person((world.make_organisation("laboratory", "120101"), Role.QUALITY_MANAGER)))
    )
    assert 'name="uid"' not in browse().get("/scope-lines/").content.decode()
    assert 'name="uid"' not in stranger.get("/scope-lines/").content.decode()
    one = Instrument.objects.earliest("id")
    done = {"act": "objects.instrument.retire", "uid": [one.uid], "confirmed": "1", "reason": "x"}
    assert stranger.post("/registers/instruments/bulk/", done).status_code == 422
    assert "/account/login/" in browse().post("/registers/instruments/bulk/", done)["Location"]
    assert not Instrument.objects.exclude(retired_on=None).exists()


def test_who_may_import_is_led_there(lab: Organisation, client: Client) -> None:
    assert "/imports/new/?kind=instruments" in client.get("/equipment/").content.decode()
    assert "/imports/new/" not in browse().get("/scope-lines/").content.decode()


@pytest.mark.usefixtures("single_handed")
def test_history_tells_who_changed_what_and_why(lab: Organisation, operator: Person, client: Client) -> None:
    from quanheng.kernel.parties.services import correct_registration

    officer = actor_of(world.make_person((world.make_organisation("regulator", "120101"), Role.CASE_OFFICER)))
    correct_registration(officer, lab, reason="营业执照已变更", name_zh="新名检测有限公司")
    page = client.get(f"/registers/organisations/{lab.uid}/history/").content.decode()
    assert "营业执照已变更" in page and "新名检测有限公司" in page and lab.name_zh in page
    assert browse().get(f"/registers/organisations/{lab.uid}/history/").status_code == 302
    assert client.get("/registers/organisations/nothing/history/").status_code == 404
    assert client.get("/registers/nothing/x/history/").status_code == 404


@pytest.fixture
def spare() -> Iterator[str]:
    yield "spare"
    REGISTERS.pop("spare", None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columns": ()}, "first column"),
        ({"columns": (Column("a", "A", str), Column("a", "A", str))}, "twice"),
        ({"columns": (Column("a", "A", str, kind=dict),)}, "holds"),
        ({"columns": (Column("a", "A", str, sort="owner__name_zh"),)}, "no column"),
        ({"columns": (Column("a", "A", str, hidden=True),)}, "first column"),
    ],
)
def test_a_declaration_that_contradicts_itself_does_not_load(change: dict[str, object], says: str) -> None:
    facts: dict[str, object] = {
        "name": "x",
        "title": "x",
        "lead": "x",
        "path": "/x/",
        "model": Instrument,
        "rows": lambda actor: Instrument.objects.all(),
        "columns": (Column("a", "A", str),),
    }
    with pytest.raises(ValueError, match=says):
        Register(**{**facts, **change})  # type: ignore[arg-type]


def test_a_name_is_given_once(spare: str) -> None:
    declared = Register(
        spare, title="x", lead="x", path="/x/", model=Instrument, rows=lambda actor: Instrument.objects.all(),
        columns=(Column("a", "A", str),),
    )  # fmt: skip
    register(declared)
    with pytest.raises(ValueError, match="twice"):
        register(declared)


def test_what_is_asked_goes_back_into_an_address() -> None:
    declared = every_register()["scope-lines"]
    asked = ask(
        declared, {"q": "速度", "activity": "testing", "on": "2026-01-31", "sort": "-valid_until", "cols": "days"}
    )
    assert asked.query() == "q=%E9%80%9F%E5%BA%A6&activity=testing&on=2026-01-31&sort=-valid_until&cols=days"


def test_every_sort_has_its_index() -> None:
    """A list sorted by a column without an index over (column, key) would read the whole register."""
    lacking = []
    for declared in every_register().values():
        leading = {index.fields[0].removeprefix("-") for index in declared.model._meta.indexes if index.fields}
        leading |= {field.name for field in declared.model._meta.concrete_fields if field.unique or field.db_index}
        lacking += [f"{declared.name}.{key}" for key, path in declared.sorts().items() if path not in leading]
    assert not lacking


def test_an_unknown_register_is_not_found(db: None) -> None:
    assert browse().get("/registers/nothing/export/csv/").status_code == 404
    with pytest.raises(NotFound):
        from quanheng.kernel.registers.declare import register_named

        register_named("nothing")
