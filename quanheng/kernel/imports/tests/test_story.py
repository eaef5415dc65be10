"""A file's way from upload to undo, as the people who bring it in are promised it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.audit.services import prove
from quanheng.kernel.base.errors import Conflict, Denied, Invalid, NotFound, Refusal
from quanheng.kernel.base.periodic import LONG
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.imports import jobs, queries, services, tasks
from quanheng.kernel.imports.models import Batch, Block, Matching, StagedRow
from quanheng.kernel.imports.services import Mend
from quanheng.kernel.imports.tests.files import table, workbook
from quanheng.kernel.imports.tests.town import HEAD, Town, worked, wrong
from quanheng.kernel.opendata.tasks import release_now
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from tests import world

pytestmark = pytest.mark.django_db
STATE = Batch.State


def test_a_sound_file_needs_no_question(scene: Town) -> None:
    batch = scene.staged([scene.row(place) for place in range(1, 6)])
    assert (batch.state, batch.total, batch.bad, batch.problem) == (STATE.STAGED, 5, 0, {})
    assert ScopeLine.objects.count() == 0
    batch = scene.commit(batch)
    assert (batch.state, batch.made_count, batch.problem) == (STATE.COMMITTED, 5, {})
    line = ScopeLine.objects.order_by("upper_si")[0]
    assert (line.organisation, line.recognition, line.upper_si) == (scene.lab, scene.recognition, 1e6)
    assert line.method.number == "GB/T 1226-2017"


def test_the_commit_is_one_entry_with_the_digest_and_the_counts(scene: Town) -> None:
    batch = scene.commit(scene.staged([scene.row(1), scene.row(2)]))
    entry = Entry.objects.get(act="imports.commit")
    assert entry.actor_id == scene.person.pk
    assert entry.facts["sha256"] == batch.sha256
    assert entry.facts["rows"] == 2
    assert entry.facts["made"] == {"competence.scopeline": 2}
    # The register's own entry belongs to the same errand.
    assert Entry.objects.get(act="competence.scope.load").errand == entry.errand
    assert prove().sound


def test_every_row_is_kept_with_what_is_wrong_and_the_mend(scene: Town) -> None:
    rows = [
        scene.row(1),
        scene.row(2, 检测项目="无此项"),
        scene.row(3, 检测方法="GB/T 1226-2010", 测量范围="(9~1) MPa"),
        scene.row(4, 有效期至="46023"),
        scene.row(1),
        scene.row(6, 活动="算命"),
        [*scene.row(7), "多出"],
        scene.row(8)[:-2],
        scene.row(9, 证书编号="没有"),
    ]
    batch = scene.staged(rows)
    assert wrong(batch) == {
        3: ["item"],
        4: ["method", "range"],
        5: ["valid_until"],
        6: ["item"],
        7: ["activity"],
        8: [""],
        9: [""],
        10: ["number"],
    }
    assert (batch.bad, batch.total) == (8, 9)
    by_row = {row.number: row.errors for row in StagedRow.objects.filter(batch=batch)}
    assert "GB/T 1226-2017" in by_row[4][0]["zh"]
    assert "2026-01-01" in by_row[5][0]["zh"]
    for errors in by_row.values():
        for one in errors:
            assert one["zh"]
            assert one["en"]
    with pytest.raises(Conflict, match="8"):
        services.request_commit(scene.manager, batch)
    assert ScopeLine.objects.count() == 0


def test_rows_are_mended_in_place_and_left_out(scene: Town) -> None:
    batch = scene.staged(
        [scene.row(1), scene.row(2, 检测项目="无"), scene.row(3, 活动="x"), scene.row(4, 测量范围="?")]
    )
    batch = services.mend(
        scene.manager,
        batch,
        mends=[Mend(3, {"item": "pressure"}), Mend(4, {"activity": "校准"}), Mend(5, {}, drop=True)],
        version=batch.version,
    )
    assert (batch.bad, batch.dropped) == (0, 1)
    batch = scene.commit(batch)
    assert batch.made_count == 3
    assert sorted(ScopeLine.objects.values_list("activity", flat=True)) == ["calibration", "testing", "testing"]
    assert Entry.objects.get(act="imports.commit").facts["dropped"] == 1


def test_mending_one_row_frees_the_row_that_repeated_it(scene: Town) -> None:
    batch = scene.staged([scene.row(1), scene.row(1)])
    assert list(wrong(batch)) == [3]
    batch = services.mend(scene.manager, batch, mends=[Mend(2, {"range": "(0~5) MPa"})])
    assert wrong(batch) == {}
    batch = services.mend(scene.manager, batch, mends=[Mend(2, {"range": "(0~1) MPa"})])
    assert list(wrong(batch)) == [3]


def test_in_a_large_file_the_mended_rows_are_looked_at_and_all_of_them_at_the_commit(
    scene: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "SMALL", 1)
    batch = scene.staged([scene.row(1), scene.row(2, 检测项目="无")])
    batch = services.mend(scene.manager, batch, mends=[Mend(3, {"item": "pressure", "range": "(0~1) MPa"})])
    assert batch.bad == 0
    batch = scene.commit(batch)
    assert (batch.state, batch.bad, list(wrong(batch))) == (STATE.STAGED, 1, [3])
    assert batch.problem["zh"]
    assert ScopeLine.objects.count() == 0


def test_what_cannot_be_mended_so_is_told_by_place(scene: Town) -> None:
    batch = scene.staged([scene.row(1, 检测项目="无")])
    for mends, field in (
        ([Mend(2, {"nowhere": "x"})], "nowhere"),
        ([Mend(99, {"item": "x"})], "number"),
        ([Mend(2, {"item": "x" * 3000})], "item"),
        ([Mend(2, {"item": "\x00"})], "item"),
        ([Mend(2, {}), Mend(2, {})], "number"),
    ):
        with pytest.raises(Invalid) as caught:
            services.mend(scene.manager, batch, mends=mends)
        assert (caught.value.errors[0].field, caught.value.errors[0].row) == (field, len(mends) - 1)
    services.mend(scene.manager, batch, mends=[Mend(2, {"item": "pressure"})], version=batch.version)
    with pytest.raises(Conflict):
        services.mend(scene.manager, batch, mends=[Mend(2, {"item": "other"})], version=batch.version)


def test_columns_are_guessed_asked_for_and_remembered(scene: Town) -> None:
    head = ["类型甲", "证书", "我的活动", "参数名", "依据标准号", "量程范围", "最佳U", "到期"]
    batch = scene.staged([scene.row(1)], head)
    assert batch.state == STATE.MATCHING
    assert batch.mapping["range"] == {"column": 5}
    with pytest.raises(Invalid) as caught:
        services.match(
            scene.manager, batch, mapping={"item": {"column": 3}, "method": {"column": 3}, "x": {"column": 1}}
        )
    assert {one.field for one in caught.value.errors} == {"method", "x", "scheme", "number", "activity"}
    mapping = {
        "scheme": {"value": "CMA"},
        "number": {"column": 1},
        "activity": {"column": 2},
        "item": {"column": 3},
        "method": {"column": 4},
        "range": {"column": 5},
    }
    batch = worked(services.match(scene.manager, batch, mapping=mapping))
    assert (batch.state, batch.bad) == (STATE.STAGED, 0)
    # The same heads in another order: nothing is asked any more.
    order = [7, 6, 5, 4, 3, 2, 1, 0]
    again = scene.staged([[scene.row(2)[place] for place in order]], [head[place] for place in order])
    assert (again.state, again.bad) == (STATE.STAGED, 0)
    assert again.mapping["item"] == {"column": 4}
    assert Matching.objects.get().owner == scene.lab


def test_the_same_file_is_not_brought_in_twice(scene: Town) -> None:
    content = table([HEAD, scene.row(1), scene.row(2)])
    first, second = worked(scene.upload(content)), worked(scene.upload(content, name="同样.csv"))
    services.request_commit(scene.manager, first)
    with pytest.raises(Conflict) as caught:
        services.request_commit(scene.manager, second)
    assert caught.value.reason == "same-file"
    assert worked(first).state == STATE.COMMITTED
    with pytest.raises(Conflict):
        scene.upload(content)
    # Not the file, but its rows: they are there.
    other = scene.staged([scene.row(2), scene.row(3)])
    assert wrong(other) == {2: ["item"]}
    assert ScopeLine.objects.count() == 2


def test_a_task_done_twice_does_no_harm(scene: Town) -> None:
    batch = scene.staged([scene.row(1), scene.row(2)])
    tasks.read.func(batch.pk)
    tasks.check.func(batch.pk)
    services.request_commit(scene.manager, batch)
    stale = Batch.objects.get(pk=batch.pk)
    tasks.commit.func(batch.pk)
    tasks.commit.func(batch.pk)
    assert ScopeLine.objects.count() == 2
    # A worker that was taken for lost comes to its end late: it can neither store again nor turn the clock back.
    outcome = services.check_all(stale, scene.manager, keep="built")
    with pytest.raises(Conflict):
        services.commit_batch(scene.manager, stale, checked=outcome)
    services.refused(batch.pk, STATE.COMMITTING, STATE.STAGED, Conflict("late"))
    batch.refresh_from_db()
    assert (batch.state, ScopeLine.objects.count()) == (STATE.COMMITTED, 2)
    services.request_undo(scene.manager, batch)
    tasks.undo.func(batch.pk)
    tasks.undo.func(batch.pk)
    assert ScopeLine.objects.count() == 0


def test_what_changed_after_the_check_is_seen_at_the_commit(scene: Town) -> None:
    batch = scene.staged([scene.row(1)])
    Recognition.objects.filter(pk=scene.recognition.pk).update(state="suspended")
    batch = scene.commit(batch)
    assert (batch.state, wrong(batch)) == (STATE.STAGED, {2: ["recognition"]})
    Recognition.objects.filter(pk=scene.recognition.pk).update(state="valid")
    batch = worked(services.recheck(scene.manager, batch))
    assert batch.bad == 0
    outcome = services.check_all(batch, scene.manager, keep="built")
    services.request_commit(scene.manager, batch)
    # And what changes between that look and the store, under the lock.
    Recognition.objects.filter(pk=scene.recognition.pk).update(state="suspended")
    with pytest.raises(Conflict):
        services.commit_batch(scene.manager, batch, checked=outcome)
    assert ScopeLine.objects.count() == 0


def test_whoever_lost_the_role_meanwhile_commits_nothing(scene: Town) -> None:
    batch = scene.staged([scene.row(1)])
    services.request_commit(scene.manager, batch)
    scene.person.memberships.update(valid_until=timezone.localdate() - timedelta(days=1))
    batch = worked(batch)
    assert batch.state == STATE.STAGED
    assert batch.problem["zh"]
    assert ScopeLine.objects.count() == 0


def test_a_failure_of_the_platform_leaves_nothing_and_says_so(scene: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = scene.staged([scene.row(1)])
    services.request_commit(scene.manager, batch)

    def fail(*_given: Any, **_more: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(services, "pack", fail)
    with pytest.raises(RuntimeError):
        tasks.commit.func(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, ScopeLine.objects.count()) == (STATE.STAGED, 0)
    assert batch.problem["en"]


def test_who_may_not_commit_sees_nothing_and_does_nothing(scene: Town) -> None:
    batch = scene.staged([scene.row(1)])
    rival = world.make_organisation("laboratory")
    strangers = [
        actor_of(world.make_person((scene.lab, Role.OPERATOR))),
        actor_of(world.make_person((rival, Role.QUALITY_MANAGER))),
        actor_of(world.make_person((world.make_organisation("regulator"), Role.CASE_OFFICER))),
    ]
    for one in strangers:
        assert not queries.batches(one).exists()
        for act in (
            lambda who: queries.batch_by_uid(who, batch.uid),
            lambda who: services.match(who, batch, mapping={}),
            lambda who: services.mend(who, batch, mends=[]),
            lambda who: services.recheck(who, batch),
            lambda who: services.request_commit(who, batch),
            lambda who: services.request_undo(who, batch),
            lambda who: services.discard(who, batch),
        ):
            with pytest.raises(NotFound):
                act(one)
        with pytest.raises(Refusal):
            scene.upload(b"a\n1\n", actor=one)
    with pytest.raises(Denied):
        scene.upload(b"a\n1\n", kind="rules")
    with pytest.raises(NotFound):
        scene.upload(b"a\n1\n", kind="wishes")
    assert queries.batches(actor_of(world.make_person((scene.lab, Role.ADMINISTRATOR)))).get() == batch


def test_lines_under_somebody_elses_recognition_are_refused(scene: Town) -> None:
    other = world.make_recognition(world.make_organisation("laboratory"))
    assert wrong(scene.staged([scene.row(1, 证书编号=other.number)])) == {2: ["number"]}


def test_formulas_and_signs_stay_text(scene: Town) -> None:
    head = ["设备名称", "出厂编号", "型号"]
    rows = [["=HYPERLINK(1)", "+1", "@x"], ["天平", "'=2", "-40"]]
    batch = scene.staged(rows, head, kind="instruments")
    scene.commit(batch)
    kept = sorted(scene.lab.instruments.values_list("name_zh", "serial", "model"))
    assert kept == [("=HYPERLINK(1)", "+1", "@x"), ("天平", "=2", "-40")]


def test_the_example_of_the_template_is_not_brought_in(scene: Town) -> None:
    from quanheng.kernel.imports import sheets
    from quanheng.kernel.imports.kinds import kind_named

    for form in ("csv", "xlsx"):
        kind = kind_named("instruments")
        answer = sheets.template(kind, form)
        batch = worked(scene.upload(answer.content, kind="instruments", name=f"t.{form}"))
        assert (batch.state, batch.total, batch.dropped) == (STATE.STAGED, 1, 1), form
        with pytest.raises(Conflict):
            services.request_commit(scene.manager, batch)


def test_wrong_rows_leave_as_a_table_that_can_come_back(scene: Town) -> None:
    from quanheng.kernel.imports import sheets

    batch = scene.staged([scene.row(1), scene.row(2, 检测项目="=1+1"), scene.row(3, 活动="=x")])
    for form in ("csv", "xlsx"):
        answer = sheets.wrong_rows(batch, form)
        if form == "csv":
            text = answer.content.decode("utf-8-sig")
            assert "'=1+1" in text
            assert "\n=" not in text
        again = worked(scene.upload(answer.content, name=f"again.{form}"))
        assert again.state == STATE.STAGED
        assert wrong(again) == {2: ["item"], 3: ["activity"]}
        again = services.mend(
            scene.manager, again, mends=[Mend(2, {"item": "pressure"}), Mend(3, {"activity": "检测"})]
        )
        assert again.bad == 0


def test_an_unreadable_file_says_why_in_both_languages(scene: Town) -> None:
    batch = worked(scene.upload(b"MZ\x90\x00\x03" + bytes(100), name="能力.xlsx"))
    assert batch.state == STATE.UNREADABLE
    assert "程序文件" in batch.problem["zh"]
    services.discard(scene.manager, batch)
    for content in (b"", b" "):
        with pytest.raises(Invalid) if not content else pytest.raises(AssertionError):
            assert worked(scene.upload(content)).state != STATE.UNREADABLE


def test_uploads_lie_under_a_name_that_cannot_be_guessed_and_go_in_time(scene: Town) -> None:
    batch = scene.staged([scene.row(1)], name="..\\../etc/passwd")
    assert batch.file_name == "passwd"
    assert batch.file.name.startswith("imports/")
    assert len(batch.file.name) >= len("imports/") + 40
    name = batch.file.name
    jobs.forget_old_uploads()
    assert default_storage.exists(name)
    Batch.objects.update(created_at=timezone.now() - timedelta(days=settings.IMPORT_KEEP_DAYS + 1))
    jobs.forget_old_uploads()
    batch.refresh_from_db()
    assert (batch.state, batch.file.name) == (STATE.DISCARDED, "")
    assert not Block.objects.exists()


def test_an_organisation_does_not_fill_the_disk(scene: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_OPEN", 2)
    first = scene.staged([scene.row(1)])
    scene.staged([scene.row(2)])
    with pytest.raises(Conflict) as caught:
        scene.upload(table([HEAD, scene.row(3)]))
    assert caught.value.reason == "too-many-open"
    services.discard(scene.manager, first)
    scene.upload(table([HEAD, scene.row(3)]))


def test_an_import_whose_task_was_given_up_is_not_at_work_for_ever(scene: Town) -> None:
    from django_tasks_db.models import DBTaskResult

    batch = scene.staged([scene.row(1)])
    services.request_commit(scene.manager, batch)
    services.enqueue(batch.pk, tasks.commit)
    batch.refresh_from_db()
    DBTaskResult.objects.get(pk=batch.task).set_failed(RuntimeError("killed three times"))
    jobs.take_up_stranded()
    batch.refresh_from_db()
    assert batch.state == STATE.STAGED
    assert batch.problem["zh"]
    # A task that was never enqueued is, once it has been long enough.
    services.request_commit(scene.manager, batch)
    Batch.objects.update(created_at=timezone.now() - timedelta(minutes=9))
    jobs.take_up_stranded()
    batch.refresh_from_db()
    assert DBTaskResult.objects.filter(pk=batch.task).exists()


def test_pages_of_rows_go_through_the_whole_file_both_ways(scene: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [scene.row(place, 检测项目="pressure" if place % 3 else "无") for place in range(1, 121)]
    batch = scene.staged(rows)
    for only in (False, True):
        seen, cursor = [], ""
        while True:
            page = queries.rows_page(batch, wrong=only, cursor=cursor, limit=25)
            seen += [row.number for row in page["items"]]
            if not page["next"]:
                break
            cursor = page["next"]
        wanted = [place + 1 for place in range(1, 121) if not only or not place % 3]
        assert seen == wanted
        back = []
        while page["previous"]:
            page = queries.rows_page(batch, wrong=only, cursor=page["previous"], limit=25)
            back = [row.number for row in page["items"]] + back
        assert back + seen[len(back) :] == wanted
        assert len(back) >= len(wanted) - 25
    with pytest.raises(Invalid):
        queries.rows_page(batch, wrong=True, cursor="x1")


def test_a_registrar_brings_organisations_of_the_region_in(scene: Town) -> None:
    from quanheng.kernel.parties.models import Organisation
    from quanheng.kernel.parties.tests.world import credit_code

    bureau = world.make_organisation("regulator")
    officer = actor_of(world.make_person((bureau, Role.CASE_OFFICER)))
    codes = [credit_code(900_001 + place) for place in range(3)]
    head = ["统一社会信用代码", "机构名称", "机构类型", "区划代码"]
    rows = [
        [codes[0], "甲检测有限公司", "检验检测机构", bureau.region_code],
        [codes[1], "乙厂", "企业", bureau.region_code],
        [codes[1], "乙厂", "企业", bureau.region_code],
        [codes[2], "丙局", "市场监管部门", bureau.region_code],
        [scene.lab.uscc, "丁", "企业", "999999"],
    ]
    batch = scene.staged(rows, head, kind="organisations", actor=officer, owner=bureau)
    found = wrong(batch)
    assert found[4] == ["uscc"]
    assert found[5] == ["kind"]
    assert set(found[6]) == {"uscc", "region"}
    assert set(found) == {4, 5, 6}
    services.mend(officer, batch, mends=[Mend(number, {}, drop=True) for number in found])
    services.request_commit(officer, batch)
    assert worked(batch).made_count == 2
    assert Organisation.objects.filter(name_zh__in=("甲检测有限公司", "乙厂")).count() == 2
    services.request_undo(officer, batch)
    assert worked(batch).state == STATE.UNDONE
    assert not Organisation.objects.filter(uscc__in=codes).exists()


def test_a_workbook_goes_the_same_way(scene: Town) -> None:
    batch = worked(scene.upload(workbook([HEAD, scene.row(1), [*scene.row(2)[:-1], None]]), name="能力.xlsx"))
    assert (batch.state, batch.format, batch.sheet, batch.bad) == (STATE.STAGED, "xlsx", "数据", 0)
    assert scene.commit(batch).made_count == 2


def test_an_import_does_not_wait_for_releases_that_were_due_before_it() -> None:
    """They are done beside the worker (``test_worker``)."""
    release_now.enqueue("standards")
    tasks.check.enqueue(1)
    assert dict(DBTaskResult.objects.values_list("task_path", "queue_name")) == {
        "quanheng.kernel.opendata.tasks.release_now": LONG,
        "quanheng.kernel.imports.tasks.check": "default",
    }
