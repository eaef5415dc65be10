"""What a letter says: written when it is sent, from what its person may see then, in the person's language.

Mail is read on its way by whoever carries it. It names a case by its number and says what happened and until when;
what the case is about, and why something was done, stands on the page to which it leads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from quanheng.kernel.audit.mailing import mailbox_of, stop_address
from quanheng.kernel.audit.models import Entry, Letter, Mailbox, Notice
from quanheng.kernel.audit.queries import label_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.base.html import last_moment
from quanheng.kernel.cases.models import Case
from quanheng.kernel.cases.process import PROCESSES
from quanheng.kernel.cases.queries import late_for, waiting_for
from quanheng.kernel.parties.queries import actor_of

# So many lines a list has; the page has the others.
SHOWN = 50
LATE_SHOWN = 20
_COUNTED = 1000


@dataclass(frozen=True)
class News:
    """One entry as a letter tells it."""

    what: Any
    number: str
    path: str
    when: datetime


@dataclass(frozen=True)
class Due:
    """One case as a digest lists it."""

    number: str
    kind: Any
    state: Any
    path: str
    due: str
    late: bool


@dataclass
class Content:
    """What there is to tell a person; each list is cut at what a letter shows, beside how many there are."""

    news: list[News] = field(default_factory=list)
    news_count: int = 0
    waiting: list[Due] = field(default_factory=list)
    waiting_count: int = 0
    own_late: int = 0
    late: list[Due] = field(default_factory=list)
    late_count: int = 0

    def __bool__(self) -> bool:
        return bool(self.news or self.waiting or self.late)


def content_of(letter: Letter, actor: Actor, box: Mailbox) -> Content:
    """What a letter tells its person now: nothing that the person may not see, or not any more."""
    content = Content()
    content.news, content.news_count = _news(letter, actor)
    if letter.kind == Letter.Kind.DIGEST and box.waiting == Mailbox.Wish.DIGEST:
        now = timezone.now()
        urgent = waiting_for(actor).order_by(F("due_at").asc(nulls_last=True), "pk")
        mine = list(urgent[:_COUNTED])
        content.waiting, content.waiting_count = [_due(case, now) for case in mine[:SHOWN]], len(mine)
        content.own_late = sum(case.due_at is not None and case.due_at < now for case in mine)
        others = list(late_for(actor, now).exclude(pk__in=[case.pk for case in mine]).order_by("due_at")[:_COUNTED])
        content.late, content.late_count = [_due(case, now) for case in others[:LATE_SHOWN]], len(others)
    return content


def _news(letter: Letter, actor: Actor) -> tuple[list[News], int]:
    keys = letter.entries[-_COUNTED:]
    notices = restrict(Notice.objects.filter(entry__in=keys), actor).values_list("entry_id", "person_id")
    told, alone = set(), set()
    for entry_id, person_id in notices:
        told.add(entry_id)
        if person_id is not None:
            alone.add(entry_id)
    entries = list(Entry.objects.filter(pk__in=keys).select_related("case").order_by("-id"))
    turns = waiting_for(actor).filter(pk__in={entry.case_id for entry in entries if entry.case_id})
    mine = set(turns.values_list("pk", flat=True))
    seen: list[tuple[Entry, bool]] = []
    for entry in entries:
        sees = _sees(actor, entry)
        # Whoever asked alone to be told of something learns what it says of itself, though its case is not his to see.
        if (sees and (entry.id in told or entry.case_id in mine)) or (entry.id in alone and entry.facts.get("about")):
            seen.append((entry, sees))
    return [_one(entry, sees) for entry, sees in seen[:SHOWN]], len(seen)


def _sees(actor: Actor, entry: Entry) -> bool:
    return entry.case is None or Case.visible_to.allows(actor, entry.case)


def _one(entry: Entry, sees: bool) -> News:
    case = entry.case if sees else None
    process = PROCESSES.get(case.process) if case else None
    number, path = (case.number, process.path.format(uid=case.uid)) if case and process else ("", "")
    about = entry.facts.get("about") if case is None else None
    if about:
        number, path = str(about.get("number", "")), str(about.get("path", ""))
    elif not entry.case_id and entry.facts.get("proposed"):
        path = f"/changes/{entry.facts['proposal']}/"
    return News(label_of(entry.act), number, f"{settings.SITE_URL}{path or '/notices/'}", entry.at)


def _due(case: Case, now: datetime) -> Due:
    process = PROCESSES[case.process]
    late = case.due_at is not None and case.due_at < now
    path = f"{settings.SITE_URL}{process.path.format(uid=case.uid)}"
    return Due(
        case.number,
        process.label,
        process.by_state[case.state].label,
        path,
        last_moment(case.due_at) if case.due_at else "",
        late,
    )


def message_of(letter: Letter) -> EmailMultiAlternatives | None:
    """The letter as mail; None where there is nothing to tell any more. ValueError for what cannot be a header."""
    person, box = letter.person, mailbox_of(letter.person)
    content = content_of(letter, actor_of(person), box)
    if not content:
        return None
    stop = stop_address(person)
    languages = [box.language] if box.language else ["zh-hans", "en"]
    subjects, texts, parts = [], [], []
    for language in languages:
        with override(language):
            facts = {"content": content, "letter": letter, "site": settings.SITE_URL, "stop": stop}
            facts["name"] = (language == "en" and person.name_en) or person.name_zh
            subjects.append(_subject(letter, content))
            texts.append(render_to_string("audit/letter.txt", facts).strip())
            parts.append(render_to_string("audit/letter_part.html", facts))
    with override(languages[0]):
        subject = " ".join(f"[{bilingual('权衡', 'Quanheng')}] {' / '.join(subjects)}".split())[:200]
    mail = EmailMultiAlternatives(
        subject,
        f"\n\n{'-' * 40}\n\n".join(texts) + "\n",
        None,
        [person.email],
        headers={
            # The same each time: a reader that gets it twice can know.
            "Message-ID": f"<{letter.uid}@{settings.SITE_URL.partition('://')[2].partition(':')[0]}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(
        render_to_string("audit/letter.html", {"parts": parts, "languages": languages}), "text/html"
    )
    return mail


def _subject(letter: Letter, content: Content) -> str:
    """The number and what happened: nothing of what a case is about."""
    if letter.kind == Letter.Kind.DIGEST:
        late = content.late_count + content.own_late
        told = _("今日待办 %(count)s 件") % {"count": content.waiting_count}
        if late:
            told += _("，逾期 %(late)s 件") % {"late": late}
        return told
    if content.news_count == 1:
        return f"{content.news[0].number} {content.news[0].what}".strip()
    return ngettext("%(count)s 项新进展", "%(count)s 项新进展", content.news_count) % {"count": content.news_count}
