"""Configuration of the governance app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.governance"
    label = "governance"
    verbose_name = _("规划与评估")
