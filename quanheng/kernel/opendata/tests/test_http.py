"""What harvesters and browsers meet: pages, catalogue, downloads that resume, cross-origin reading, changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.http import http_date

from quanheng.kernel.opendata.declare import dataset_named, datasets
from quanheng.kernel.opendata.feed import publish
from quanheng.kernel.opendata.models import Release
from quanheng.kernel.opendata.releasing import folder_of, release
from quanheng.kernel.opendata.serving import wanted_range
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Release:
    for number in range(20):
        world.make_region(f"99{number:02d}00")
    found = release(dataset_named("regions"), force=True)
    assert found is not None
    return found


def body(answer: Any) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def get(path: str, **headers: str) -> HttpResponse:
    return Client().get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})  # type: ignore[return-value]


def test_a_download_broken_off_anywhere_goes_on_where_it_ended(made: Release) -> None:
    path = f"/open/regions/{made.uid}/regions.csv"
    whole = get(path)
    kept = body(whole)
    tag = whole.headers["ETag"]
    assert whole.status_code == 200 and int(whole.headers["Content-Length"]) == len(kept)
    assert kept == (folder_of("regions") / made.uid / "regions.csv").read_bytes()
    assert tag == f'"{made.files["regions.csv"]["sha256"]}"' and whole.headers["Accept-Ranges"] == "bytes"
    for end in (0, 1, len(kept) // 2, len(kept) - 1):
        rest = get(path, range=f"bytes={end}-", if_range=tag)
        assert rest.status_code == 206
        assert rest.headers["Content-Range"] == f"bytes {end}-{len(kept) - 1}/{len(kept)}"
        assert kept[:end] + body(rest) == kept
    # Another version is never glued on: the whole file comes instead.
    other = get(path, range="bytes=5-", if_range='"other"')
    assert other.status_code == 200 and body(other) == kept
    dated = get(path, range="bytes=5-", if_range=http_date(0))
    assert dated.status_code == 200
    beyond = get(path, range=f"bytes={len(kept)}-")
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{len(kept)}"
    assert get(path, if_none_match=tag).status_code == 304
    assert get(path, if_none_match=f"W/{tag}").status_code == 304
    head = Client().head(path)
    assert head.status_code == 200 and int(head.headers["Content-Length"]) == len(kept)


@pytest.mark.parametrize(
    ("header", "size", "wanted"),
    [
        ("bytes=0-0", 10, (0, 0)),
        ("bytes=2-99", 10, (2, 9)),
        ("bytes=-99", 10, (0, 9)),
        ("bytes=5-2", 10, None),
        ("bytes=0-1,4-5", 10, None),
        ("bytes=-", 10, None),
        ("items=0-1", 10, None),
        ("", 10, None),
        ("bytes=" + "9" * 30 + "-", 10, None),
    ],
)
def test_ranges_are_read_as_the_standard_says(header: str, size: int, wanted: Any) -> None:
    assert wanted_range(header, size) == wanted


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-5", 0)])
def test_a_range_outside_the_file_cannot_be_met(header: str, size: int) -> None:
    with pytest.raises(ValueError):
        wanted_range(header, size)


def test_a_front_server_may_do_the_sending(made: Release, settings: Any) -> None:
    settings.ACCEL_PREFIX = "/inside/"
    answer = get(f"/open/regions/{made.uid}/regions.parquet")
    assert answer.headers["X-Accel-Redirect"] == f"/inside/open/regions/{made.uid}/regions.parquet"
    assert answer.content == b"" and answer.headers["Content-Type"] == "application/vnd.apache.parquet"


def test_latest_leads_to_the_release(made: Release) -> None:
    answer = get("/open/regions/latest/regions.csv")
    assert answer.status_code == 302 and answer.headers["Location"] == f"/open/regions/{made.uid}/regions.csv"


@pytest.mark.parametrize(
    "path",
    [
        "/open/nothing/",
        "/open/nothing/schema.json",
        "/open/regions/latest/secret.txt",
        "/open/regions/latest/..%2f.lock",
        "/open/holidays/latest/holidays.csv",
        "/open/regions/0000000000000/regions.csv",
        "/api/v1/open/nothing/changes?since=abcdefgh.0",
    ],
)
def test_what_is_not_there_is_not_found(made: Release, path: str) -> None:
    assert get(path).status_code == 404


def test_files_beside_the_release_cannot_be_had(made: Release) -> None:
    (folder_of("regions") / made.uid / "secret.txt").write_text("x")
    assert get(f"/open/regions/{made.uid}/secret.txt").status_code == 404
    for name in made.files:
        assert get(f"/open/regions/{made.uid}/{name}").status_code == 200
    (folder_of("regions") / made.uid / "regions.csv").unlink()
    assert get(f"/open/regions/{made.uid}/regions.csv").status_code == 404


def test_other_sites_may_read_and_ask_first(made: Release) -> None:
    for path in ("/open/catalog.json", f"/open/regions/{made.uid}/regions.csv", "/api/v1/open", "/open/nothing/"):
        answer = get(path, origin="https://elsewhere.example")
        assert answer.headers["Access-Control-Allow-Origin"] == "*", path
        assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = Client().options(f"/open/regions/{made.uid}/regions.csv", headers={"origin": "https://elsewhere.example"})
    assert asked.status_code == 204 and "Range" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in get("/api/v1/standards", origin="https://elsewhere.example").headers


def test_the_catalogue_names_every_data_set_with_its_files(made: Release) -> None:
    told = json.loads(get("/open/catalog.json").content)
    assert told["@type"] == "dcat:Catalog"
    by_name = {one["dct:identifier"]: one for one in told["dcat:dataset"]}
    assert set(by_name) == set(datasets())
    files = {one["dct:title"]: one for one in by_name["regions"]["dcat:distribution"]}
    assert set(files) == {"regions.csv", "regions.jsonl", "regions.parquet"}
    sealed = made.files["regions.parquet"]
    assert files["regions.parquet"]["spdx:checksum"]["spdx:checksumValue"] == sealed["sha256"]
    assert files["regions.parquet"]["dcat:byteSize"]["@value"] == str(sealed["bytes"])
    address = files["regions.parquet"]["dcat:downloadURL"]["@id"].partition("/open/")[2]
    assert len(body(get(f"/open/{address}"))) == sealed["bytes"]
    for one in told["dcat:dataset"]:
        assert {word["@language"] for word in one["dct:title"]} == {"zh", "en"}
        assert one["dct:license"]["@id"].startswith("https://creativecommons.org/")


@pytest.mark.parametrize("name", sorted(datasets()))
def test_every_column_is_described_in_both_languages(name: str) -> None:
    schema = json.loads(get(f"/open/{name}/schema.json").content)
    names = [field["name"] for field in schema["fields"]]
    assert names[-1] == "synthetic" and schema["primaryKey"][0] in names
    for field in schema["fields"]:
        assert field["description"] and field["description_en"] and field["description"] != field["description_en"]
    dataset = dataset_named(name)
    from quanheng.kernel.opendata.catalogue import both

    for text in (dataset.title, dataset.about, dataset.source):
        assert not text or both(text)["zh"] != both(text)["en"], text


def test_pages_and_lists_cost_few_queries(made: Release, django_assert_max_num_queries: Any) -> None:
    since = made.cursor
    for number in range(50):
        world.make_region(f"98{number:02d}00")
    publish()
    with django_assert_max_num_queries(6):
        found = get(f"/api/v1/open/regions/changes?since={since}&limit=50")
    assert len(json.loads(found.content)["items"]) == 50
    for path in ("/open/", "/open/regions/", "/open/catalog.json", "/api/v1/open"):
        with django_assert_max_num_queries(6):
            assert get(path).status_code == 200


def test_a_cursor_whose_history_is_over_is_gone(made: Release) -> None:
    answer = get("/api/v1/open/regions/changes?since=aaaaaaaa.0")
    told = json.loads(answer.content)
    assert answer.status_code == 410 and told["type"] == "/problems/cursor-too-old" and told["detail_en"]


def test_visitors_do_not_ask_for_releases(made: Release) -> None:
    assert Client().post("/api/v1/open/regions/releases").status_code == 401
    assert Client().post("/open/regions/release/").status_code == 302
    officer = world.make_person((world.make_organisation("regulator", "120000"), "administrator"))
    client = Client()
    client.force_login(officer)
    answer = client.post("/open/regions/release/", follow=True)
    assert "已申请发布" in answer.content.decode()
    assert "现在发布" in answer.content.decode() and "现在发布" not in get("/open/regions/").content.decode()


def test_a_data_set_before_its_first_release_says_so(media: Path) -> None:
    assert "首次发布正在准备" in get("/open/").content.decode()
    assert "首次发布正在准备" in get("/open/rules/").content.decode()
