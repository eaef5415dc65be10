"""Bringing instruments and products in from a file."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind, Made, Reader, Row, register
from quanheng.kernel.imports.storing import last_key, made_since
from quanheng.kernel.objects import services
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.parties.models import Organisation

Column = ImportColumn
_WHOLE = _("校准信息须完整填写或全部留空。")

INSTRUMENT_COLUMNS = (
    Column(
        "name_zh",
        _("设备名称"),
        required=True,
        example="数字压力计",
        synonyms=("名称", "仪器名称", "器具名称", "仪器设备名称", "name", "instrument", "equipment"),
    ),
    Column("name_en", _("英文名称"), example="Digital pressure gauge", synonyms=("name (english)", "english name")),
    Column("model", _("型号"), example="YBS-C", synonyms=("型号规格", "规格型号", "规格/型号", "model number")),
    Column(
        "serial",
        _("出厂编号"),
        required=True,
        example="20231108",
        synonyms=("编号", "设备编号", "仪器编号", "序列号", "出厂号", "serial number", "serial no", "sn"),
    ),
    Column(
        "quantity",
        _("量"),
        example="pressure",
        help=_("平台的量的编码，如 pressure、mass、length；不填亦可。"),
        synonyms=("被测量", "参数", "kind of quantity"),
    ),
    Column("range_text", _("测量范围"), example="(0~60) MPa", synonyms=("量程", "范围", "range", "measuring range")),
    Column(
        "accuracy",
        _("准确度等级或最大允许误差"),
        example="0.05 级",
        synonyms=("准确度等级", "准确度", "精度", "最大允许误差", "不确定度", "accuracy class", "mpe"),
    ),
    Column(
        "calibration_number",
        _("校准证书号"),
        help=_WHOLE,
        synonyms=("证书编号", "证书号", "检定证书号", "检定/校准证书号", "certificate number"),
    ),
    Column(
        "calibrated_on",
        _("校准日期"),
        kind="date",
        help=_WHOLE,
        synonyms=("检定日期", "检定/校准日期", "上次校准", "calibration date"),
    ),
    Column(
        "calibrated_until",
        _("校准有效期至"),
        kind="date",
        help=_WHOLE,
        synonyms=("有效期至", "下次校准", "到期日", "检定有效期", "due date", "valid until", "calibration due"),
    ),
    Column(
        "calibrated_by",
        _("校准机构"),
        help=_WHOLE,
        synonyms=("检定机构", "检定/校准机构", "溯源机构", "laboratory", "calibration laboratory"),
    ),
    Column(
        "tests_a_day",
        _("每日最多检测项数"),
        kind="number",
        example="24",
        help=_("这台设备一天最多能做多少项检测；填写后，签发前核查当日用量，不填亦可。"),
        synonyms=("日检测能力", "每日检测能力", "每日能力", "daily capacity", "tests per day"),
    ),
)

PRODUCT_COLUMNS = (
    Column(
        "family",
        _("产品类别编码"),
        required=True,
        example="ebike",
        help=_("平台产品类别的编码。"),
        synonyms=("产品类别", "类别", "类别编码", "family", "product family", "category"),
    ),
    Column(
        "name", _("产品名称"), required=True, example="电动自行车", synonyms=("名称", "品名", "product", "product name")
    ),
    Column("model", _("规格型号"), example="TDT-01", synonyms=("型号", "规格", "型号规格", "model number")),
    Column("brand", _("商标"), synonyms=("品牌", "牌号", "trademark")),
)


def _commit_instruments(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    since = last_key(Instrument)
    services.load_instruments(actor, owner, rows=rows)
    return [made_since(Instrument, since, owner=owner)]


def _commit_products(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    since = last_key(Product)
    services.load_products(actor, owner, rows=rows)
    return [made_since(Product, since, owner=owner)]


def _instruments(actor: Actor, owner: Organisation | None) -> Reader:
    build = services.instrument_reader(owner or Organisation())
    return lambda rows: build


def _products(actor: Actor, owner: Organisation | None) -> Reader:
    build = services.product_reader(owner or Organisation())
    return lambda rows: build


INSTRUMENTS = register(
    ImportKind(
        name="instruments",
        label=_("测量设备"),
        help=_("本机构的计量器具与测量设备，可连同最近一次校准。"),
        model=Instrument,
        columns=INSTRUMENT_COLUMNS,
        check=_instruments,
        commit=_commit_instruments,
        may=Holds("", *services.INSTRUMENT_ROLES),
        max_rows=services.MAX_ROWS,
    )
)
PRODUCTS = register(
    ImportKind(
        name="products",
        label=_("产品"),
        help=_("本机构的产品，按平台产品类别登记。"),
        model=Product,
        columns=PRODUCT_COLUMNS,
        check=_products,
        commit=_commit_products,
        may=Holds("", *services.PRODUCT_ROLES),
        max_rows=services.MAX_ROWS,
    )
)
