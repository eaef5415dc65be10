"""The pages and the API tell the same story; neither asks the database once for each row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.imports.models import Batch, StagedRow
from quanheng.kernel.imports.tests.files import table
from quanheng.kernel.imports.tests.town import HEAD, Town, worked
from quanheng.kernel.parties.roles import Role
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(scene: Town) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(scene.person)
    return client


def sent(rows: list[list[str]], head: list[str] = HEAD, name: str = "能力.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, table([head, *rows]), content_type="text/csv")


@pytest.fixture
def queries() -> Iterator[CaptureQueriesContext]:
    yield CaptureQueriesContext(connection)


def test_from_the_choice_to_the_end_on_pages(scene: Town, page: Client) -> None:
    chooser = page.get("/imports/new/").content.decode()
    assert "?kind=scope-lines" in chooser
    assert "?kind=people" not in chooser
    assert page.get("/imports/new/?kind=people").status_code == 403
    assert page.get("/imports/new/?kind=nothing").status_code == 404
    assert page.get("/imports/new/?kind=scope-lines").status_code == 200
    refused = page.post("/imports/new/?kind=scope-lines", {"organisation": scene.lab.uid})
    assert refused.status_code == 422
    rows = [scene.row(1), scene.row(2, 检测项目="无")]
    answer = page.post("/imports/new/?kind=scope-lines", {"organisation": scene.lab.uid, "file": sent(rows)})
    batch = Batch.objects.get()
    assert answer.headers["Location"] == f"/imports/{batch.uid}/"
    here = f"/imports/{batch.uid}/"
    assert 'hx-get="' in page.get(here).content.decode()
    assert "HX-Refresh" not in page.get(f"{here}progress/").headers
    batch = worked(batch)
    assert page.get(f"{here}progress/").headers["HX-Refresh"] == "true"
    shown = page.get(here).content.decode()
    assert 'name="3.item"' in shown
    assert 'id="3.item-flaw"' in shown
    assert 'name="2.item"' not in shown
    assert 'name="2.item"' in page.get(f"{here}?show=all").content.decode()
    body = {"version": str(batch.version), "rows": [{"id": "3", "item": "pressure", "_use": ""}]}
    saved = page.put(f"{here}rows/", json.dumps(body), content_type="application/json")
    assert (saved.status_code, saved.json()) == (200, {"version": str(batch.version + 1)})
    stale = page.put(f"{here}rows/", json.dumps(body), content_type="application/json")
    assert stale.status_code == 409
    assert page.put(f"{here}rows/", "[", content_type="application/json").status_code == 422
    assert page.post(f"{here}commit/").status_code == 302
    batch = worked(batch)
    assert "已导入 2 条" in page.get(here).content.decode()
    again = page.post("/imports/new/?kind=scope-lines", {"organisation": scene.lab.uid, "file": sent(rows)})
    assert again.status_code == 422
    assert "同一文件已于" in again.content.decode()
    assert "能力.csv" in page.get("/imports/").content.decode()
    page.post(f"{here}undo/")
    assert worked(batch).state == Batch.State.UNDONE
    assert "已撤销" in page.get(here).content.decode()
    assert ScopeLine.objects.count() == 0


def test_columns_are_matched_on_a_page(scene: Town, page: Client) -> None:
    head = ["甲", "证书编号", "活动", "检测项目", "检测方法", "测量范围", "不确定度", "有效期至"]
    page.post("/imports/new/?kind=scope-lines", {"organisation": scene.lab.uid, "file": sent([scene.row(1)], head)})
    batch = worked(Batch.objects.get())
    here = f"/imports/{batch.uid}/"
    assert page.get(here).headers["Location"] == f"{here}columns/"
    shown = page.get(f"{here}columns/").content.decode()
    assert scene.recognition.number in shown
    assert "不导入的列：甲" in shown
    given = {f"column-{name}": choice["column"] for name, choice in batch.mapping.items()}
    refused = page.post(f"{here}columns/", given)
    assert refused.status_code == 422
    assert 'id="error-scheme"' in refused.content.decode()
    assert page.post(f"{here}columns/", given | {"value-scheme": "CMA"}).headers["Location"] == here
    assert worked(batch).bad == 0


def test_templates_and_wrong_rows_are_downloads(scene: Town, page: Client) -> None:
    for form in ("csv", "xlsx"):
        answer = page.get(f"/imports/template/?kind=scope-lines&format={form}")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert page.get("/imports/template/?kind=scope-lines&format=exe").status_code == 422
    assert page.get("/imports/template/?kind=x").status_code == 404
    batch = scene.staged([scene.row(1, 检测项目="无")])
    assert "无" in page.get(f"/imports/{batch.uid}/wrong/?format=csv").content.decode()
    assert page.get(f"/imports/{batch.uid}/wrong/?format=pdf").status_code == 422


def test_no_page_asks_once_for_each_row(scene: Town, page: Client, queries: CaptureQueriesContext) -> None:
    batch = scene.staged([scene.row(place, 检测项目="无") for place in range(1, 101)])
    for place in range(30):
        scene.upload(table([["名称"], [str(place)]]))
    for address, most in (
        ("/imports/", 15),
        ("/imports/new/", 15),
        ("/imports/new/?kind=scope-lines", 15),
        (f"/imports/{batch.uid}/", 15),
        (f"/imports/{batch.uid}/?after=51", 15),
        (f"/imports/{batch.uid}/?show=all&before=90", 15),
        (f"/imports/{batch.uid}/columns/", 15),
        (f"/imports/{batch.uid}/progress/", 15),
        ("/api/v1/imports", 8),
        (f"/api/v1/imports/{batch.uid}", 8),
        (f"/api/v1/imports/{batch.uid}/rows?errors=true", 8),
        (f"/api/v1/imports/{batch.uid}/rows", 9),
    ):
        with queries as asked:
            assert page.get(address).status_code == 200, address
        assert len(asked) <= most, f"{address}: {len(asked)}"


def test_a_file_over_the_limit_is_read_past_and_told(scene: Town, page: Client, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 1000
    large = SimpleUploadedFile("large.csv", b"a\n" * 2000)
    answer = page.post("/imports/new/?kind=scope-lines", {"organisation": scene.lab.uid, "file": large})
    assert answer.status_code == 422
    assert "文件超过" in answer.content.decode()
    large.seek(0)
    answer = page.post("/api/v1/imports", {"kind": "scope-lines", "file": large})
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert not Batch.objects.exists()


def test_the_same_over_the_api(scene: Town, page: Client) -> None:
    api = "/api/v1/imports"

    def call(method: str, path: str, body: Any = None) -> Any:
        given = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(page, method)(f"{api}{path}", **given)

    kinds = {one["name"]: one for one in call("get", "/kinds").json()}
    assert {"scope-lines", "instruments", "products"} <= set(kinds)
    assert "people" not in kinds
    assert kinds["scope-lines"]["organisations"][0]["uid"] == scene.lab.uid
    assert call("get", "/kinds/scope-lines/template?format=csv").status_code == 200
    rows = [scene.row(1), scene.row(2, 检测项目="无"), scene.row(3, 活动="x")]
    made = page.post(api, {"kind": "scope-lines", "file": sent(rows)})
    assert made.status_code == 200, made.content
    uid = made.json()["uid"]
    assert made.json()["state"] == "reading"
    assert call("post", f"/{uid}/commit").status_code == 409
    batch = worked(Batch.objects.get(uid=uid))
    found = call("get", f"/{uid}").json()
    assert (found["state"], found["total"], found["bad"]) == ("staged", 3, 2)
    assert found["mapping"]["item"] == {"column": 3, "value": None}
    wrong = call("get", f"/{uid}/rows?errors=true&limit=1").json()
    assert [row["number"] for row in wrong["items"]] == [3]
    error = wrong["items"][0]["errors"][0]
    assert (error["field"], bool(error["message_zh"]), bool(error["message_en"])) == ("item", True, True)
    assert call("get", f"/{uid}/rows?errors=true&limit=1&cursor={wrong['next']}").json()["items"][0]["number"] == 4
    refused = call("post", f"/{uid}/commit")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/rows-wrong")
    mends = {"rows": [{"number": 3, "values": {"item": "pressure"}}, {"number": 4, "drop": True}]}
    mended = call("patch", f"/{uid}/rows", mends | {"version": found["version"]})
    assert (mended.json()["bad"], mended.json()["dropped"]) == (0, 1)
    assert call("patch", f"/{uid}/rows", mends | {"version": found["version"]}).status_code == 409
    mapping = {name: choice for name, choice in found["mapping"].items() if name != "uncertainty"}
    assert call("put", f"/{uid}/mapping", {"mapping": {}}).status_code == 422
    assert call("put", f"/{uid}/mapping", {"mapping": mapping}).json()["state"] == "checking"
    worked(batch)
    assert call("post", f"/{uid}/check").json()["state"] == "checking"
    worked(batch)
    assert call("post", f"/{uid}/commit").json()["state"] == "committing"
    assert worked(batch).made_count == 2
    assert [one["uid"] for one in call("get", "?state=committed").json()["items"]] == [uid]
    assert call("post", f"/{uid}/undo").json()["state"] == "undoing"
    assert worked(batch).state == Batch.State.UNDONE
    assert call("post", f"/{uid}/discard").status_code == 409


def test_visitors_and_others_are_told_nothing(scene: Town) -> None:
    batch = scene.staged([scene.row(1, 检测项目="无")])
    other = Client()
    other.force_login(world.make_person((scene.lab, Role.OPERATOR)))
    for client in (Client(), other):
        assert client.get(f"/imports/{batch.uid}/").status_code == 404
        assert client.get(f"/api/v1/imports/{batch.uid}/rows").status_code == 404
        assert client.get("/api/v1/imports").json()["items"] == []
    assert Client().get("/imports/").status_code == 302
    assert Client().get("/api/v1/imports/kinds").status_code == 401
    assert Client().post("/api/v1/imports", {"kind": "scope-lines", "file": sent([])}).status_code == 401
    assert not StagedRow.objects.filter(dropped=True).exists()
