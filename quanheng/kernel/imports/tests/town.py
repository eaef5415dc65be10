"""A laboratory that brings its scope in, and everybody who may or may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.competence.models import Recognition
from quanheng.kernel.imports import services, tasks
from quanheng.kernel.imports.models import Batch, StagedRow
from quanheng.kernel.imports.tests.files import table
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.parties.roles import Role
from tests import world

HEAD = ["资质类型", "证书编号", "活动", "检测项目", "检测方法", "测量范围", "不确定度", "有效期至"]
DO = {
    Batch.State.READING: tasks.read,
    Batch.State.CHECKING: tasks.check,
    Batch.State.COMMITTING: tasks.commit,
    Batch.State.UNDOING: tasks.undo,
}


@dataclass
class Town:
    lab: Organisation
    manager: Actor
    person: Person
    recognition: Recognition

    def row(self, place: int = 1, **cells: str) -> list[str]:
        """A sound row; ``cells`` by heads of HEAD."""
        given = {
            "资质类型": "CMA",
            "证书编号": self.recognition.number,
            "活动": "检测",
            "检测项目": "pressure",
            "检测方法": "GBT 1226—2017",
            "测量范围": f"(0~{place}) MPa",
            "不确定度": "0.05% x + 0.002 MPa",
            "有效期至": "",
        }
        return [{**given, **cells}[head] for head in HEAD]

    def upload(self, content: bytes, kind: str = "scope-lines", name: str = "能力.csv", **who: Any) -> Batch:
        actor, owner = who.get("actor", self.manager), who.get("owner", self.lab)
        return services.upload(actor, owner, kind=kind, file=ContentFile(content, name=name), name=name)

    def staged(self, rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD, **given: Any) -> Batch:
        """Uploaded, read and checked."""
        return worked(self.upload(table([list(head), *map(list, rows)]), **given))

    def commit(self, batch: Batch) -> Batch:
        """Committed by the manager, once the worker is through with it."""
        services.request_commit(self.manager, batch)
        return worked(batch)


def worked(batch: Batch) -> Batch:
    """The batch once the worker has nothing more to do with it."""
    batch.refresh_from_db()
    while batch.busy:
        DO[Batch.State(batch.state)].func(batch.pk)
        batch.refresh_from_db()
    return batch


def wrong(batch: Batch) -> dict[int, list[str]]:
    """The columns that are complained of, by row."""
    rows = StagedRow.objects.filter(batch=batch, wrong=True)
    return {row.number: [one["field"] for one in row.errors] for row in rows}


def town() -> Town:
    world.make_region()
    lab = world.make_organisation("laboratory")
    person = world.make_person((lab, Role.QUALITY_MANAGER))
    world.make_item("pressure", "压力", quantity="pressure", unit="MPa")
    world.make_standard("GB/T 1226-2010")
    world.make_standard("GB/T 1226-2017", replaces="GB/T 1226-2010", effective="2018-07-01")
    return Town(lab, actor_of(person), person, world.make_recognition(lab))
