"""Configuration of the results app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResultsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.results"
    label = "results"
    verbose_name = _("结果")

    def ready(self) -> None:
        """Of a raw file its name and digest stay for good; its content goes by ``erase_raw_file`` alone."""
        from django.db.models.signals import pre_delete

        from quanheng.kernel.attestations.keeping.retention import refuse_to_delete
        from quanheng.kernel.results.models import RawFile

        pre_delete.connect(refuse_to_delete, sender=RawFile, dispatch_uid="kept RawFile")
