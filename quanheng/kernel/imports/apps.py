from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Staged import of real files."""

    name = "quanheng.kernel.imports"
    label = "imports"
    verbose_name = _("导入")
