"""Configuration of the supervision app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupervisionConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.domains.supervision"
    label = "supervision"
    verbose_name = _("监督")

    def ready(self) -> None:
        """From the page of a report one gets to an inquiry about it."""
        from quanheng.domains.supervision.offering import inquiry_offered
        from quanheng.kernel.attestations.beside import OFFERS

        OFFERS.append(inquiry_offered)
