"""Configuration of the transparency log."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TranslogConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.translog"
    label = "translog"
    verbose_name = _("透明日志")
