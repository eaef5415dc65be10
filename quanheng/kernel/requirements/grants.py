"""Who keeps the registers that everyone shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Model, Q

from quanheng.kernel.base.grants import ALL, NONE, Grant
from quanheng.kernel.parties.roles import Role

if TYPE_CHECKING:
    from quanheng.kernel.base.actor import Actor


@dataclass(frozen=True)
class KeepsRegisters(Grant):
    """A case officer of a regulator: shared registers belong to no region and to no organisation."""

    def _holds(self, actor: Actor) -> bool:
        # Only posts in a regulator carry a region.
        return actor.system or bool(actor.regions(Role.CASE_OFFICER))

    def q(self, actor: Actor) -> Q:
        return ALL if self._holds(actor) else NONE

    def allows(self, actor: Actor, row: Model) -> bool:
        return self._holds(actor)
