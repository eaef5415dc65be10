"""Who may see and do what with an import: those who may bring such rows in for that organisation, nobody else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q

from quanheng.kernel.base.grants import ALL, NONE, Grant, follow

if TYPE_CHECKING:
    from quanheng.kernel.base.actor import Actor


@dataclass(frozen=True)
class MayCommit(Grant):
    """The actor may import rows of this kind for this owner. ``path`` leads from the row to the import."""

    path: str = ""

    def _prefix(self) -> str:
        return f"{self.path}__" if self.path else ""

    def q(self, actor: Actor) -> Q:
        from quanheng.kernel.imports.kinds import kinds_for
        from quanheng.kernel.parties.models import Organisation

        if actor.system:
            return ALL
        if not actor.all_organisations:
            return NONE
        # The same owners for several kinds are one condition.
        kinds: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for name, owners in kinds_for(actor, Organisation.objects.filter(pk__in=actor.all_organisations)).items():
            kinds[tuple(sorted(owner.pk for owner in owners))].append(name)
        condition, prefix = NONE, self._prefix()
        for keys, names in kinds.items():
            condition |= Q(**{f"{prefix}owner_id__in": keys, f"{prefix}kind__in": names})
        return condition

    def allows(self, actor: Actor, row: Model) -> bool:
        from quanheng.kernel.imports.kinds import every_kind

        if actor.system:
            return True
        batch: Any = follow(row, self.path) if self.path else row
        kind = every_kind().get(batch.kind)
        return kind is not None and batch.owner_id in actor.all_organisations and kind.may.allows(actor, batch.owner)
