"""SQL and script in every text: kept letter by letter, and shown as text wherever it is shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client

from quanheng.domains.services.models import Need
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region
from quanheng.kernel.search.models import Document
from quanheng.kernel.translog.models import LogCheckpoint, LogEntry, NoteKey, Tree
from tests.security.asking import ask, ask_for_nothing, client_of
from tests.security.places import Place, fill, operations, pages
from tests.security.scene import Scene, build

pytestmark = pytest.mark.django_db

MARK = "xq7"
# Every way out of text: an element, an attribute, a script block, a template, a comment, an address, a statement.
PAYLOAD = (
    f"<script>{MARK}()</script>\"'><img src=x onerror={MARK}()>{{{{{MARK}}}}}{{% {MARK} %}}--><svg/onload={MARK}()>"
    f"javascript:{MARK}()'; DROP TABLE parties_organisation; --"
)
# Elements and attributes that run what is in them.
RUNNING = re.compile(r"on\w+|srcdoc|hx-on.*|style", re.IGNORECASE)
ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data", "xlink:href")


class Reader(HTMLParser):
    """Finds where the mark would run, and counts where it is shown as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[str] = []
        self.shown = 0
        self.script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kinds = {value for name, value in attrs if name == "type"}
        self.script = tag in ("script", "style") and not kinds & {"application/json", "importmap"}
        for name, value in attrs:
            if MARK in name or (MARK in (value or "") and RUNNING.fullmatch(name)):
                self.runs.append(f"<{tag} {name}={value!r}>")
            if name in ADDRESSES and (value or "").strip().lower().startswith("javascript:"):
                self.runs.append(f"<{tag} {name}={value!r}>")
            self.shown += MARK in (value or "")
        if MARK in tag:
            self.runs.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        self.script = False

    def handle_data(self, data: str) -> None:
        if MARK in data:
            if self.script:
                self.runs.append(f"script: {data[:200]}")
            self.shown += 1

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.runs.append(f"comment: {data[:200]}")


# Columns that hold codes, numbers and the platform's own words, not what people write.
FIXED = frozenset(
    [
        "uid",
        "uscc",
        "number",
        "code",
        "key",
        "region_code",
        "digest",
        "password",
        "username",
        "document",
        "sha256",
        "key_id",
        "public_multibase",
        "private_sealed",
        "pdf_sealed",
        "suite",
        "fingerprint",
        "process",
        "state",
        "prefix",
        "url",
        "label",
        "unit",
        "quantity",
        "lower",
        "upper",
        "limit_unit",
        "value",
        "uncertainty",
        "k",
        "category",
        "range_lower",
        "range_upper",
        "dimension",
        "decision_rule",
        "waiting_role",
        "scheme",
        "email",
        "limit",
    ]
)


def texts(scene: Scene) -> int:
    """Put the payload into every free text column of every row of the scene; how many columns there are."""
    count = 0
    # The index is made of the other rows' texts, and is nowhere shown; what the log signed nobody wrote or can change.
    made: set[type[models.Model]] = {Document, LogEntry, LogCheckpoint, NoteKey, Tree}
    for model in ({type(row) for row in scene.rows.values()} | {Organisation, Region}) - made:
        wide = {
            column.attname: PAYLOAD[: column.max_length or 2000]
            for column in model._meta.concrete_fields
            if isinstance(column, models.CharField | models.TextField)
            and not (column.choices or column.unique or column.attname in FIXED)
            and (column.max_length or 2000) >= 60
        }
        if wide:
            model._default_manager.update(**wide)
            count += len(wide)
    return count


@pytest.mark.parametrize(
    "page",
    [
        f"<p><script>{MARK}()</script></p>",
        f"<img src=x onerror={MARK}()>",
        f'<a href="javascript:{MARK}()">x</a>',
        f"<script>const words = '{MARK}'</script>",
        f"<!-- {MARK} -->",
        f"<{MARK}>",
    ],
)
def test_the_reader_finds_what_would_run(page: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert reader.runs


@pytest.mark.any_database
def test_no_text_runs_on_any_page() -> None:
    """Every page that the people of the client, the laboratory and the city can open."""
    scene = build()
    assert texts(scene) >= 40
    shown = 0
    for who in ("client", "lab", "city", "visitor"):
        client = client_of(scene, who)
        for place in pages():
            if place.method != "GET":
                continue
            wanted: list[dict[str, str]] = [{}]
            if "uid" in place.parameters:
                _nothing, uids, organisations = ask_for_nothing(client, place, scene)
                wanted = [{"uid": uid} for uid in (*uids, *organisations)]
            for uid in wanted:
                address = fill(place, scene, **uid)
                answer = client.get(address)
                content = b"" if answer.streaming else answer.content
                if "text/html" not in answer.headers.get("Content-Type", "") or MARK.encode() not in content:
                    continue
                reader = Reader()
                reader.feed(content.decode())
                assert not reader.runs, f"{address}: {reader.runs}"
                shown += reader.shown
    assert shown >= 50, "hardly any page shows what was planted"


def test_what_is_asked_for_is_text_too() -> None:
    """Words of a search, of an address and of a filter come back on the page."""
    for place in pages():
        if place.method != "GET":
            continue
        names = ("q", "text", "number", "state", "after", "next", "kind", "region", "item", "method", "status")
        answer = Client().get(re.sub(r"{\w+}", "x", place.template), dict.fromkeys(names, PAYLOAD), follow=True)
        assert answer.status_code < 500, place
        if "text/html" in answer.headers.get("Content-Type", ""):
            reader = Reader()
            reader.feed(answer.content.decode())
            assert not reader.runs, f"{place.template}: {reader.runs}"


def planted(body: Any, payload: str) -> Any:
    """The body with the payload for every free text in it."""
    if isinstance(body, dict):
        return {name: planted(value, payload) for name, value in body.items()}
    if isinstance(body, list):
        return [planted(value, payload) for value in body]
    return payload if body == "文字" else body


@pytest.mark.parametrize("payload", [PAYLOAD, "' OR '1'='1", "1; DROP TABLE cases_case; --", "%' UNION SELECT 1 --"])
def test_sql_is_text(payload: str) -> None:
    """In every text of every operation, in queries, in addresses: answered, and every table is still there."""
    scene = build()
    tables = set(connection.introspection.table_names())
    clients = [client_of(scene, who) for who in ("client", "lab", "city")]
    uid = scene.rows["order case"].uid  # type: ignore[attr-defined]
    asked = 0
    for place in operations():
        spiked = Place(place.method, place.template, planted(place.body, payload), place.kind)
        for client in clients:
            status = ask(client, spiked, fill(spiked, scene, uid=uid)).split()[0]
            assert status < "500", f"{place.method} {place.template}"
        for name in place.queries if place.method == "GET" else ():
            answer = clients[-1].get(fill(place, scene, uid=uid), {name: payload})
            assert answer.status_code < 500, f"{place.template}?{name}"
            asked += 1
    assert asked >= 100, "hardly any query was tried"
    assert set(connection.introspection.table_names()) == tables
    assert Organisation.objects.filter(pk=scene.places["client"].pk).exists()


def test_text_is_kept_letter_by_letter() -> None:
    """Through the API and through a form, and back."""
    scene = build()
    client = client_of(scene, "client")
    organisation = scene.places["client"]
    given = {"organisation": organisation.uid, "text": f"{PAYLOAD} 电动自行车"}
    made = client.post("/api/v1/needs", given, content_type="application/json")
    assert made.status_code in (200, 201), made.content
    need = Need.objects.latest("id")
    assert need.text == given["text"]
    assert made.json()["text"] == given["text"]
    address = {"address": PAYLOAD, "reason": PAYLOAD}
    changed = client.patch(f"/api/v1/organisations/{organisation.uid}", address, content_type="application/json")
    assert changed.status_code == 200, changed.content
    assert Organisation.objects.get(pk=organisation.pk).address == PAYLOAD
