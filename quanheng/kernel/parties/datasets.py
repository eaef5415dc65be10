"""Organisations' public face as open data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.opendata.declare import Column, Dataset, declare
from quanheng.kernel.parties.models import Organisation

declare(
    Dataset(
        name="organisations",
        model=Organisation,
        title=_("机构名录"),
        about=_(
            "平台登记的企业与质量基础设施机构的公开信息。"
            "联系电话在机构页面上可查，但可能是个人号码，不随批量数据提供；人员、订单和报告都不在其中。"
        ),
        synthetic="synthetic",
        columns=(
            Column("uid", "text", _("机构的公开编号；本行的键")),
            Column("uscc", "text", _("统一社会信用代码（GB 32100）")),
            Column("name_zh", "text", _("名称")),
            Column("name_en", "text", _("英文名称")),
            Column("kind", "text", _("类型，如 enterprise 企业、laboratory 检验检测机构")),
            Column("region", "text", _("所在区划的 GB/T 2260 代码"), path="region_code"),
            Column("address", "text", _("地址")),
            Column("latitude", "number", _("纬度，WGS 84"), unit="°"),
            Column("longitude", "number", _("经度，WGS 84"), unit="°"),
            Column(
                "merged_into",
                "text",
                _("重复登记已并入的机构的公开编号；现行登记为空"),
                path="merged_into__uid",
            ),
            Column("introduction_zh", "text", _("机构自述的简介")),
            Column("introduction_en", "text", _("机构自述的英文简介")),
        ),
    )
)
