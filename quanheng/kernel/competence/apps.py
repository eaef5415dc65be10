"""Configuration of the competence app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompetenceConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.competence"
    label = "competence"
    verbose_name = _("能力")
