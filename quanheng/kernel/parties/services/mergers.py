"""Duplicates judged: merged into one entry, or said not to be the same; and a merger undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import Hooks, act, lock, remark
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, FieldError, Invalid, NotFound
from quanheng.kernel.base.grants import Oversees
from quanheng.kernel.base.texts import filled, listed
from quanheng.kernel.parties.absorbing import Merging, carry_over, refusals, undo
from quanheng.kernel.parties.models import DuplicatePair, Merger, Organisation, OrganisationName
from quanheng.kernel.parties.services.organisations import REGISTRARS
from quanheng.kernel.region.models import Region

# What the survivor may take over from the entry that is merged. Its code is its own.
TAKEN = ("name_zh", "name_en", "address", "phone", "position", "introduction")
_COLUMNS = {
    "position": ("latitude", "longitude"),
    "introduction": ("introduction_zh", "introduction_en"),
}
_OVER_BOTH = Oversees("first__region_code", *REGISTRARS) & Oversees("second__region_code", *REGISTRARS)


class _OneAtATime(Hooks):
    """Mergers queue up: two of them in opposite directions would each wait for what the other has locked."""

    def lock(self, row: Any) -> Any:
        Region.objects.select_for_update(no_key=True).order_by("code").first()
        return lock(row)


@act(
    "parties.organisation.merge",
    on=Organisation,
    label=_("合并重复登记"),
    may=Oversees("region_code", *REGISTRARS),
    tells=("survivor",),
    hooks=_OneAtATime(),
)
def merge_organisation(
    actor: Actor,
    loser: Organisation,
    *,
    survivor: Organisation,
    reason: str,
    take: Sequence[str] = (),
    with_recognitions: bool = False,
) -> Merger:
    """Merge an entry into another of the same legal person; what moves and what stays says ``absorbing``.

    ``take`` names what the survivor takes over (``TAKEN``). Raises NotFound, Invalid by field, Conflict with every
    reason against it.
    """
    need_reason(reason)
    wrong = sorted(set(take) - set(TAKEN))
    if wrong:
        raise Invalid.field(
            "take", filled(_("不能采用“%(names)s”，可选：%(all)s。"), names=listed(wrong), all=listed(TAKEN))
        )
    if survivor.pk == loser.pk:
        raise Invalid.field("survivor", _("机构不能并入它自己，请选择另一家。"))
    survivor = Organisation.objects.select_for_update(no_key=True).get(pk=survivor.pk)
    if refusal := survivor.ended():
        raise refusal
    if not Oversees("region_code", *REGISTRARS).allows(actor, survivor):
        raise NotFound(_("保留的机构不在您的管辖范围内，请由两地共同的上级部门办理。"))
    merging = Merging(actor, loser, survivor, with_recognitions)
    against = refusals(merging)
    if against:
        raise Conflict(
            filled(_("不能合并：%(why)s"), why=against[0]),
            errors=[FieldError("survivor", sentence) for sentence in against],
            code="cannot-merge",
        )
    _take_over(merging, take)
    carry_over(merging)
    _remember_name(merging, loser.name_zh)
    merging.change(Organisation.objects.filter(pk=loser.pk), "merged_into", survivor.pk)
    loser.merged_into = survivor
    pairs = DuplicatePair.objects.filter(Q(first=loser) | Q(second=loser), state=DuplicatePair.State.OPEN)
    both = Q(first=loser, second=survivor) | Q(first=survivor, second=loser)
    merging.change(pairs.filter(both), "state", DuplicatePair.State.MERGED)
    merger = Merger.objects.create(loser=loser, survivor=survivor, journal=merging.journal, counts=merging.counts)
    remark(
        survivor=survivor.name_zh,
        moved=_by_model(merging.counts),
        kept=_by_model(merging.kept),
        journal_sha256=merging.digest(),
    )
    return merger


def _by_model(counts: dict[str, int]) -> dict[str, int]:
    """Counts by the model's label: what people know is a kind of row, not a column of it."""
    found: dict[str, int] = {}
    for relation, number in counts.items():
        label = relation.rsplit(".", 1)[0].lower()
        found[label] = found.get(label, 0) + number
    return found


def _take_over(merging: Merging, take: Sequence[str]) -> None:
    rows = Organisation.objects.filter(pk=merging.survivor.pk)
    if "name_zh" in take and merging.loser.name_zh != merging.survivor.name_zh:
        _remember_name(merging, merging.survivor.name_zh, OrganisationName.Kind.FORMER)
    for name in take:
        for column in _COLUMNS.get(name, (name,)):
            merging.change(rows, column, getattr(merging.loser, column))
    merging.survivor.refresh_from_db()


def _remember_name(merging: Merging, text: str, kind: str = OrganisationName.Kind.MERGED) -> None:
    """The survivor is found under the name too."""
    if text != merging.survivor.name_zh or kind == OrganisationName.Kind.FORMER:
        known = OrganisationName.objects.filter(organisation=merging.survivor, text=text)
        if not known.exists():
            merging.made(OrganisationName.objects.create(organisation=merging.survivor, text=text, kind=kind))


@act(
    "parties.organisation.unmerge",
    on=Merger,
    label=_("撤销合并"),
    may=Oversees("loser__region_code", *REGISTRARS) & Oversees("survivor__region_code", *REGISTRARS),
    tells=("survivor", "loser"),
    hooks=_OneAtATime(),
)
def undo_merger(actor: Actor, merger: Merger, *, reason: str) -> Merger:
    """Take a merger back: what it moved returns, unless it has been changed again since; what is new stays.

    Raises Conflict where it was undone, where the survivor was itself merged since (undo that first), or where the
    same thing was entered again.
    """
    need_reason(reason)
    if merger.undone_at is not None:
        raise Conflict(_("该合并已撤销。"))
    if merger.survivor.merged_into_id is not None:
        raise Conflict(_("保留的机构其后又并入了另一家，请先撤销那一次合并。"))
    back, left = undo(merger.journal)
    merger.undone_at = timezone.now()
    merger.save(update_fields=["undone_at"])
    remark(back=back, left=left)
    return merger


@act("parties.duplicate.dismiss", on=DuplicatePair, label=_("认定不是同一机构"), may=_OVER_BOTH)
def dismiss_pair(actor: Actor, pair: DuplicatePair, *, reason: str) -> DuplicatePair:
    """Say that two entries are not one organisation, with the reason: they are not brought up again."""
    need_reason(reason)
    if pair.state != DuplicatePair.State.OPEN:
        raise Conflict(filled(_("该对机构已处理：%(state)s。"), state=pair.get_state_display()))
    pair.state, pair.decided_at = DuplicatePair.State.DISMISSED, timezone.now()
    pair.save(update_fields=["state", "decided_at"])
    return pair
