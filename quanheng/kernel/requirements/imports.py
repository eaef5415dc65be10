"""Bringing standards, items and requirements in: what is there already is stated anew, as the loaders do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.cells import Cells
from quanheng.kernel.base.grants import Having, Holds
from quanheng.kernel.base.texts import filled
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind, Made, Reader, Row, register
from quanheng.kernel.imports.storing import Watched, last_key, made_since
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.requirements import loading
from quanheng.kernel.requirements.models import Item, Requirement, Standard
from quanheng.science.errors import ScienceError
from quanheng.science.identifiers.standard_number import parse_standard_number

Column = ImportColumn
KEEPER = Having("kind", OrganisationKind.REGULATOR) & Holds("", Role.CASE_OFFICER)
_CONFIDENCE = (
    ("confirmed", _("已核实")),
    ("secondary", _("间接来源")),
    ("unconfirmed", _("待核实")),
    ("platform", _("平台自有")),
)
_PROVENANCE = (
    Column(
        "source",
        _("来源"),
        required=True,
        example="国家标准全文公开系统",
        synonyms=("出处", "数据来源", "依据", "source of data"),
    ),
    Column(
        "confidence",
        _("可信程度"),
        required=True,
        example="已核实",
        choices=_CONFIDENCE,
        synonyms=("可信度", "核实情况", "reliability"),
    ),
)
_MANY = _("多个用分号隔开。")

STANDARD_COLUMNS = (
    Column(
        "number",
        _("标准号"),
        required=True,
        example="GB/T 1234-2025",
        synonyms=("标准编号", "编号", "standard number", "standard no", "standard"),
    ),
    Column(
        "title_zh",
        _("标准名称"),
        required=True,
        example="示例产品试验方法",
        synonyms=("名称", "中文名称", "标准中文名称", "title"),
    ),
    Column(
        "title_en",
        _("英文名称"),
        example="Test methods for example products",
        synonyms=("标准英文名称", "english title", "title (english)"),
    ),
    Column(
        "kind",
        _("类别"),
        required=True,
        example="推荐性国家标准",
        choices=tuple(Standard.Kind.choices),
        synonyms=("标准类别", "标准类型", "类型", "type"),
    ),
    Column("mandatory", _("强制性"), kind="flag", example="否", synonyms=("是否强制", "强制")),
    Column(
        "published", _("发布日期"), kind="date", example="2025-03-01", synonyms=("发布", "publication date", "issued")
    ),
    Column(
        "effective",
        _("实施日期"),
        kind="date",
        example="2025-10-01",
        synonyms=("实施", "effective date", "implementation date"),
    ),
    Column(
        "withdrawn",
        _("废止日期"),
        kind="date",
        help=_("无替代的废止；有替代的由代替关系推算。"),
        synonyms=("废止", "withdrawal date"),
    ),
    Column(
        "replaces",
        _("代替标准"),
        help=_MANY,
        synonyms=("代替", "被代替标准", "代替标准号", "supersedes", "replaced standards"),
    ),
    *_PROVENANCE,
)

ITEM_COLUMNS = (
    Column("code", _("项目编码"), required=True, example="example_speed", synonyms=("编码", "代码", "item code")),
    Column(
        "name_zh",
        _("项目名称"),
        required=True,
        example="最高车速",
        synonyms=("名称", "中文名称", "检测项目", "name", "item"),
    ),
    Column(
        "name_en", _("英文名称"), required=True, example="Maximum speed", synonyms=("english name", "name (english)")
    ),
    Column(
        "quantity",
        _("量"),
        example="speed",
        help=_("量的编码，定性项目留空。"),
        synonyms=("量的类型", "kind of quantity"),
    ),
    Column("unit", _("单位"), example="km/h", synonyms=("计量单位", "units")),
    Column("aliases", _("别名"), example="时速;车速", help=_MANY, synonyms=("同义词", "其他名称", "synonyms")),
    *_PROVENANCE,
)

REQUIREMENT_COLUMNS = (
    Column(
        "family", _("产品类别编码"), required=True, example="ebike", synonyms=("产品类别", "类别", "product family")
    ),
    Column("item", _("项目编码"), required=True, example="max_speed", synonyms=("项目", "检测项目", "item code")),
    Column(
        "standard",
        _("产品标准"),
        required=True,
        example="GB 17761-2024",
        synonyms=("标准", "标准号", "依据标准", "product standard"),
    ),
    Column("clause", _("条款"), example="6.1", synonyms=("标准条款", "条款号")),
    Column(
        "method",
        _("方法标准"),
        required=True,
        example="GB 17761-2024",
        synonyms=("检测方法", "方法", "试验方法标准", "test method"),
    ),
    Column("method_clause", _("方法条款"), example="6.1"),
    Column(
        "limit",
        _("限值类型"),
        required=True,
        example="不大于",
        choices=tuple(Requirement.Limit.choices),
        synonyms=("限值", "type of limit"),
    ),
    Column("lower", _("下限"), synonyms=("限值下限", "lower limit")),
    Column("upper", _("上限"), example="25", synonyms=("限值上限", "upper limit")),
    Column("unit", _("单位"), example="km/h", synonyms=("计量单位", "units")),
    Column(
        "limit_text_zh",
        _("限值文字"),
        example="不大于 25 km/h",
        synonyms=("要求", "技术要求", "requirement", "limit text"),
    ),
    Column("limit_text_en", _("限值文字（英文）"), synonyms=("英文要求", "limit text (english)")),
    Column("mandatory", _("强制性"), kind="flag", example="是", synonyms=("是否强制", "强制")),
    Column("sample_size", _("样品数量"), example="1 辆", synonyms=("样品量", "samples")),
    Column("usual_days", _("通常工作日"), kind="number", example="5", synonyms=("工作日", "周期", "working days")),
    *_PROVENANCE,
)


def _number(text: str) -> str:
    """A standard's number in the normal spelling; the text itself where it is none."""
    try:
        return parse_standard_number(text).text
    except ScienceError:
        return text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]


def _standards(actor: Actor, owner: Organisation | None) -> Reader:
    """Rows of standards; what they replace is registered or stands in the same file."""

    def reader(rows: Sequence[Row]) -> Callable[[Cells], Standard]:
        here = {_number(row["number"]) for row in rows}
        registered = loading.number_table(part for row in rows for part in _parts(row["replaces"]))
        seen: set[str] = set()

        def build(cells: Cells) -> Standard:
            standard = loading.read_standard(cells)
            if standard.number and standard.number in seen:
                cells.wrong("number", filled(_("标准 %(number)s 重复出现，请只保留一行。"), number=standard.number))
            seen.add(standard.number)
            for old in cells.many("replaces"):
                if _number(old) == standard.number:
                    cells.wrong("replaces", _("标准不能代替它自己，请改正编号。"))
                elif old not in registered and _number(old) not in here:
                    cells.wrong("replaces", filled(_("登记册中没有标准“%(number)s”，请先登记或改正编号。"), number=old))
            return standard

        return build

    return reader


def _commit_standards(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    numbers = {_number(row["number"]) for row in rows}
    old = {_number(part) for row in rows for part in _parts(row["replaces"])}
    through = Standard.replaces.through
    named = Standard.objects.filter(number__in=numbers | old)
    # The predecessors' dates follow from their successors'.
    watched = Watched(Standard.objects.filter(Q(pk__in=named.values("pk")) | Q(replaced_by__in=named)).distinct())
    since = last_key(through)
    loading.load_standards(rows)
    links = made_since(through, since, attached=True, from_standard__number__in=numbers)
    return [watched.made(), links]


def _items(actor: Actor, owner: Organisation | None) -> Reader:
    build = loading.item_reader()
    return lambda rows: build


def _commit_items(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    watched = Watched(Item.objects.filter(code__in={row["code"] for row in rows}))
    loading.load_items(rows)
    return [watched.made()]


def _requirements(actor: Actor, owner: Organisation | None) -> Reader:
    return loading.requirement_reader


def _commit_requirements(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    families: Iterable[str] = {row["family"] for row in rows}
    watched = Watched(Requirement.objects.filter(family__code__in=families))
    loading.load_requirements(rows)
    return [watched.made()]


STANDARDS = register(
    ImportKind(
        name="standards",
        label=_("标准"),
        help=_("标准题录与代替关系；已登记的标准按标准号更新。"),
        model=Standard,
        columns=STANDARD_COLUMNS,
        check=_standards,
        commit=_commit_standards,
        may=KEEPER,
        shared=True,
        whole=True,
        max_rows=100_000,
        link=lambda owner: "/standards/",
    )
)
ITEMS = register(
    ImportKind(
        name="items",
        label=_("检测项目"),
        help=_("检测项目与其单位；已有的项目按编码更新。"),
        model=Item,
        columns=ITEM_COLUMNS,
        check=_items,
        commit=_commit_items,
        may=KEEPER,
        shared=True,
        max_rows=50_000,
    )
)
REQUIREMENTS = register(
    ImportKind(
        name="requirements",
        label=_("产品要求"),
        help=_("产品类别的限值与方法；产品类别、项目和标准须先登记。"),
        model=Requirement,
        columns=REQUIREMENT_COLUMNS,
        check=_requirements,
        commit=_commit_requirements,
        may=KEEPER,
        shared=True,
        whole=True,
        max_rows=50_000,
        link=lambda owner: "/families/",
    )
)
