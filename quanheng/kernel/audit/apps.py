"""Configuration of the audit app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.audit"
    label = "audit"
    verbose_name = _("审计")
