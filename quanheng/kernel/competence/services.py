"""Acts on recognitions and on the scopes of competence under them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.cells import Cells, read_rows, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.planner import refresh_statistics
from quanheng.kernel.base.texts import filled
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.scope import STATED, Registers, ScopeFacts, read_line
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS, Role
from quanheng.kernel.search.services import reindex

STEWARDS = (Role.QUALITY_MANAGER, Role.ADMINISTRATOR)
# From here on a load changes how the database should plan.
MANY = 1000
_BY_REGULATOR = Oversees("organisation__region_code", *REGULATORS)


@dataclass(frozen=True)
class RecognitionFacts:
    """What is stated of a recognition: scheme, number of its certificate, first and last day."""

    scheme: str
    number: str
    valid_from: date
    valid_until: date


@act(
    "competence.recognition.register",
    on=Organisation,
    label=_("登记资质"),
    may=Oversees("region_code", *REGULATORS),
    tells=("organisation",),
)
def register_recognition(actor: Actor, organisation: Organisation, *, facts: RecognitionFacts) -> Recognition:
    """Enter an organisation's recognition in the register. Raises Invalid by field, Conflict for a known number."""
    cells = Cells(asdict(facts))
    recognition = Recognition(
        organisation=organisation,
        scheme=cells.choice("scheme", Recognition.Scheme.values),
        number=cells.text("number", 60),
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
    )
    if facts.valid_from > facts.valid_until:
        cells.wrong("valid_until", _("截止日期早于起始日期，请对调。"))
    refuse(cells.errors)
    if Recognition.objects.filter(scheme=recognition.scheme, number=recognition.number).exists():
        raise Conflict(filled(_("证书编号 %(number)s 已登记，请核对。"), number=recognition.number))
    recognition.save()
    return recognition


def _turn(recognition: Recognition, to: str, *, when: Sequence[str], reason: str) -> Recognition:
    need_reason(reason)
    if recognition.state not in when:
        raise Conflict(filled(_("资质当前为“%(state)s”，不能进行此操作。"), state=recognition.get_state_display()))
    recognition.state = to
    recognition.state_since = timezone.localdate()
    recognition.save(update_fields=["state", "state_since"])
    return recognition


_STATE = Recognition.State
_TELLS = ("organisation",)


@act("competence.recognition.suspend", on=Recognition, label=_("暂停资质"), may=_BY_REGULATOR, tells=_TELLS)
def suspend_recognition(actor: Actor, recognition: Recognition, *, reason: str) -> Recognition:
    """Nothing under a suspended recognition is found competent until it is reinstated."""
    return _turn(recognition, _STATE.SUSPENDED, when=(_STATE.VALID,), reason=reason)


@act("competence.recognition.reinstate", on=Recognition, label=_("恢复资质"), may=_BY_REGULATOR, tells=_TELLS)
def reinstate_recognition(actor: Actor, recognition: Recognition, *, reason: str) -> Recognition:
    """Lift a suspension."""
    return _turn(recognition, _STATE.VALID, when=(_STATE.SUSPENDED,), reason=reason)


@act("competence.recognition.withdraw", on=Recognition, label=_("撤销资质"), may=_BY_REGULATOR, tells=_TELLS)
def withdraw_recognition(actor: Actor, recognition: Recognition, *, reason: str) -> Recognition:
    """Take a recognition away for good."""
    return _turn(recognition, _STATE.WITHDRAWN, when=(_STATE.VALID, _STATE.SUSPENDED), reason=reason)


@act(
    "competence.recognition.cancel",
    on=Recognition,
    label=_("注销资质"),
    may=Holds("organisation", Role.ADMINISTRATOR),
    tells=_TELLS,
)
def cancel_recognition(actor: Actor, recognition: Recognition, *, reason: str) -> Recognition:
    """The holder gives the recognition up."""
    return _turn(recognition, _STATE.CANCELLED, when=(_STATE.VALID, _STATE.SUSPENDED), reason=reason)


def _read_one(facts: ScopeFacts, recognition: Recognition) -> ScopeLine:
    row, today = asdict(facts), timezone.localdate()
    cells = Cells(row)
    line = read_line(cells, recognition, Registers.of([row], today), today)
    refuse(cells.errors)
    return line


@act(
    "competence.scope.add",
    on=Recognition,
    label=_("增加能力范围"),
    may=Holds("organisation", *STEWARDS),
)
def add_scope_line(actor: Actor, recognition: Recognition, *, facts: ScopeFacts) -> ScopeLine:
    """Enter one line of scope under a recognition. Raises Invalid by field, Conflict where it is there already."""
    line = _read_one(facts, recognition)
    if _Present.of([recognition.pk]).holds(line):
        raise Conflict(_("相同的能力范围已登记，请直接修改该条。"))
    line.save()
    return line


@act(
    "competence.scope.change",
    on=ScopeLine,
    label=_("变更能力范围"),
    may=Holds("organisation", *STEWARDS),
)
def change_scope_line(actor: Actor, line: ScopeLine, *, facts: ScopeFacts, reason: str) -> ScopeLine:
    """State a line anew, under the same checks as a new one; the trail keeps what it was. Raises Invalid, Conflict."""
    need_reason(reason)
    if line.valid_until < timezone.localdate():
        raise Conflict(_("该能力范围已终止，请新增一条。"))
    stated = _read_one(facts, line.recognition)
    if _Present.of([line.recognition_id], besides=line.pk).holds(stated):
        raise Conflict(_("相同的能力范围已登记，请直接修改该条。"))
    for name in STATED:
        setattr(line, name, getattr(stated, name))
    line.save()
    return line


@act(
    "competence.scope.end",
    on=ScopeLine,
    label=_("终止能力范围"),
    may=Holds("organisation", *STEWARDS),
)
def end_scope_line(actor: Actor, line: ScopeLine, *, on: date, reason: str) -> ScopeLine:
    """End a line; ``on`` is its last day. Lines are ended, never deleted: reports rest on them."""
    need_reason(reason)
    if not line.valid_from <= on <= line.valid_until:
        sentence = _("终止日期须在该条有效期 %(first)s 至 %(last)s 之内。")
        raise Invalid.field("on", filled(sentence, first=line.valid_from, last=line.valid_until))
    line.valid_until = on
    line.save(update_fields=["valid_until"])
    return line


class _Present:
    """The lines that stand under some recognitions: none is entered twice for the same days."""

    COLUMNS = (
        *("recognition_id", "activity", "family_id", "item_id", "method_id", "method_clause"),
        *("dimension", "lower_si", "upper_si", "restriction_zh"),
    )

    def __init__(self) -> None:
        self.last: dict[tuple[Any, ...], list[tuple[date, date]]] = defaultdict(list)

    @classmethod
    def of(cls, recognitions: Iterable[int], besides: int | None = None) -> _Present:
        present = cls()
        rows = ScopeLine.objects.filter(recognition__in=set(recognitions))
        if besides is not None:
            rows = rows.exclude(pk=besides)
        for *same, first, last in rows.values_list(*cls.COLUMNS, "valid_from", "valid_until").iterator():
            present.last[tuple(same)].append((first, last))
        return present

    def holds(self, line: ScopeLine) -> bool:
        """Whether the same line stands on one of its days already; remembers it."""
        spans = self.last[tuple(getattr(line, name) for name in self.COLUMNS)]
        found = any(first <= line.valid_until and line.valid_from <= last for first, last in spans)
        spans.append((line.valid_from, line.valid_until))
        return found


@act("competence.scope.load", on=Organisation, label=_("批量登记能力范围"), may=Holds("", *STEWARDS))
def _store_lines(actor: Actor, organisation: Organisation, *, lines: Sequence[ScopeLine]) -> Organisation:
    """Store an organisation's checked lines: one entry for the batch, with the digest of what was stored."""
    columns = ("recognition_id", *STATED)
    stated = [[getattr(line, name) for name in columns] for line in lines]
    digest = hashlib.sha256(json.dumps(stated, ensure_ascii=False, default=str).encode()).hexdigest()
    ScopeLine.objects.bulk_create(lines, batch_size=1000)
    reindex(ScopeLine, (line.pk for line in lines))
    remark(lines=len(lines), recognitions=sorted({line.recognition.number for line in lines}), sha256=digest)
    return organisation


@transaction.atomic
def bulk_load_scope_lines(actor: Actor, rows: Iterable[Mapping[str, Any]], *, on: date | None = None) -> int:
    """Enter many lines, all or none; returns how many.

    A row has the columns of ScopeFacts and ``scheme``, ``number`` of its recognition. Each is checked like a
    single line, as of the day ``on`` (today); each organisation's lines enter under one audit entry, if the
    actor is its quality manager or administrator. Raises Invalid naming every bad row, Denied.
    """
    given, day = list(rows), on or timezone.localdate()
    registers = Registers.of(given, day)
    numbers = {str(row.get("number") or "").strip() for row in given}
    recognitions = {
        (one.scheme, one.number): one
        for one in Recognition.objects.filter(number__in=numbers).select_related("organisation")
    }
    present = _Present.of(one.pk for one in recognitions.values())

    def build(cells: Cells) -> ScopeLine:
        scheme, number = cells.text("scheme", 12), cells.text("number", 60)
        recognition = recognitions.get((scheme, number))
        if recognition is None:
            cells.wrong("number", filled(_("没有登记资质 %(scheme)s %(number)s。"), scheme=scheme, number=number))
        line = read_line(cells, recognition, registers, day)
        if not cells.errors and present.holds(line):
            cells.wrong("item", _("相同的能力范围已登记或在本文件中重复，请删除该行。"))
        return line

    by_organisation: dict[int, list[ScopeLine]] = defaultdict(list)
    for line in read_rows(given, build):
        by_organisation[line.organisation_id].append(line)
    for lines in by_organisation.values():
        _store_lines(actor, lines[0].recognition.organisation, lines=lines)
    stored = sum(map(len, by_organisation.values()))
    if stored >= MANY:
        refresh_statistics(ScopeLine, Recognition, Organisation)
    return stored
