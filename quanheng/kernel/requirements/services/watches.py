"""Watching standards, and telling those who watch what changed.

What watchers know of a standard is kept beside it (``Standard.told``). Acts compare at once, a job compares every
hour what dates and files changed meanwhile; whoever watches is told once of each change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound, SignInNeeded
from quanheng.kernel.base.grants import Holds, Is, PlatformOnly
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.queries import by_uid
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.requirements.models import Standard, Watch

PIECE = 500


@act("requirements.watch.start", on=Person, label=_("关注标准"), may=Is())
def watch_standard(actor: Actor, person: Person, *, standard: Standard) -> Watch:
    """Watch a standard for oneself: nobody else is told of it. Raises Conflict."""
    watch, made = Watch.objects.get_or_create(person=person, organisation=None, standard=standard)
    if not made:
        raise Conflict(_("您已关注该标准。"))
    _know([standard.pk])
    return watch


@act(
    "requirements.watch.start_for",
    on=Organisation,
    label=_("为机构关注标准"),
    may=Holds("", Role.QUALITY_MANAGER),
)
def watch_for_organisation(actor: Actor, organisation: Organisation, *, standard: Standard | None = None) -> Watch:
    """Watch a standard for an organisation, or without one all standards that its scope cites. Raises Conflict."""
    watch, made = Watch.objects.get_or_create(organisation=organisation, person=None, standard=standard)
    if not made:
        raise Conflict(_("本机构已关注。"))
    _know([standard.pk] if standard else sorted(_cited([organisation.pk])))
    return watch


@act(
    "requirements.watch.end",
    on=Watch,
    label=_("取消关注标准"),
    may=Is("person") | Holds("organisation", Role.QUALITY_MANAGER),
)
def unwatch(actor: Actor, watch: Watch) -> None:
    """Watch no more."""
    remark(standard=watch.standard.number if watch.standard else "")
    key = watch.pk
    watch.delete()
    watch.pk = key  # the audit entry names the row that was


def _tell(name: str, label: Any) -> Callable[..., Watch]:
    @act(name, on=Watch, label=label, may=PlatformOnly(), tells=("organisation",), tells_people=("person",))
    def tell(actor: Actor, watch: Watch, *, standard: Standard, before: dict[str, Any], after: dict[str, Any]) -> Watch:
        about = {
            "number": standard.number,
            "title_zh": standard.title_zh or standard.title_en,
            "title_en": standard.title_en or standard.title_zh,
            "path": f"/standards/{standard.uid}/",
        }
        changed = [key for key in after if after[key] != before.get(key)]
        remark(
            about=about, before={key: before.get(key) for key in changed}, after={key: after[key] for key in changed}
        )
        return watch

    return tell


# One act for each thing that watchers are told, so that notices say in words which.
EVENTS = {
    "announced": _tell("requirements.watch.announced", _("关注的标准将被代替或废止")),
    "begun": _tell("requirements.watch.begun", _("关注的标准开始实施")),
    "ended": _tell("requirements.watch.ended", _("关注的标准不再现行")),
    "corrected": _tell("requirements.watch.corrected", _("关注的标准题录已更正")),
}
ENDS = ("superseded", "withdrawn")


def face(standard: Standard, successors: Iterable[str], day: date) -> dict[str, Any]:
    """What of a standard its watchers are told of when it changes."""
    return {
        "status": standard.status_on(day),
        "successors": sorted(successors),
        **{
            name: value.isoformat() if (value := getattr(standard, name)) else ""
            for name in ("published", "effective", "superseded_on", "withdrawn")
        },
        **{name: getattr(standard, name) for name in ("title_zh", "title_en", "stage")},
    }


def event_of(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Which event a change is."""
    if after["status"] != before["status"]:
        if after["status"] in ENDS:
            return "ended"
        if after["status"] == "in_force":
            return "begun"
    ends = ("successors", "superseded_on", "withdrawn")
    return "announced" if any(before[name] != after[name] for name in ends) else "corrected"


def tell_changes(keys: Iterable[int] | None = None, on: date | None = None) -> int:
    """Tell those who watch what changed in these standards, or in all that are watched; returns how many were told.

    What nobody knows yet becomes known without a notice. Rows are locked while they are compared: what two at once
    find changed is told once.
    """
    day = on or timezone.localdate()
    watchers = _watchers(keys)
    told = 0
    wanted = sorted(watchers)
    for start in range(0, len(wanted), PIECE):
        with transaction.atomic():
            told += _tell_some(wanted[start : start + PIECE], watchers, day)
    return told


def _tell_some(keys: list[int], watchers: dict[int, list[Watch]], day: date) -> int:
    told = 0
    rows = Standard.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys).order_by("pk")
    platform = Actor.platform()
    for standard in list(rows.prefetch_related("replaced_by")):
        after = face(standard, (one.number for one in standard.replaced_by.all()), day)
        before = standard.told
        if after == before:
            continue
        standard.told = after
        standard.save(update_fields=["told"])
        if not before:
            continue
        for watch in watchers[standard.pk]:
            try:
                EVENTS[event_of(before, after)](platform, watch, standard=standard, before=before, after=after)
            except NotFound:
                continue  # watched no more, this moment
            told += 1
    return told


def _know(keys: list[int]) -> None:
    """From now on changes of these standards are told; what they are now is known."""
    for start in range(0, len(keys), PIECE):
        rows = Standard.objects.filter(pk__in=keys[start : start + PIECE], told={}).prefetch_related("replaced_by")
        for standard in rows:
            standard.told = face(standard, (one.number for one in standard.replaced_by.all()), timezone.localdate())
            standard.save(update_fields=["told"])


def _watchers(keys: Iterable[int] | None) -> dict[int, list[Watch]]:
    """Who watches each of the standards, each person and organisation once."""
    found: dict[int, dict[tuple[int | None, int | None], Watch]] = defaultdict(dict)
    direct, wide = Watch.objects.exclude(standard=None), Watch.objects.filter(standard=None)
    wanted = None if keys is None else set(keys)
    if wanted is not None:
        direct = direct.filter(standard_id__in=wanted)
    for watch in direct:
        found[int(watch.standard_id or 0)][watch.person_id, watch.organisation_id] = watch
    of_scope = {watch.organisation_id: watch for watch in wide}
    if of_scope:
        for organisation, method in _citations(of_scope, wanted):
            found[method].setdefault((None, organisation), of_scope[organisation])
    return {key: list(watches.values()) for key, watches in found.items()}


def _citations(organisations: Iterable[Any], keys: set[int] | None) -> set[tuple[int, int]]:
    """(organisation, standard) of scope lines that are valid today."""
    rows = Standard.objects.filter(
        scope_lines__organisation_id__in=list(organisations), scope_lines__valid_until__gte=timezone.localdate()
    )
    if keys is not None:
        rows = rows.filter(pk__in=keys)
    return set(rows.values_list("scope_lines__organisation_id", "pk").distinct())


def _cited(organisations: Iterable[int]) -> set[int]:
    return {key for _organisation, key in _citations(organisations, None)}


def start_watching(actor: Actor, *, standard: str, organisation: str) -> Watch:
    """Watch by public names: ``standard`` for oneself or, with ``organisation``, for it; "" is its whole scope.

    Raises SignInNeeded, NotFound, Invalid and what the acts raise.
    """
    if actor.person_id is None:
        raise SignInNeeded(_("请先登录再关注标准。"))
    watched = Standard.objects.filter(uid=standard).first() if standard else None
    if standard and watched is None:
        raise NotFound(_("没有找到该标准，请核对编号。"))
    if organisation:
        return watch_for_organisation(actor, by_uid(Organisation.objects.all(), organisation), standard=watched)
    if watched is None:
        raise Invalid.field("standard", _("请指明要关注的标准；只有机构可以关注其能力范围内的全部标准。"))
    return watch_standard(actor, Person.objects.get(pk=actor.person_id), standard=watched)
