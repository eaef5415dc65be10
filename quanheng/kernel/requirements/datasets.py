"""Standards, product families, items and requirements as open data: facts, with the source of each row."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.opendata.declare import Column, Dataset, declare
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard

_PROVENANCE = (
    Column("source", "text", _("来源")),
    Column("confidence", "text", _("可信程度：confirmed、secondary、unconfirmed 或 platform")),
)
_FACTS = _("题录是事实，来自每行 source 所注的公开来源；许可适用于本平台的整理与编排，不涉及标准文本。")

declare(
    Dataset(
        name="standards",
        model=Standard,
        title=_("标准题录"),
        about=_(
            "标准号、名称与日期。是否现行由日期推算，随日而变，因此不作为一列：withdrawn 已到为废止，"
            "superseded_on 已到为被代替，effective 未到为即将实施，其余为现行。"
        ),
        source=_FACTS,
        columns=(
            Column("uid", "text", _("标准的公开编号；本行的键")),
            Column("number", "text", _("标准号，规范写法")),
            Column("title_zh", "text", _("名称")),
            Column("title_en", "text", _("英文名称")),
            Column("kind", "text", _("类别，如 gb 强制性国家标准、gbt 推荐性国家标准、industry 行业标准")),
            Column("mandatory", "boolean", _("是否强制性")),
            Column("published", "date", _("发布日期")),
            Column("effective", "date", _("实施日期")),
            Column("withdrawn", "date", _("废止日期")),
            Column("superseded_on", "date", _("被后继标准代替的日期")),
            *_PROVENANCE,
        ),
    )
)

declare(
    Dataset(
        name="standard-replacements",
        model=Standard.replaces.through,
        key="id",
        through=("from_standard", "to_standard"),
        title=_("标准代替关系"),
        about=_("哪个标准代替哪个标准，一行一对。"),
        source=_FACTS,
        columns=(
            Column("id", "integer", _("本行的键")),
            Column("successor", "text", _("后继标准的公开编号（标准题录的 uid）"), path="from_standard__uid"),
            Column("successor_number", "text", _("后继标准的标准号"), path="from_standard__number"),
            Column("predecessor", "text", _("被代替标准的公开编号（标准题录的 uid）"), path="to_standard__uid"),
            Column("predecessor_number", "text", _("被代替标准的标准号"), path="to_standard__number"),
        ),
    )
)

declare(
    Dataset(
        name="product-families",
        model=ProductFamily,
        key="code",
        title=_("产品类别"),
        about=_("共用同一组要求的产品（或计量器具）类别，附别名与海关、标准分类代码。"),
        columns=(
            Column("code", "text", _("类别代码；本行的键")),
            Column("name_zh", "text", _("名称")),
            Column("name_en", "text", _("英文名称")),
            Column("aliases", "list", _("别名")),
            Column("chain", "text", _("所属产业链")),
            Column("schemes", "list", _("适用的认证或许可制度")),
            Column("hs", "list", _("商品名称及编码协调制度（HS）代码")),
            Column("ccs", "list", _("中国标准文献分类号（CCS）")),
            *_PROVENANCE,
        ),
    )
)

declare(
    Dataset(
        name="items",
        model=Item,
        key="code",
        title=_("检测项目"),
        about=_("可以测定的特性，附量的种类与单位。"),
        columns=(
            Column("code", "text", _("项目代码；本行的键")),
            Column("name_zh", "text", _("名称")),
            Column("name_en", "text", _("英文名称")),
            Column("quantity", "text", _("量的种类，定性项目为空")),
            Column("unit", "text", _("单位")),
            Column("aliases", "list", _("别名")),
            *_PROVENANCE,
        ),
    )
)

declare(
    Dataset(
        name="requirements",
        model=Requirement,
        title=_("技术要求"),
        about=_("某类产品的某个项目按某标准应达到的限值，以及测定方法。限值照原文数字，为十进制文本。"),
        source=_("限值摘自 standard 与 clause 所指的条款，每行注明来源与可信程度；使用前请核对标准原文。"),
        columns=(
            Column("uid", "text", _("要求的公开编号；本行的键")),
            Column("family", "text", _("产品类别的代码"), path="family__code"),
            Column("item", "text", _("项目的代码"), path="item__code"),
            Column("standard", "text", _("规定限值的标准号"), path="standard__number"),
            Column("clause", "text", _("条款")),
            Column("method", "text", _("方法的标准号"), path="method__number"),
            Column("method_clause", "text", _("方法的条款")),
            Column("limit", "text", _("限值类型：max、min、range、exact、qualitative 或 report")),
            Column("lower", "text", _("下限，十进制文本")),
            Column("upper", "text", _("上限，十进制文本")),
            Column("unit", "text", _("限值的单位")),
            Column("limit_text_zh", "text", _("限值的文字表述")),
            Column("limit_text_en", "text", _("限值的英文表述")),
            Column("mandatory", "boolean", _("是否强制性")),
            Column("sample_size", "text", _("样品数量")),
            Column("usual_days", "integer", _("通常所需的工作日"), unit="d"),
            *_PROVENANCE,
        ),
    )
)
