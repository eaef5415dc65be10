"""Configuration of the portal."""

from django.apps import AppConfig
from django.core.validators import MaxLengthValidator, MinLengthValidator
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The shell: layout, home, workbenches, verification."""

    name = "quanheng.portal"
    label = "portal"
    verbose_name = _("门户")

    def ready(self) -> None:
        # Django's own Chinese speaks of variables and does not say what to do.
        MaxLengthValidator.message = _("最多 %(limit_value)d 个字符，现有 %(show_value)d 个，请缩短。")
        MinLengthValidator.message = _("至少 %(limit_value)d 个字符，现有 %(show_value)d 个，请补全。")
