"""Configuration of the supervision app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupervisionConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.supervision"
    label = "supervision"
    verbose_name = _("监督")
