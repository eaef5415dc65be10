"""An import is undone as one act, unless something depends on what it brought in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from quanheng.kernel.audit.models import Entry
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.imports import services
from quanheng.kernel.imports.models import Batch
from quanheng.kernel.imports.services import Mend
from quanheng.kernel.imports.tests.files import table
from quanheng.kernel.imports.tests.town import HEAD, Town, worked, wrong
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from tests import world

pytestmark = pytest.mark.django_db
STATE = Batch.State


def test_undo_takes_everything_out_and_the_file_may_come_again(scene: Town) -> None:
    content = table([HEAD, scene.row(1), scene.row(2)])
    batch = scene.commit(worked(scene.upload(content)))
    services.request_undo(scene.manager, batch)
    batch = worked(batch)
    assert (batch.state, ScopeLine.objects.count()) == (STATE.UNDONE, 0)
    assert Entry.objects.get(act="imports.undo").facts["rows"] == 2
    again = scene.commit(worked(scene.upload(content)))
    assert (again.state, ScopeLine.objects.count()) == (STATE.COMMITTED, 2)
    with pytest.raises(Conflict):
        services.request_undo(scene.manager, batch)


def test_undo_is_refused_with_what_depends_on_it(scene: Town) -> None:
    from quanheng.kernel.competence.services import end_scope_line

    batch = scene.commit(scene.staged([scene.row(1), scene.row(2)]))
    end_scope_line(scene.manager, ScopeLine.objects.earliest("pk"), on=timezone.localdate(), reason="停止")
    with pytest.raises(Conflict, match=r"能力范围.*1"):
        services.request_undo(scene.manager, batch)
    assert ScopeLine.objects.count() == 2


def test_undo_is_refused_where_other_tables_refer_to_a_row(scene: Town) -> None:
    admin = actor_of(world.make_person((scene.lab, Role.ADMINISTRATOR)))
    head = ["登录名", "姓名", "邮箱", "角色"]
    rows = [["li.si", "李四", "li@example.com", "检测人员;成员"], ["wang", "王五", "w@example.com", ""]]
    batch = scene.staged(rows, head, kind="people", actor=admin)
    assert (batch.state, batch.bad) == (STATE.STAGED, 0)
    services.request_commit(admin, batch)
    batch = worked(batch)
    assert (batch.state, batch.made_count) == (STATE.COMMITTED, 2)
    person = next(post.person for post in scene.lab.memberships.all() if post.person.username == "li.si")
    assert sorted(person.memberships.values_list("role", flat=True)) == ["member", "operator"]
    token = token_of(person)
    with pytest.raises(Conflict, match="接口令牌"):
        services.request_undo(admin, batch)
    token.delete()
    services.request_undo(admin, batch)
    assert worked(batch).state == STATE.UNDONE
    assert not scene.lab.memberships.filter(person__username__in=("li.si", "wang")).exists()


def token_of(person: Any) -> Any:
    from quanheng.kernel.parties.models import ApiToken

    later = timezone.now() + timedelta(days=1)
    return ApiToken.objects.create(person=person, name="x", digest="1" * 64, expires_at=later)


def test_shared_registers_are_stated_anew_and_put_back(scene: Town) -> None:
    from quanheng.kernel.requirements.models import Item, Standard

    bureau = world.make_organisation("regulator")
    officer = actor_of(world.make_person((bureau, Role.CASE_OFFICER)))
    head = ["标准号", "标准名称", "类别", "实施日期", "代替标准", "来源", "可信程度"]
    rows = [
        ["GB/T 1226-2026", "一般压力表", "推荐性国家标准", "2026/5/1", "GB/T 1226-2017", "公告", "已核实"],
        ["GB/T 1226-2017", "一般压力表（旧）", "gbt", "2018-07-01", "", "公告", "confirmed"],
    ]
    batch = scene.staged(rows, head, kind="standards", actor=officer, owner=bureau)
    assert (batch.state, wrong(batch)) == (STATE.STAGED, {})
    services.request_commit(officer, batch)
    batch = worked(batch)
    assert (batch.state, batch.made_count) == (STATE.COMMITTED, 2)
    old = Standard.objects.get(number="GB/T 1226-2017")
    assert (old.title_zh, old.superseded_on) == ("一般压力表（旧）", date(2026, 5, 1))
    services.request_undo(officer, batch)
    batch = worked(batch)
    assert (batch.state, batch.problem) == (STATE.UNDONE, {})
    old.refresh_from_db()
    assert (old.title_zh, old.superseded_on) == ("标准 GB/T 1226-2017", None)
    assert not Standard.objects.filter(number="GB/T 1226-2026").exists()

    rows = [["GB/T 9-2026", "甲", "gbt", "", "GB/T 404-1999", "公告", "已核实"]]
    assert wrong(scene.staged(rows, head, kind="standards", actor=officer, owner=bureau)) == {2: ["replaces"]}
    head = ["项目编码", "项目名称", "英文名称", "量", "单位", "来源", "可信程度"]
    rows = [
        ["pressure", "压强", "Pressure", "pressure", "kPa", "VIM", "已核实"],
        ["p2", "力", "Force", "force", "kg", "VIM", "已核实"],
    ]
    batch = scene.staged(rows, head, kind="items", actor=officer, owner=bureau)
    assert wrong(batch) == {3: ["unit"]}
    services.mend(officer, batch, mends=[Mend(3, {"unit": "kN"})])
    services.request_commit(officer, batch)
    assert worked(batch).made_count == 2
    assert Item.objects.get(code="pressure").unit == "kPa"
