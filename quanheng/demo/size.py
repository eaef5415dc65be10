"""What makes a city of its real size: whole scopes, a past full of certificates and reports, loaded on every core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from random import Random

from django.utils import timezone

from quanheng.demo.attested import plan_past
from quanheng.demo.belongings import furnish_enterprises
from quanheng.demo.bodies import Bodies
from quanheng.demo.breadth import broad_rows, left_behind
from quanheng.demo.scale import Scale
from quanheng.demo.scopes import Row
from quanheng.demo.signing import signers
from quanheng.demo.story import as_of
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.indexing import indexed_afterwards
from quanheng.kernel.base.planner import refresh_statistics
from quanheng.kernel.competence.models import Recognition, ScopeLine
from quanheng.kernel.competence.services import bulk_load_scope_lines, suspend_recognition, withdraw_recognition
from quanheng.kernel.objects.models import Instrument, Product
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.roles import OrganisationKind

# Rows that are read and stored together: enough to make the shared questions cheap, few enough for memory.
TOGETHER = 20_000
TOLD = 100_000
# One laboratory in so many has lost its recognition, or has it suspended.
FALLEN = 60


def load_breadth(
    random: Random,
    bodies: Bodies,
    scale: Scale,
    held: dict[int, list[Recognition]],
    now: datetime,
    tell: Callable[[str], None],
) -> None:
    """Things, scopes and attestations. Documents are signed by all cores while the scopes are being stored.

    The attestations lie before the ten weeks in which the city's story plays: a log takes nothing behind its end.
    """
    today, then = timezone.localdate(now), now - timedelta(days=75)
    products, instruments = furnish_enterprises(random, bodies, today)
    tell(f"{products} 种产品，{instruments} 台测量设备")
    with as_of(then):
        past = plan_past(random, bodies, scale, held, then)
    tell(f"{len(past.jobs)} 份证书和报告待签发")
    refresh_statistics(Organisation, Person, Membership, Recognition, Product, Instrument)
    # Whether a line stands already is asked institution by institution.
    by_institution = {"scope_organisation"}
    with signers(past.world, past.jobs) as signing, indexed_afterwards(ScopeLine, but=by_institution):
        lines = 0
        for day, rows in chain(left_behind(bodies, held, today), [(today, [])]):
            with as_of(then):
                if rows:
                    lines += bulk_load_scope_lines(Actor.platform(), rows, on=day)
                past.store(signing.take(wait=False))
        rest = scale.scope_lines - lines
        tell(f"{lines} 条能力范围的方法标准已被代替或废止")
        for rows in _together(broad_rows(random, bodies, rest, held, today)):
            before = lines
            lines += bulk_load_scope_lines(Actor.platform(), rows, on=today)
            with as_of(then):
                past.store(signing.take(wait=False))
            if lines // TOLD > before // TOLD or lines == scale.scope_lines:
                tell(f"{lines} 条能力范围，{past.stored} 份证书和报告")
        with as_of(then):
            past.store(signing.take(wait=True), last=True)
    tell(f"{past.stored} 份证书和报告已签名登记")
    _let_some_fall(random, bodies, held)
    # The rows that came first are not like those that came last.
    refresh_statistics(ScopeLine, Recognition, Organisation, Attestation, anyway=True)


def _together(batches: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """Institutions' rows joined until there are enough."""
    rows: list[Row] = []
    for batch in batches:
        rows += batch
        if len(rows) >= TOGETHER:
            yield rows
            rows = []
    if rows:
        yield rows


def _let_some_fall(random: Random, bodies: Bodies, held: dict[int, list[Recognition]]) -> None:
    """Some recognitions are suspended or withdrawn, as in any city; the laboratories of the story keep theirs."""
    for place, laboratory in enumerate(bodies.of(OrganisationKind.LABORATORY)[60:]):
        if place % FALLEN == 0:
            for one in held[laboratory.pk][: 1 + place % 2]:
                act = withdraw_recognition if random.random() < 0.3 else suspend_recognition
                act(Actor.platform(), one, reason="示范：监督检查发现不再满足资质条件。")
