"""The trail as people read it: the story of a case or a row, and the notices of an organisation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.audit.models import Delivery, Entry, Letter, Notice, Webhook
from quanheng.kernel.audit.wording import Change, Reader
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import ACTS, every_act
from quanheng.kernel.base.errors import NotFound, bilingual
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.lean import all_but
from quanheng.kernel.base.models import Record
from quanheng.kernel.base.statements import Asked
from quanheng.kernel.base.texts import filled
from quanheng.kernel.cases.models import Case, CaseRecord
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.parties.models import Organisation, Person

PAGE = 50
# What decides whether an actor may see a case.
_CASE_SEEN_BY = ("client", "handler", "region_code")


@dataclass(frozen=True)
class Told:
    """One entry as a story tells it: who did what, when and why; what changed, as far as the reader may see.

    ``state`` is (from, to) where the act moved a case. ``open`` is False where the row that was changed is
    not the reader's to see: then there is neither change nor reason, only that something happened. The reason
    of an internal move is for those inside alone.
    """

    id: int
    when: datetime
    act: str
    what: Any
    who: Any
    reason: str
    state: tuple[Any, Any] | None
    made: Any | None
    changes: tuple[Change, ...]
    open: bool
    case_id: int | None

    @property
    def detail(self) -> str:
        """The reason, or else what changed, in one line."""
        return self.reason or "; ".join(str(change) for change in self.changes)


def label_of(act: str) -> Any:
    """The name of an act as people know it; of one that is declared no more, its code."""
    declared = ACTS.get(act) or every_act().get(act)
    return declared.label if declared else act


def who(entry: Entry) -> Any:
    """Who did it: a person by name, with whoever proposed it where a second person was needed; or the platform."""
    if not entry.actor_id:
        return _("平台自动办理")
    proposer = entry.facts.get("proposed_by")
    if proposer:
        return filled(_("%(proposer)s 提出，%(approver)s 批准"), proposer=proposer, approver=entry.actor_name)
    return entry.actor_name


_OF_CASE = Asked(lambda case: Entry.objects.filter(case=case).order_by("-id")[:PAGE])


def case_story(
    actor: Actor,
    case: Case,
    *,
    children: bool = False,
    before: int | None = None,
    limit: int = PAGE,
    known: Iterable[Model | None] = (),
) -> list[Told]:
    """What happened in a case, newest first; with ``children``, in the cases under it too.

    ``before`` is the id of the last entry already told; ``known`` are rows of the case that were read already.
    NotFound unless the actor may see the case.
    """
    if not Case.visible_to.allows(actor, case):
        raise NotFound(_("没有找到该事项，或您无权查看。请核对编号。"))
    if children:
        of_cases = Q(case_id__in=[case.pk, *restrict(case.children.all(), actor).values_list("pk", flat=True)])
        return _tell(actor, _latest(Entry.objects.filter(of_cases), before, limit), (case, *known))
    if before is None and limit == PAGE:
        found = _OF_CASE(case.pk)
    else:
        found = _latest(Entry.objects.filter(case=case), before, limit)
    for entry in found:
        entry.case = case
    return _tell(actor, found, (case, *known))


def row_story(actor: Actor, row: Record | CaseRecord, *, before: int | None = None, limit: int = PAGE) -> list[Told]:
    """What was done to a row, beginning with the act that made it, newest first. NotFound unless visible."""
    if not (getattr(row, "story_to", None) or type(row).visible_to).allows(actor, row):
        raise NotFound(_("没有找到该记录，或您无权查看。请核对编号。"))
    kind = row._meta.label_lower
    about = Q(subject_type=kind, subject_id=row.pk) | Q(made_type=kind, made_id=row.pk)
    return _tell(actor, _latest(Entry.objects.filter(about).exclude(_untold(actor)), before, limit), (row,))


@cache
def _kept_stories() -> tuple[type[Any], ...]:
    return tuple(model for model in apps.get_models() if getattr(model, "story_to", None))


def _untold(actor: Actor) -> Q:
    """Entries that made a row whose story is not the actor's to read: told of whoever made it, they would name him."""
    hidden = Q(pk__in=())
    for model in _kept_stories():
        told = model._default_manager.filter(model.story_to.q(actor)).values("pk")
        hidden |= Q(made_type=model._meta.label_lower) & ~Q(made_id__in=told)
    return hidden


def _latest(entries: QuerySet[Entry], before: int | None, limit: int) -> list[Entry]:
    if before is not None:
        entries = entries.filter(id__lt=before)
    return list(entries.select_related("case").order_by("-id")[:limit])


def _tell(actor: Actor, found: list[Entry], known: Iterable[Model | None] = ()) -> list[Told]:
    reader = Reader(actor, found, known)
    return [
        Told(
            id=entry.id,
            when=entry.at,
            act=entry.act,
            what=label_of(entry.act),
            who=who(entry),
            reason=entry.reason if _tells_why(actor, entry, reader) else "",
            state=_state(entry),
            made=reader.made(entry),
            changes=reader.changes(entry),
            open=reader.sees(entry.subject_type, entry.subject_id),
            case_id=entry.case_id,
        )
        for entry in found
    ]


def _tells_why(actor: Actor, entry: Entry, reader: Reader) -> bool:
    """Whether the reason is for the actor: that of an internal move is for the handler and regulators alone."""
    if not reader.sees(entry.subject_type, entry.subject_id):
        return False
    process = PROCESSES.get(entry.case.process) if entry.case else None
    move = process.by_move.get(entry.act.removeprefix(f"{process.name}.")) if process else None
    return move is None or not move.internal or (entry.case is not None and Case.inside.allows(actor, entry.case))


def _state(entry: Entry) -> tuple[Any, Any] | None:
    moved = entry.facts.get("state")
    process = PROCESSES.get(entry.case.process) if entry.case else None
    if not moved or process is None:
        return None
    states = process.by_state
    source, target = (states[name].label if name in states else name for name in moved)
    return source, target


@dataclass(frozen=True)
class NoticeView:
    """A notice as its list shows it; ``path`` is the page of what it is about, "" where there is none."""

    id: int
    when: datetime
    act: str
    what: Any
    who: Any
    reason: str
    organisation_id: int | None
    number: str
    title: Any
    path: str
    new: bool


# Above every notice.
_END = 2**62


def _seen_by(reader: int) -> Subquery:
    return Subquery(Person.objects.filter(pk=reader).values("notices_seen"))


@cache
def _newest(limit: int) -> Asked[Notice]:
    return Asked(
        lambda reader, before, *reached: (
            restrict(Notice.objects.filter(id__lt=before), Actor.reached_by(*reached))
            .select_related("entry__case")
            .defer(
                *all_but(Entry, "entry", "at", "act", "actor", "actor_name", "case", "facts", "reason"),
                *all_but(Case, "entry__case", *("uid", "process", "number", "title"), *_CASE_SEEN_BY),
            )
            .annotate(seen=_seen_by(reader))
            .order_by("-id")[:limit]
        )
    )


def notices_for(actor: Actor, *, before: int | None = None, limit: int = PAGE) -> list[NoticeView]:
    """The notices of the actor's organisations, newest first, those since the last look marked new."""
    if actor.person_id is None:
        return []
    found: list[Any] = _newest(limit)(actor.person_id, _END if before is None else before, *actor.keys)
    return [_notice(actor, notice, notice.seen or 0) for notice in found]


def _notice(actor: Actor, notice: Notice, seen: int) -> NoticeView:
    entry = notice.entry
    case = entry.case if entry.case is not None and Case.visible_to.allows(actor, entry.case) else None
    process = PROCESSES.get(case.process) if case else None
    path = process.path.format(uid=case.uid) if case and process else ""
    number, title = (case.number, case.title) if case else ("", "")
    # An act that concerns no case, or none that the reader may see, may say itself what it is about.
    about = entry.facts.get("about") if case is None else None
    if about:
        number, path = about.get("number", ""), about.get("path", "")
        title = bilingual(about.get("title_zh", ""), about.get("title_en", ""))
    elif not case and entry.facts.get("proposed"):
        path, title = f"/changes/{entry.facts['proposal']}/", label_of(entry.facts["proposed"])
    return NoticeView(
        id=notice.pk,
        when=entry.at,
        act=entry.act,
        what=label_of(entry.act),
        # Whoever acts in a case that is hidden from the reader is hidden with it.
        who=who(entry) if case or entry.case_id is None else _("对方"),
        reason=entry.reason if case or entry.case_id is None else "",
        organisation_id=notice.organisation_id,
        number=number,
        title=title,
        path=path,
        new=notice.pk > seen,
    )


# Counted no further: pages say 99+ (portal/context.py).
UNSEEN_SHOWN = 100


_NEW_TO = Asked(
    lambda reader, *reached: (
        restrict(Notice.objects.filter(id__gt=_seen_by(reader)), Actor.reached_by(*reached))
        .order_by()
        .values_list("id", flat=True)[:UNSEEN_SHOWN]
    )
)


def unseen_count(actor: Actor) -> int:
    """How many notices are new to the actor, counted up to ``UNSEEN_SHOWN``: one query on the newest alone."""
    if actor.person_id is None:
        return 0
    return len(_NEW_TO(actor.person_id, *actor.keys))


def webhooks_of(actor: Actor, organisation: Organisation) -> QuerySet[Webhook]:
    """The webhooks of an organisation, for its administrators."""
    return restrict(Webhook.objects.filter(organisation=organisation), actor)


def deliveries_of(actor: Actor, webhook: Webhook) -> QuerySet[Delivery]:
    """What was sent to a webhook, or waits to be."""
    return restrict(Delivery.objects.filter(webhook=webhook), actor).select_related("entry")


def failed_letters(actor: Actor) -> QuerySet[Letter]:
    """Letters that did not arrive, or not yet, to people whom the actor administers."""
    failed = Q(state__in=(Letter.State.UNCERTAIN, Letter.State.GIVEN_UP)) | Q(state=Letter.State.WAITING, tries__gt=0)
    return restrict(Letter.objects.filter(failed), actor).select_related("person").order_by("-pk")
