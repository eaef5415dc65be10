"""Configuration of the requirements app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequirementsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.requirements"
    label = "requirements"
    verbose_name = _("要求")
