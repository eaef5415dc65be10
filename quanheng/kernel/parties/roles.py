"""The roles that a person can hold in an organisation, and the kinds of organisation."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """A role held through a membership. Permissions name roles, never persons."""

    MEMBER = "member", _("成员")
    QUALITY_MANAGER = "quality_manager", _("质量负责人")
    OPERATOR = "operator", _("检测人员")
    REVIEWER = "reviewer", _("审核人员")
    SIGNATORY = "signatory", _("授权签字人")
    CASE_OFFICER = "case_officer", _("承办人")
    DISTRICT_OFFICER = "district_officer", _("区级监管人员")
    PLANNER = "planner", _("规划人员")
    ADMINISTRATOR = "administrator", _("机构管理员")


# Who orders work, and takes it back, on behalf of an organisation.
CLIENT_ROLES = (Role.MEMBER, Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
# Who oversees a region on behalf of a regulator.
REGULATORS = (Role.CASE_OFFICER, Role.DISTRICT_OFFICER)


class OrganisationKind(TextChoices):
    """What an organisation does in quality infrastructure (ISO/IEC 17000 terms)."""

    ENTERPRISE = "enterprise", _("企业")
    LABORATORY = "laboratory", _("检验检测机构")
    METROLOGY_INSTITUTE = "metrology_institute", _("计量技术机构")
    CERTIFICATION_BODY = "certification_body", _("认证机构")
    INSPECTION_BODY = "inspection_body", _("检验机构")
    STANDARDS_BODY = "standards_body", _("标准化机构")
    REGULATOR = "regulator", _("市场监管部门")
    SERVICE_STATION = "service_station", _("一站式服务站点")
    SCHEME_PROVIDER = "scheme_provider", _("能力验证提供者")
    RESEARCH = "research", _("科研机构与高校")


# Kinds that take on determination work for others.
INSTITUTIONS = (
    OrganisationKind.LABORATORY,
    OrganisationKind.METROLOGY_INSTITUTE,
    OrganisationKind.CERTIFICATION_BODY,
    OrganisationKind.INSPECTION_BODY,
)
