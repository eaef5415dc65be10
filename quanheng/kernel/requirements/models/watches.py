"""Who is told when a standard changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.grants import Holds, Is
from quanheng.kernel.base.models import Record
from quanheng.kernel.requirements.models.standards import Standard


class Watch(Record):
    """A person or an organisation watches a standard; without one, an organisation all that its scope cites."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey("parties.Organisation", null=True, on_delete=models.CASCADE, related_name="+")
    standard = models.ForeignKey(Standard, null=True, on_delete=models.CASCADE, related_name="watches")

    visible_to = Is("person") | Holds("organisation")
    act_related = ("organisation", "person", "standard")

    class Meta:
        verbose_name = _("标准关注")
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, organisation__isnull=False) | Q(organisation=None, person__isnull=False),
                name="watched_by_one",
            ),
            models.CheckConstraint(
                condition=Q(standard__isnull=False) | Q(organisation__isnull=False), name="scope_of_an_organisation"
            ),
            models.UniqueConstraint(fields=["person", "standard"], name="one_watch_of_person"),
            models.UniqueConstraint(fields=["organisation", "standard"], name="one_watch_of_organisation"),
            models.UniqueConstraint(fields=["organisation"], condition=Q(standard=None), name="one_watch_of_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.organisation_id} → {self.standard_id or 'scope'}"
