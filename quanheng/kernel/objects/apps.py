"""Configuration of the objects app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ObjectsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.objects"
    label = "objects"
    verbose_name = _("对象")
