"""Bringing statements of capacity in from a file: what is there already is stated anew."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from quanheng.domains.capacity.models import Capacity
from quanheng.domains.capacity.queries import standing
from quanheng.domains.capacity.services import MAX_ROWS, CapacityReader, load_capacities
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.competence.models import Activity
from quanheng.kernel.competence.services import STEWARDS
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind, Made, Reader, Row, register
from quanheng.kernel.imports.storing import Watched
from quanheng.kernel.parties.models import Organisation

Column = ImportColumn

COLUMNS = (
    Column(
        "activity",
        _("活动"),
        example="检测",
        choices=tuple(Activity.choices),
        help=_("填写了能力范围编号的可留空。"),
        synonyms=("活动类型", "业务类型", "activity type"),
    ),
    Column(
        "family",
        _("产品类别编码"),
        example="ebike",
        help=_("平台产品类别的编码；留空为该活动的全部产品。"),
        synonyms=("产品类别", "产品", "领域", "product family", "field"),
    ),
    Column(
        "line",
        _("能力范围编号"),
        help=_("只申报一条能力范围时填写，见能力范围页面的地址。"),
        synonyms=("能力范围", "scope line"),
    ),
    Column(
        "unit",
        _("计数单位"),
        example="项次",
        choices=tuple(Capacity.Unit.choices),
        synonyms=("单位", "counted in"),
    ),
    Column(
        "per_week",
        _("每周能力"),
        required=True,
        kind="number",
        example="60",
        help=_("每周（5 个工作日）能完成多少，整数。"),
        synonyms=("周能力", "每周产能", "产能", "每周承接量", "capacity", "per week"),
    ),
    Column(
        "outside",
        _("平台外在手"),
        kind="number",
        example="12",
        help=_("今天在手的、不是经平台委托的任务。"),
        synonyms=("在手任务", "当前负荷", "在检", "load", "backlog", "in hand"),
    ),
    Column(
        "most_weeks",
        _("最多排期（周）"),
        kind="number",
        example="4",
        help=_("排到几周以后就不再接单；留空为不限。"),
        synonyms=("最多排期", "排期上限", "queue limit"),
    ),
    Column(
        "opens_on",
        _("最早开工"),
        kind="date",
        help=_("此前不开始新任务，如搬迁、检修；留空为随时。"),
        synonyms=("开工日期", "恢复日期", "opens on"),
    ),
)


def _check(actor: Actor, owner: Organisation | None) -> Reader:
    if owner is None:  # no institution was chosen yet: nothing can be looked up
        return lambda rows: lambda cells: cells.wrong("activity", _("请先选择机构。"))
    return CapacityReader(owner)


def _commit(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    watched = Watched(standing(Capacity.objects.filter(organisation=owner)))
    load_capacities(actor, owner, rows=rows)
    return [watched.made()]


CAPACITIES = register(
    ImportKind(
        name="capacities",
        label=_("承接能力"),
        help=_("本机构每周能完成多少、在手多少，一行一个领域或一条能力范围。已申报的按文件更新。"),
        model=Capacity,
        columns=COLUMNS,
        check=_check,
        commit=_commit,
        may=Holds("", *STEWARDS),
        max_rows=MAX_ROWS,
        link=lambda owner: "/capacities/",
    )
)
