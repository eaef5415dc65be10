"""Acts on recognitions and on the scopes of competence under them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.falls.graph import MOST, below
from quanheng.kernel.attestations.falls.voiding import tell_dependents
from quanheng.kernel.attestations.falls.worklists import claiming
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.acts import act, remark
from quanheng.kernel.base.bulk import load, noted_together
from quanheng.kernel.base.cells import Cells, read_rows, refuse
from quanheng.kernel.base.checks import need_reason
from quanheng.kernel.base.errors import Conflict, Invalid
from quanheng.kernel.base.grants import Holds, Oversees
from quanheng.kernel.base.planner import refresh_statistics
from quanheng.kernel.base.texts import filled
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.scope import STATED, Registers, ScopeFacts, read_columns, read_line
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import REGULATORS, Role
from quanheng.kernel.requirements.models import Standard
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


def _turn(
    recognition: Recognition, to: str, *, when: Sequence[str], reason: str, since: date | None = None
) -> Recognition:
    need_reason(reason)
    today = timezone.localdate()
    if since is not None and not recognition.valid_from <= since <= today:
        raise Invalid.field("since", _("日期须在资质有效期开始之后，且不晚于今天。"))
    if recognition.state not in when:
        raise Conflict(filled(_("资质当前为“%(state)s”，不能进行此操作。"), state=recognition.get_state_display()))
    recognition.state = to
    recognition.state_since = since or today
    recognition.save(update_fields=["state", "state_since"])
    if to != Recognition.State.VALID:
        touched = below(claiming(recognition).values_list("pk", flat=True)[:MOST])
        path = f"/worklists/recognition/{recognition.uid}/"
        remark(about={"number": recognition.number, "path": path})
        tell_dependents(touched, path, known=[recognition.organisation_id])
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
def withdraw_recognition(
    actor: Actor, recognition: Recognition, *, reason: str, since: date | None = None
) -> Recognition:
    """Take a recognition away for good, from today or from an earlier day on which it should not have been held.

    What was issued under it since then is listed (``attestations.worklists``), and those concerned are told.
    """
    return _turn(recognition, _STATE.WITHDRAWN, when=(_STATE.VALID, _STATE.SUSPENDED), reason=reason, since=since)


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
    if _Present([recognition.pk]).holds(vars(line)):
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
    if _Present([line.recognition_id], besides=line.pk).holds(vars(stated)):
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

    def __init__(self, recognitions: Iterable[int] = (), besides: int | None = None) -> None:
        self.last: dict[tuple[Any, ...], list[tuple[date, date]]] = defaultdict(list)
        self.known: set[int] = set()
        self.add(recognitions, besides)

    def add(self, recognitions: Iterable[int], besides: int | None = None) -> None:
        """Look at what stands under further recognitions."""
        wanted = set(recognitions) - self.known
        if not wanted:
            return
        self.known |= wanted
        # Found by the organisation: few lines, and an index that lists need anyway.
        holders = Recognition.objects.filter(pk__in=wanted).values("organisation")
        rows = ScopeLine.objects.filter(recognition__in=wanted, organisation__in=holders)
        if besides is not None:
            rows = rows.exclude(pk=besides)
        for *same, first, last in rows.values_list(*self.COLUMNS, "valid_from", "valid_until").iterator():
            self.last[tuple(same)].append((first, last))

    def holds(self, line: Mapping[str, Any]) -> bool:
        """Whether the same line stands on one of its days already; remembers it."""
        return self.seen(_same(line), line["valid_from"], line["valid_until"])

    def seen(self, same: tuple[Any, ...], begins: date, ends: date) -> bool:
        """The same of a line by its values of COLUMNS and its days."""
        spans = self.last[same]
        # Nearly always there is none: then nothing is asked.
        found = bool(spans) and any(first <= ends and begins <= last for first, last in spans)
        spans.append((begins, ends))
        return found


_same = itemgetter(*_Present.COLUMNS)


# A line that has been read: its columns in this order.
LOADED = ("organisation_id", "recognition_id", "region_code", "scheme", *STATED)
_loaded = itemgetter(*LOADED)


def _picked(names: Sequence[str]) -> itemgetter[tuple[Any, ...]]:
    """Some columns of a line that was read."""
    return itemgetter(*(LOADED.index(name) for name in names))


ReadLine = tuple[Any, ...]


class LineReader:
    """Reads the rows of many lines, some at a time; rows have the columns of ScopeFacts, ``scheme`` and ``number``.

    Each is checked like a single line, as of a day, and must not be there already, neither in the register nor among
    the rows read before. With ``owner`` only its own recognitions are known.
    """

    def __init__(self, owner: Organisation | None = None, on: date | None = None) -> None:
        self.owner = owner
        self.day = on or timezone.localdate()
        self.recognitions: dict[tuple[str, str], Recognition] = {}
        self.asked: set[str] = set()
        self.present = _Present()

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> Callable[[Cells], ReadLine]:
        registers = Registers.of(rows, self.day)
        self._look_up({str(row.get("number") or "").strip() for row in rows})

        def build(cells: Cells) -> ReadLine:
            scheme, number = cells.text("scheme", 12), cells.text("number", 60)
            recognition = self.recognitions.get((scheme, number))
            if recognition is None and scheme and number:
                cells.wrong("number", filled(_("没有登记资质 %(scheme)s %(number)s。"), scheme=scheme, number=number))
            columns = read_columns(cells, recognition, registers, self.day)
            if not cells.errors and self.present.holds(columns):
                cells.wrong("item", _("相同的能力范围已登记或在本文件中重复，请删除该行。"))
            return _loaded(columns) if recognition else ()

        return build

    def _look_up(self, numbers: set[str]) -> None:
        new = numbers - self.asked
        self.asked |= new
        found = Recognition.objects.filter(number__in=new).select_related("organisation") if new else ()
        for one in found:
            if self.owner is None or one.organisation_id == self.owner.pk:
                self.recognitions[one.scheme, one.number] = one
        self.present.add(one.pk for one in self.recognitions.values())


@act("competence.scope.load", on=Organisation, label=_("批量登记能力范围"), may=Holds("", *STEWARDS))
def _store_lines(actor: Actor, organisation: Organisation, *, lines: Sequence[ReadLine]) -> Organisation:
    """Store an organisation's checked lines: one entry for the batch, with the digest of what was stored."""
    digest, written = hashlib.sha256(), json.JSONEncoder(ensure_ascii=False, default=str).encode
    for line in lines:
        digest.update(written(line[1:]).encode())
    keys = {line[1] for line in lines}
    numbers = Recognition.objects.filter(pk__in=keys).order_by("number").values_list("number", flat=True)
    last = ScopeLine.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    load(ScopeLine, LOADED, lines)
    mine = ScopeLine.objects.filter(organisation=organisation, pk__gt=last)
    reindex(ScopeLine, mine.values_list("pk", flat=True))
    remark(lines=len(lines), recognitions=list(numbers), sha256=digest.hexdigest())
    return organisation


@transaction.atomic
def bulk_load_scope_lines(actor: Actor, rows: Iterable[Mapping[str, Any]], *, on: date | None = None) -> int:
    """Enter many lines, all or none; returns how many.

    Each row is read as by ``LineReader``, as of the day ``on`` (today); each organisation's lines enter under one
    audit entry, if the actor is its quality manager or administrator. Raises Invalid naming every bad row, Denied.
    """
    given = list(rows)
    reader = LineReader(on=on)
    by_organisation: dict[int, list[ReadLine]] = defaultdict(list)
    for line in read_rows(given, reader(given)):
        by_organisation[line[0]].append(line)
    stored = sum(map(len, by_organisation.values()))
    with noted_together(ScopeLine, stored):
        for key, lines in by_organisation.items():
            _store_lines(actor, Organisation(pk=key), lines=lines)
    if stored >= MANY:
        refresh_statistics(ScopeLine, Recognition, Organisation)
    return stored


def follow_organisation(organisation: Organisation, **told: Any) -> None:
    """Keep the region of an organisation's lines when the organisation moves; part of the act that moves it."""
    ScopeLine.objects.filter(organisation=organisation).update(region_code=organisation.region_code)


@transaction.atomic
def store_scope_lines(actor: Actor, owner: Organisation, *, lines: Sequence[ReadLine]) -> int:
    """Enter an organisation's lines that were read (``LineReader``) before this transaction; returns how many.

    What they rest on is looked at again under a lock. Raises Conflict where it has changed meanwhile, Denied.
    """
    keys = {line[1] for line in lines}
    today = timezone.localdate()
    held = Recognition.objects.select_for_update(no_key=True).filter(pk__in=keys, organisation=owner).order_by("pk")
    standing = {one.pk for one in held if one.state == _STATE.VALID and one.valid_until >= today}
    method = LOADED.index("method_id")
    methods = Standard.objects.filter(pk__in={line[method] for line in lines})
    outdated = [one for one in methods if one.status_on(today) in ("superseded", "withdrawn")]
    if keys - standing or outdated:
        raise Conflict(_("检查之后资质或方法标准的状态有变化，未导入任何内容。请重新检查后再提交。"))
    present = _Present(keys)
    same, days = _picked(_Present.COLUMNS), _picked(("valid_from", "valid_until"))
    if present.last and any(present.seen(same(line), *days(line)) for line in lines):
        raise Conflict(_("检查之后有相同的能力范围被登记，未导入任何内容。请重新检查后再提交。"))
    _store_lines(actor, owner, lines=lines)
    if len(lines) >= MANY:
        refresh_statistics(ScopeLine, Recognition, Organisation)
    return len(lines)
