"""Certificates and reports of years past: planned in the order of time, numbered, signed on every core, stored."""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from django.conf import settings
from django.utils import timezone

from quanheng.demo import signing
from quanheng.demo.bodies import Bodies
from quanheng.demo.scale import Scale
from quanheng.domains.testing.statement import KINDS
from quanheng.kernel.attestations.credentials import statement as st
from quanheng.kernel.attestations.keys.issuers import did_of, key_at, key_encryption_key
from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.attestations.services import Signed, load_attestations, number_of, series_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.models import new_uids
from quanheng.kernel.cases.services import next_numbers
from quanheng.kernel.competence.models import Activity, Recognition
from quanheng.kernel.objects.models import Instrument
from quanheng.kernel.parties.models import Membership, Organisation
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import ProductFamily, Requirement
from quanheng.kernel.statuslists.places import draw_many

Kind = OrganisationKind
# Plain texts: they go to processes that know no Django.
CERTIFICATE, REPORT = str(Attestation.Kind.CERTIFICATE), str(KINDS[Activity.TESTING])
# Standards that management systems are certified against: what is certified, in both languages, number and title.
_SYSTEMS = (
    ("质量管理体系", "Quality management system", st.Requirement("GB/T 19001-2016", title_zh="质量管理体系 要求")),
    (
        "环境管理体系",
        "Environmental management system",
        st.Requirement("GB/T 24001-2016", title_zh="环境管理体系 要求及使用指南"),
    ),
    (
        "职业健康安全管理体系",
        "Occupational health and safety management system",
        st.Requirement("GB/T 45001-2020", title_zh="职业健康安全管理体系 要求及使用指南"),
    ),
    (
        "能源管理体系",
        "Energy management system",
        st.Requirement("GB/T 23331-2020", title_zh="能源管理体系 要求及使用指南"),
    ),
)
# Reports reach this far back; certificates are all valid still.
REPORT_DAYS = 3 * 365
CERTIFICATE_DAYS = 365 * signing.CERTIFIED_YEARS - 30
# Stored under one entry of the audit trail.
STORED_TOGETHER = 5000


class Past:
    """The attestations of a city's past, being written while other things are loaded."""

    def __init__(
        self, world: signing.World, jobs: list[signing.Job], keys: dict[int, IssuerKey], region: Region
    ) -> None:
        self.world, self.jobs, self.keys, self.region = world, jobs, keys, region
        self.stored = 0
        self._waiting: list[Signed] = []

    def store(self, written: Iterable[signing.Written], *, last: bool = False) -> None:
        """Keep what was written; in the register by thousands, the rest at the ``last``."""
        for one in written:
            job = one.job
            self._waiting.append(
                Signed(
                    uid=job.uid,
                    kind=job.kind,
                    number=job.number,
                    issuer_id=job.issuer,
                    client_id=job.client,
                    key_id=self.keys[job.issuer].pk,
                    title=one.title,
                    verdict=one.verdict,
                    address=one.address,
                    document=one.document,
                    sha256=one.sha256,
                    issued_at=job.issued,
                    valid_until=one.valid_until,
                    status_list=job.place[0],
                    status_index=job.place[1],
                )
            )
            if len(self._waiting) == STORED_TOGETHER:
                self._flush()
        if last:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            load_attestations(Actor.platform(), self.region, rows=self._waiting)
            self.stored += len(self._waiting)
            self._waiting = []


def plan_past(random: Random, bodies: Bodies, scale: Scale, held: dict[int, list[Recognition]], now: datetime) -> Past:
    """Who attests what to whom and when, with the numbers taken; nothing is written yet."""
    certifiers, laboratories = bodies.of(Kind.CERTIFICATION_BODY), bodies.of(Kind.LABORATORY)
    issuers = [*certifiers, *laboratories]
    since = {one.pk: min(each.valid_from for each in held[one.pk]) for one in issuers}
    keys = {one.pk: key_at(one, _morning(since[one.pk])) for one in issuers}
    families = _families()
    planned = [
        *_certificates(random, bodies, scale.certificates, since, now),
        *_reports(random, bodies, scale.reports, since, sorted(families), now),
    ]
    planned.sort(key=lambda one: one[0])
    numbers = _numbers(planned)
    jobs = [
        signing.Job(
            kind=kind,
            number=number_of(kind, issuer, issued.year, next(numbers[issuer.pk, issued.year])),
            uid=uid,
            issuer=issuer.pk,
            client=client.pk,
            family=family,
            issued=issued,
            place=place,
            seed=random.getrandbits(48),
        )
        for (issued, kind, issuer, client, family), uid, place in zip(
            planned, new_uids(len(planned)), draw_many(len(planned)), strict=True
        )
    ]
    world = signing.World(
        site=settings.SITE_URL,
        kek=key_encryption_key(),
        issuers=_issuers(issuers, held, keys),
        clients={
            one.pk: st.Client(one.name_zh, one.name_en, one.uscc, one.address) for one in bodies.of(Kind.ENTERPRISE)
        },
        families=families,
        systems=_SYSTEMS,
    )
    return Past(world, jobs, keys, bodies.city.region)


Planned = tuple[datetime, str, Organisation, Organisation, str]


def _numbers(planned: Iterable[Planned]) -> dict[tuple[int, int], Iterator[int]]:
    """The numbers of each issuer and year, as many as there are documents: taken together, given in order of time."""
    counts: Counter[tuple[int, int]] = Counter()
    issuers: dict[int, Organisation] = {}
    for issued, _kind, issuer, _client, _family in planned:
        counts[issuer.pk, issued.year] += 1
        issuers[issuer.pk] = issuer
    return {
        (key, year): iter(next_numbers(series_of(issuers[key], year), count))
        for (key, year), count in sorted(counts.items())
    }


def _certificates(
    random: Random, bodies: Bodies, count: int, since: dict[int, date], now: datetime
) -> Iterator[Planned]:
    """Every certified organisation has one; the rest are spread at random."""
    clients, certifiers = bodies.of(Kind.ENTERPRISE), bodies.of(Kind.CERTIFICATION_BODY)
    for place in range(count):
        client = clients[place] if place < len(clients) else random.choice(clients)
        certifier = random.choice(certifiers)
        issued = _moment(random, since[certifier.pk], CERTIFICATE_DAYS, now)
        yield issued, CERTIFICATE, certifier, client, bodies.trades[client.pk]


def _reports(
    random: Random, bodies: Bodies, count: int, since: dict[int, date], families: list[str], now: datetime
) -> Iterator[Planned]:
    """Some laboratories issue very many reports, most issue some."""
    laboratories, clients = bodies.of(Kind.LABORATORY), bodies.of(Kind.ENTERPRISE)
    weights = list(accumulate(random.lognormvariate(0, 1) for _ in laboratories))
    for _ in range(count):
        laboratory = laboratories[bisect(weights, random.random() * weights[-1])]
        client = random.choice(clients)
        family = bodies.trades[client.pk]
        yield (
            _moment(random, since[laboratory.pk], REPORT_DAYS, now),
            REPORT,
            laboratory,
            client,
            family if family in families else random.choice(families),
        )


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _moment(random: Random, since: date, days: int, now: datetime) -> datetime:
    """Office hours of a weekday in the last so many days, when the issuer was recognised already."""
    today = timezone.localdate(now)
    reach = min(days, (today - since).days - 2)
    day = today - timedelta(days=random.randint(1, max(1, reach)))
    day -= timedelta(days=max(0, day.weekday() - 4))
    clock = time(random.randint(9, 16), random.randrange(60), random.randrange(60))
    return timezone.make_aware(datetime.combine(max(day, since), clock))


def _issuers(
    issuers: list[Organisation], held: dict[int, list[Recognition]], keys: dict[int, IssuerKey]
) -> dict[int, signing.IssuerFacts]:
    people: dict[tuple[int, str], str] = {}
    posts = Membership.objects.filter(organisation__in=issuers, role__in=(Role.SIGNATORY, Role.REVIEWER))
    for post in posts.select_related("person").order_by("-id"):
        people[post.organisation_id, post.role] = post.person.name_zh
    benches: dict[int, list[st.Equipment]] = defaultdict(list)
    # With those whose calibration has ended nobody has tested: reports are of before today.
    usable = Instrument.objects.filter(owner__in=issuers, calibrated_until__gte=timezone.localdate())
    for one in usable.order_by("id"):
        named = f"{one.name_zh} {one.model} {one.serial}"
        benches[one.owner_id].append(st.Equipment(one.uid, named, one.calibrated_until, one.calibration_number))
    return {
        one.pk: signing.IssuerFacts(
            issuer=st.Issuer(did_of(one), one.name_zh, one.uscc, one.name_en, one.address),
            key_id=keys[one.pk].key_id,
            sealed=keys[one.pk].private_sealed,
            key_from=keys[one.pk].valid_from,
            recognitions=tuple(
                (str(each.scheme), each.number, each.valid_from, each.valid_until) for each in held[one.pk]
            ),
            signatory=people[one.pk, Role.SIGNATORY],
            reviewer=people[one.pk, Role.REVIEWER],
            equipment=tuple(benches[one.pk]),
        )
        for one in issuers
    }


def _families() -> dict[str, signing.FamilyFacts]:
    items: dict[int, list[signing.ItemFacts]] = defaultdict(list)
    for one in Requirement.objects.select_related("item", "standard", "method").order_by("id"):
        items[one.family_id].append(
            signing.ItemFacts(
                name_zh=one.item.name_zh,
                name_en=one.item.name_en,
                measurable=bool(one.item.quantity),
                method=st.Requirement(one.method.number, one.method_clause, one.method.title_zh),
                requirement=st.Requirement(one.standard.number, one.clause, one.standard.title_zh),
                lower=one.lower,
                upper=one.upper,
                unit=one.unit or one.item.unit,
                percent=one.unit == "%",
                judged=one.limit != Requirement.Limit.REPORT,
                text_zh=one.limit_text_zh,
                text_en=one.limit_text_en,
            )
        )
    return {
        one.code: signing.FamilyFacts(one.name_zh, one.name_en, tuple(items[one.pk]))
        for one in ProductFamily.objects.filter(pk__in=items)
    }
