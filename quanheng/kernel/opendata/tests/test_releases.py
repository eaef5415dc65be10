"""A release: three files of the same rows, sealed, labelled, whole or not there; and the changes after it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.opendata import jobs, releasing, writing
from quanheng.kernel.opendata.catalogue import table_schema
from quanheng.kernel.opendata.declare import dataset_named, datasets
from quanheng.kernel.opendata.models import Feed, Release
from quanheng.kernel.opendata.releasing import folder_of, release
from quanheng.kernel.opendata.services import ask_release
from quanheng.kernel.opendata.tests.reading import apply, by_key, from_csv, from_jsonl, from_parquet, without_nulls
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.region.models import Region
from tests import world

pytestmark = pytest.mark.django_db
FORMULAS = ("=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "'=quoted", "'plain'", '"x","y"\n第二行', "-40")


def made(name: str) -> tuple[Release, Path]:
    one = release(dataset_named(name), force=True)
    assert one is not None
    return one, folder_of(name) / one.uid


@pytest.fixture
def city() -> list[Organisation]:
    """Organisations with every kind of awkward text, and something in most registers."""
    found = []
    for number, text in enumerate(FORMULAS):
        one = world.make_organisation("laboratory", "120101")
        Organisation.objects.filter(pk=one.pk).update(address=text, synthetic=number % 2 == 0, latitude=39.1 + number)
        found.append(one)
    recognition = world.make_recognition(found[0])
    item = world.make_item("speed", quantity="speed", unit="km/h")
    standard = world.make_standard("GB 1-2001")
    family = world.make_family()
    world.make_requirement(family, item, standard, upper="25")
    world.make_scope_line(recognition, item, standard, family=family, lower="-40", upper="100", unit="km/h")
    world.make_standard("GB 1-2011", replaces="GB 1-2001")
    world.make_rules()
    return found


@pytest.mark.parametrize("name", sorted(datasets()))
def test_the_three_files_hold_the_same_rows(city: list[Organisation], name: str) -> None:
    one, folder = made(name)
    lines = from_jsonl(folder / f"{name}.jsonl")
    assert len(lines) == one.rows == dataset_named(name).rows().count()
    assert from_parquet(folder / f"{name}.parquet") == lines
    assert from_csv(folder / f"{name}.csv", table_schema(dataset_named(name))) == without_nulls(lines)
    assert one.rows or name == "holidays"


def test_texts_come_back_as_they_were_and_no_cell_is_a_formula(city: list[Organisation]) -> None:
    _one, folder = made("organisations")
    assert [row["address"] for row in from_jsonl(folder / "organisations.jsonl")] == list(FORMULAS)
    text = (folder / "organisations.csv").read_bytes()
    assert text.startswith("\ufeff".encode())
    for cell in ("=1+1", "+cmd", "-2+3", "@SUM"):
        assert f",{cell}".encode() not in text
    assert b",-40," in text


@settings(deadline=None)
@given(st.text())
def test_the_guard_can_be_undone_and_leaves_no_formula(text: str) -> None:
    guarded = writing.guarded(text)
    assert writing.unguarded(guarded) == text
    assert guarded[:1] not in ("=", "+", "-", "@", "\t", "\r") or writing._NUMBER.fullmatch(text)


def test_every_file_is_sealed_and_says_what_it_is(city: list[Organisation]) -> None:
    one, folder = made("organisations")
    assert {path.name for path in folder.iterdir()} == set(one.files)
    for name, facts in one.files.items():
        assert (folder / name).stat().st_size == facts["bytes"]
        assert writing.digest(folder / name) == facts["sha256"]
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["synthetic"] is one.synthetic is True
    assert package["rows"] == one.rows and package["cursor"] == one.cursor
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    told = {resource["path"]: resource["hash"] for resource in package["resources"]}
    assert told == {name: f"sha256:{one.files[name]['sha256']}" for name in told} and len(told) == 3
    import duckdb

    facts = duckdb.execute(f"SELECT * FROM parquet_kv_metadata('{folder}/organisations.parquet')").fetchall()
    kept = {key.decode(): value.decode() for _file, key, value in facts}
    assert kept["synthetic"] == "true" and kept["licence"] == "CC-BY-4.0" and kept["title"] == "机构名录"


def test_demonstration_rows_are_marked_in_every_file(city: list[Organisation]) -> None:
    _one, folder = made("organisations")
    for rows in (from_jsonl(folder / "organisations.jsonl"), from_parquet(folder / "organisations.parquet")):
        assert [row["synthetic"] for row in rows] == [number % 2 == 0 for number in range(len(FORMULAS))]
    _one, folder = made("scope-lines")
    assert from_jsonl(folder / "scope-lines.jsonl")[0]["synthetic"] is True


def test_a_release_and_the_changes_after_it_are_the_next_release(city: list[Organisation]) -> None:
    random = Random(20261126)
    for name in ("organisations", "regions", "scope-lines", "standards", "standard-replacements"):
        dataset = dataset_named(name)
        first, folder = made(name)
        held = by_key(dataset, from_jsonl(folder / f"{name}.jsonl"))
        for turn in range(12):
            _disturb(random, turn)
        second, folder = made(name)
        cursor, more, pages = first.cursor, True, 0
        while more:
            answer = Client().get(f"/api/v1/open/{name}/changes", {"since": cursor, "limit": 3}).json()
            apply(held, answer["items"])
            cursor, more, pages = answer["next"], answer["more"], pages + 1
        assert held == by_key(dataset, from_jsonl(folder / f"{name}.jsonl")), name
        assert cursor == second.cursor or not answer["items"]


def _disturb(random: Random, turn: int) -> None:
    """Something happens in the registers."""
    organisations = list(Organisation.objects.order_by("id"))
    one = random.choice(organisations)
    Organisation.objects.filter(pk=one.pk).update(name_zh=f"改名 {random.random()}")
    if turn % 3 == 0:
        code = f"98{random.randrange(10):02d}{turn:02d}"
        Region.objects.filter(code__startswith="98").delete()
        world.make_region(code)
    if turn % 4 == 0:
        number = random.randrange(2000, 2020)
        old = world.make_standard(f"GB {turn + 100}-{number}")
        world.make_standard(f"GB {turn + 100}-{number + 1}", replaces=old.number)
    if turn % 5 == 0:
        last = Organisation.objects.order_by("-id").filter(recognitions=None).first()
        if last is not None:
            last.delete()
    world.make_organisation("enterprise", "120101")


def test_nothing_is_written_again_where_nothing_changed(city: list[Organisation], monkeypatch: Any) -> None:
    one, folder = made("organisations")
    assert release(dataset_named("organisations")) is None
    later = one.made_at + releasing.EVERY
    monkeypatch.setattr(releasing.timezone, "now", lambda: later)
    assert release(dataset_named("organisations")) is None
    one.refresh_from_db()
    assert one.confirmed_at is not None and one.confirmed_at > one.made_at
    # A file that somebody removed is no reason to confirm.
    (folder / "organisations.csv").unlink()
    monkeypatch.setattr(releasing.timezone, "now", lambda: later + releasing.EVERY)
    assert release(dataset_named("organisations")) is not None


def test_old_files_make_room_and_what_was_left_behind_is_swept_up(city: list[Organisation]) -> None:
    first, folder = made("regions")
    (folder_of("regions") / ".making-killed").mkdir()
    (folder_of("regions") / ".making-killed" / "regions.csv").write_text("half")
    (folder_of("regions") / "orphan").mkdir()
    kept = [made("regions")[0].uid for _ in range(releasing.KEPT)]
    assert {path.name for path in folder_of("regions").iterdir()} == {*kept, ".lock"}
    first.refresh_from_db()
    assert first.removed_at is not None and not folder.exists()


def test_a_release_that_fails_leaves_the_last_one_as_it_was(city: list[Organisation], monkeypatch: Any) -> None:
    one, folder = made("regions")

    def fail(*_args: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(writing, "write_parquet", fail)
    with pytest.raises(OSError):
        release(dataset_named("regions"), force=True)
    assert Release.objects.latest("id") == one and folder.is_dir()
    assert {path.name for path in folder_of("regions").iterdir()} == {one.uid, ".lock"}


def test_only_one_makes_a_release_at_a_time(city: list[Organisation]) -> None:
    with releasing.alone("regions") as mine:
        assert mine
        assert release(dataset_named("regions"), force=True) is None
    assert not Release.objects.exists()


def test_an_administrator_of_a_regulator_asks_once(city: list[Organisation]) -> None:
    admin = Actor(person_id=None, name="x", posts=(Post(city[0].pk, "administrator", "120000"),), system=True)
    feed = Feed.objects.get(name="regions")
    made("regions")
    ask_release(admin, feed)
    with pytest.raises(Conflict):
        ask_release(admin, feed)
    # Nothing has changed, and yet it was asked for.
    assert release(dataset_named("regions")) is not None
    ask_release(admin, feed)
    assert set(Entry.objects.filter(act__startswith="opendata.").values_list("act", flat=True)) == {
        "opendata.release.ask",
        "opendata.release.make",
    }


def test_the_worker_makes_what_is_due(city: list[Organisation]) -> None:
    assert set(jobs.enqueue_releases()) == set(datasets())
    for dataset in datasets().values():
        release(dataset)
    assert jobs.enqueue_releases() == []
