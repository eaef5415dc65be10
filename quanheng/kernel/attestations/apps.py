"""Configuration of the attestations app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttestationsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.attestations"
    label = "attestations"
    verbose_name = _("证明")
