"""Who may have a release made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Model, Q

from quanheng.kernel.base.grants import ALL, NONE, Grant
from quanheng.kernel.parties.roles import Role

if TYPE_CHECKING:
    from quanheng.kernel.base.actor import Actor


@dataclass(frozen=True)
class AdministersRegulator(Grant):
    """An administrator of a regulator: open data belong to no region and to no organisation."""

    def holds(self, actor: Actor) -> bool:
        """Of every data set alike."""
        # Only posts in a regulator carry a region.
        return actor.system or bool(actor.regions(Role.ADMINISTRATOR))

    def q(self, actor: Actor) -> Q:
        return ALL if self.holds(actor) else NONE

    def allows(self, actor: Actor, row: Model) -> bool:
        return self.holds(actor)
