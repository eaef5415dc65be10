"""Bringing scope lines in from a file: the same reader and the same act as everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.competence.models import Activity, Recognition, ScopeLine
from quanheng.kernel.competence.services import STEWARDS, LineReader, ReadLine, bulk_load_scope_lines, store_scope_lines
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind, Made, Reader, Row, register
from quanheng.kernel.imports.storing import last_key, made_since
from quanheng.kernel.parties.models import Organisation

Column = ImportColumn

COLUMNS = (
    Column(
        "scheme",
        _("资质类型"),
        required=True,
        example="CMA",
        choices=tuple(Recognition.Scheme.choices),
        synonyms=("资质", "资质类别", "认可类型", "certificate type", "accreditation"),
    ),
    Column(
        "number",
        _("资质证书编号"),
        required=True,
        example="210012051234",
        help=_("已在平台登记的资质证书编号。"),
        synonyms=(
            "证书编号",
            "证书号",
            "资质证书号",
            "资质编号",
            "CMA编号",
            "certificate",
            "certificate number",
            "certificate no",
        ),
    ),
    Column(
        "activity",
        _("活动"),
        required=True,
        example="检测",
        choices=tuple(Activity.choices),
        synonyms=("活动类型", "业务类型", "类型", "activity type"),
    ),
    Column(
        "family",
        _("产品类别编码"),
        example="ebike",
        help=_("平台产品类别的编码；不限产品时留空。"),
        synonyms=("产品类别", "产品", "检测对象", "对象", "类别", "product", "product family", "object"),
    ),
    Column(
        "item",
        _("项目编码"),
        required=True,
        example="max_speed",
        help=_("平台检测项目的编码。"),
        synonyms=(
            "项目",
            "检测项目",
            "参数",
            "项目/参数",
            "项目代码",
            "检测参数",
            "parameter",
            "test item",
            "item code",
        ),
    ),
    Column(
        "method",
        _("方法标准"),
        required=True,
        example="GB 17761-2024",
        help=_("标准编号，任何写法均可，含年份。"),
        synonyms=(
            "检测方法",
            "方法",
            "依据",
            "标准",
            "标准编号",
            "检测标准",
            "依据的标准",
            "standard",
            "test method",
            "method standard",
        ),
    ),
    Column("method_clause", _("方法条款"), example="6.1", synonyms=("条款", "条款号", "章条", "标准条款", "clause")),
    Column(
        "range",
        _("范围"),
        example="(0~100) km/h",
        help=_("照证书写，如 (0~60) MPa；或改填下限、上限与单位。"),
        synonyms=("测量范围", "检测范围", "量程", "measuring range", "range of measurement"),
    ),
    Column("lower", _("范围下限"), synonyms=("下限", "最小值", "from", "lower limit", "minimum")),
    Column("upper", _("范围上限"), synonyms=("上限", "最大值", "to", "upper limit", "maximum")),
    Column("unit", _("单位"), synonyms=("计量单位", "units")),
    Column(
        "uncertainty",
        _("最佳不确定度"),
        help=_("测得值的公式，如 0.05% x + 0.002 MPa。"),
        synonyms=("不确定度", "扩展不确定度", "U", "CMC", "校准和测量能力", "best uncertainty", "expanded uncertainty"),
    ),
    Column("k", _("包含因子"), synonyms=("k值", "coverage factor")),
    Column(
        "restriction_zh",
        _("限制说明"),
        synonyms=("限制", "限制范围", "说明", "备注", "restriction", "limitation", "remark"),
    ),
    Column(
        "restriction_en",
        _("限制说明（英文）"),
        synonyms=("英文限制说明", "restriction (english)", "english restriction"),
    ),
    Column(
        "valid_from",
        _("有效期自"),
        kind="date",
        help=_("留空为资质的有效期。"),
        synonyms=("生效日期", "起始日期", "开始日期", "start date", "valid since"),
    ),
    Column(
        "valid_until",
        _("有效期至"),
        kind="date",
        help=_("留空为资质的有效期。"),
        synonyms=("截止日期", "到期日", "失效日期", "end date", "expiry date", "valid to"),
    ),
    Column(
        "price_cents",
        _("价格（分）"),
        kind="number",
        example="30000",
        help=_("人民币分，整数。"),
        synonyms=("价格分", "收费分", "price in cents", "fee in cents"),
    ),
    Column(
        "days",
        _("工作日"),
        kind="number",
        example="5",
        help=_("完成所需的工作日，1 至 365。"),
        synonyms=("周期", "检测周期", "工期", "完成天数", "working days", "lead time"),
    ),
)


def _check(actor: Actor, owner: Organisation | None) -> Reader:
    return LineReader(owner, timezone.localdate())


def _made(owner: Organisation, since: int) -> list[Made]:
    return [replace(made_since(ScopeLine, since, organisation=owner), indexed=True)]


def _commit(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    since = last_key(ScopeLine)
    bulk_load_scope_lines(actor, rows)
    return _made(owner, since)


def _store(actor: Actor, owner: Organisation, lines: Sequence[ReadLine]) -> list[Made]:
    since = last_key(ScopeLine)
    store_scope_lines(actor, owner, lines=lines)
    return _made(owner, since)


SCOPE_LINES = register(
    ImportKind(
        name="scope-lines",
        label=_("能力范围"),
        help=_("本机构资质下的检测、校准、检定等能力，一行一项。"),
        model=ScopeLine,
        columns=COLUMNS,
        check=_check,
        commit=_commit,
        store=_store,
        may=Holds("", *STEWARDS),
        link=lambda owner: f"/organisations/{owner.uid}/",
    )
)
