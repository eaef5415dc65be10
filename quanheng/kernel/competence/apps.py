"""Configuration of the competence app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompetenceConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.competence"
    label = "competence"
    verbose_name = _("能力")

    def ready(self) -> None:
        from quanheng.kernel.competence.services import follow_organisation
        from quanheng.kernel.parties.signals import organisation_moved

        organisation_moved.connect(follow_organisation)
