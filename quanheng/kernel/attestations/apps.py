"""Configuration of the attestations app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttestationsConfig(AppConfig):
    """See ``models``."""

    name = "quanheng.kernel.attestations"
    label = "attestations"
    verbose_name = _("证明")

    def ready(self) -> None:
        """Originals, and the orders that they be kept, are never deleted, whoever asks for it."""
        from django.db.models.signals import pre_delete

        from quanheng.kernel.attestations.keeping.retention import refuse_to_delete
        from quanheng.kernel.attestations.models import Attestation, RetentionHold

        for model in (Attestation, RetentionHold):
            pre_delete.connect(refuse_to_delete, sender=model, dispatch_uid=f"kept {model.__name__}")
