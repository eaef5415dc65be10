"""Writing and signing documents on every core. No Django and no database here: what is needed comes with the job."""

from __future__ import annotations

import hashlib
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from multiprocessing import get_context
from random import Random

from quanheng.demo.measuring import measured
from quanheng.kernel.attestations.credentials import credential
from quanheng.kernel.attestations.credentials import statement as st
from quanheng.kernel.attestations.keys import sealing
from quanheng.kernel.base.processes import end_with_parent
from quanheng.kernel.statuslists.lists import entries

BATCH = 500
# Batches under way for each process: enough that none waits, few enough that finished ones do not pile up.
AHEAD = 3
RULE = "simple acceptance, ILAC-G8:09/2019 4.2.1"
FAILING = 12
CERTIFIED_YEARS = 3


@dataclass(frozen=True)
class IssuerFacts:
    """An issuer with the key that it signs with, its recognitions (scheme, number, first and last day) and people."""

    issuer: st.Issuer
    key_id: str
    sealed: str
    key_from: datetime
    recognitions: tuple[tuple[str, str, date, date], ...]
    signatory: str
    reviewer: str
    equipment: tuple[st.Equipment, ...] = ()
    families: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemFacts:
    """A requirement on a product: what is determined by which method, and its limits."""

    name_zh: str
    name_en: str
    measurable: bool
    method: st.Requirement
    requirement: st.Requirement
    lower: str
    upper: str
    unit: str
    percent: bool
    judged: bool
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class FamilyFacts:
    """A product family with its requirements."""

    name_zh: str
    name_en: str
    items: tuple[ItemFacts, ...]


@dataclass(frozen=True)
class World:
    """What every document refers to; each process is given it once."""

    site: str
    kek: bytes
    issuers: dict[int, IssuerFacts]
    clients: dict[int, st.Client]
    families: dict[str, FamilyFacts]
    systems: tuple[tuple[str, str, st.Requirement], ...]


@dataclass(frozen=True)
class Job:
    """One document to be written: its number was taken already. ``seed`` draws what it says."""

    kind: str
    number: str
    uid: str
    issuer: int
    client: int
    family: str
    issued: datetime
    # Its place in the status lists: their number, and the index.
    place: tuple[int, int]
    seed: int


@dataclass(frozen=True)
class Written:
    """A signed document with what the register shows of it."""

    job: Job
    title: str
    verdict: str
    address: str
    document: str
    sha256: str
    valid_until: date | None


@dataclass
class Signers:
    """Processes that sign; ``feed`` gives them work, ``take`` hands out what is done, in the order of the work."""

    pool: ProcessPoolExecutor
    processes: int
    jobs: Iterator[list[Job]]
    under_way: deque[Future[list[Written]]] = field(default_factory=deque)

    def feed(self) -> None:
        """Have every process busy and a little ahead."""
        while len(self.under_way) < self.processes * AHEAD:
            batch = next(self.jobs, None)
            if batch is None:
                return
            self.under_way.append(self.pool.submit(write_all, batch))

    def take(self, *, wait: bool) -> Iterator[Written]:
        """What is done; with ``wait`` until all is."""
        self.feed()
        while self.under_way and (wait or self.under_way[0].done()):
            found = self.under_way.popleft().result()
            self.feed()
            yield from found


@contextmanager
def signers(world: World, jobs: Sequence[Job]) -> Iterator[Signers]:
    """A process for each core. They end with this one."""
    count = os.cpu_count() or 1
    # Started anew, not forked: a copy of an open connection would be closed under the first.
    with ProcessPoolExecutor(count, get_context("spawn"), _begin, (world,)) as pool:
        batches = (list(jobs[start : start + BATCH]) for start in range(0, len(jobs), BATCH))
        made = Signers(pool, count, batches)
        made.feed()
        try:
            yield made
        finally:
            pool.shutdown(cancel_futures=True)


_world: list[World] = []


def _begin(world: World) -> None:
    """In a new process: keep what all documents refer to, leave Ctrl-C to the parent, end when it ends."""
    _world[:] = [world]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def write_all(jobs: Iterable[Job]) -> list[Written]:
    """Write and sign each document, just as issuing one by one does: schema, reference checks, signature."""
    (world,) = _world
    return [write(world, job) for job in jobs]


def write(world: World, job: Job) -> Written:
    """One signed document."""
    facts = world.issuers[job.issuer]
    random = Random(job.seed)
    tell = _certificate if job.kind == "certificate" else _report
    title, statement = tell(random, world, job, facts)
    address = f"{world.site}/r/{job.uid}"
    unsigned = credential.build(statement, id=address, site=world.site, status=entries(world.site, *job.place))
    document = credential.issue_bytes(unsigned, _signer(facts.key_id, facts.sealed, facts.key_from, world.kek))
    return Written(
        job=job,
        title=title[:200],
        verdict={"conforms": "pass", "does-not-conform": "fail"}[statement.decision],
        address=address,
        document=document.decode(),
        sha256=hashlib.sha256(document).hexdigest(),
        valid_until=statement.valid_until.date() if statement.valid_until else None,
    )


@cache
def _signer(key_id: str, sealed: str, start: datetime, kek: bytes) -> sealing.KeptSigner:
    return sealing.unseal_signer(key_id, sealed, kek, sealing.Validity(start))


def _recognitions(facts: IssuerFacts, day: date) -> tuple[st.Recognition, ...]:
    return tuple(
        st.Recognition(scheme, number) for scheme, number, first, last in facts.recognitions if first <= day <= last
    )


def _certificate(random: Random, world: World, job: Job, facts: IssuerFacts) -> tuple[str, st.Statement]:
    """A certificate of a management system, or of a product for those whose family has requirements."""
    family = world.families.get(job.family)
    if family and random.random() < 0.3:
        requirement = random.choice(family.items).requirement
        requirements: tuple[st.Requirement, ...] = (
            st.Requirement(requirement.standard, title_zh=requirement.title_zh),
        )
        model = f"SF-{random.randint(100, 999)}"
        thing = st.AssessedObject("product", family.name_zh, family.name_en, model=model)
        title = f"{family.name_zh} {model} 产品认证"
    else:
        zh, en, requirement = random.choice(world.systems)
        requirements, thing, title = (requirement,), st.AssessedObject("system", zh, en), f"{zh}认证"
    named = requirements[0].standard
    return title, st.Statement(
        kind="certificate",
        number=job.number,
        issuer=facts.issuer,
        client=world.clients[job.client],
        object=thing,
        requirements=requirements,
        decision="conforms",
        decision_zh=f"经审核，符合 {named} 的要求。",
        decision_en=f"Audited and found to conform to {named}.",
        signatory=facts.signatory,
        reviewed_by=facts.reviewer,
        issued=job.issued,
        valid_from=job.issued,
        valid_until=job.issued.replace(hour=23, minute=59, second=59) + timedelta(days=365 * CERTIFIED_YEARS - 1),
        recognitions=_recognitions(facts, job.issued.date()),
        synthetic=True,
    )


def _report(random: Random, world: World, job: Job, facts: IssuerFacts) -> tuple[str, st.Statement]:
    """A test report on some of a product's requirements; one in twelve does not conform."""
    family = world.families[job.family]
    some = random.sample(family.items, min(len(family.items), random.randint(3, 6)))
    bad = next((place for place, one in enumerate(some) if one.judged), -1) if random.randrange(FAILING) == 0 else -1
    day = job.issued.date()
    sample = f"S{day:%y%m%d}-{job.uid[:6]}"
    used = random.choice(facts.equipment)
    items = tuple(_item(random, one, sample, used, day, fails=place == bad) for place, one in enumerate(some))
    decision, zh, en = _decision([some[bad]] if bad >= 0 else [one for one in some if one.judged], fails=bad >= 0)
    model = f"SF-{random.randint(100, 999)}"
    return f"{family.name_zh} {model}", st.Statement(
        kind="test-report",
        number=job.number,
        issuer=facts.issuer,
        client=world.clients[job.client],
        object=st.AssessedObject(
            "product",
            family.name_zh,
            family.name_en,
            model=model,
            samples=(st.Sample(sample, day - timedelta(days=12), "3 件", "包装完好，无损伤"),),
        ),
        requirements=tuple({one.requirement.standard: _whole(one.requirement) for one in some}.values()),
        decision=decision,
        decision_zh=zh,
        decision_en=en,
        decision_rule=RULE,
        signatory=facts.signatory,
        reviewed_by=facts.reviewer,
        issued=job.issued,
        recognitions=_recognitions(facts, day),
        items=items,
        equipment=(used,),
        determined_from=day - timedelta(days=5),
        determined_until=day - timedelta(days=5),
        synthetic=True,
    )


def _whole(requirement: st.Requirement) -> st.Requirement:
    return st.Requirement(requirement.standard, title_zh=requirement.title_zh)


def _decision(items: Sequence[ItemFacts], *, fails: bool) -> tuple[st.Decision, str, str]:
    standards = list(dict.fromkeys(one.requirement.standard for one in items))
    zh, en = "、".join(standards), ", ".join(standards)
    if fails:
        return (
            "does-not-conform",
            f"{items[0].name_zh} 不符合 {zh} 的要求。",
            f"{items[0].name_en}: not conforming to {en}.",
        )
    return "conforms", f"所检项目符合 {zh} 的要求。", f"The items determined conform to {en}."


def _item(random: Random, one: ItemFacts, sample: str, used: st.Equipment, day: date, *, fails: bool) -> st.Item:
    found = measured(
        random,
        measurable=one.measurable,
        lower=one.lower,
        upper=one.upper,
        unit=one.unit,
        percent=one.percent,
        judged=one.judged,
        fails=fails,
    )
    return st.Item(
        name_zh=one.name_zh,
        name_en=one.name_en,
        method=one.method,
        value=found["value"] if one.measurable else "",
        observation_zh="" if one.measurable else found["value"],
        unit=found.get("unit", ""),
        uncertainty=found.get("uncertainty", ""),
        coverage_factor=found.get("k", ""),
        limits=st.Limits(one.lower, one.upper, one.text_zh, one.text_en) if one.judged else None,
        requirement=st.Requirement(one.requirement.standard, one.requirement.clause),
        decision_rule=RULE if one.judged else "",
        verdict=("fail" if fails else "pass") if one.judged else "not-judged",
        sample=sample,
        equipment=(used.identifier,),
        determined=day - timedelta(days=5),
    )
