"""A town with one of everything that a page shows, every name in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Value
from django.db.models.functions import Concat

from quanheng.domains.governance.services import take_readings
from quanheng.domains.services import queries as services
from quanheng.domains.services.models import Rating
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.cases.models import Rule
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from quanheng.portal import context
from tests.orderbook import Book, open_book


@dataclass
class Town:
    """The order book with one report delivered, one order waiting, and people who can sign in."""

    book: Book
    report: Attestation
    buyer: Person
    operator: Person
    officer: Person

    @property
    def public(self) -> list[str]:
        """Every public page, with filters and without."""
        standard = Standard.objects.order_by("id").first()
        assert standard is not None
        rule = Rule.objects.filter(process="one_stop").first()
        assert rule is not None
        line, lab = self.book.line, self.book.institution
        return [
            "/",
            "/metrology/",
            "/certification/",
            "/testing/",
            "/standards/",
            "/standards/?q=1&kind=gb&status=in_force",
            "/standards/?q=T/QHT 1",
            f"/standards/{standard.uid}/",
            "/families/",
            f"/families/{self.book.family.code}/",
            "/organisations/",
            "/organisations/?q=lab&kind=laboratory&region=120101",
            f"/organisations/{lab.uid}/",
            f"/organisations/{lab.uid}/?activity=testing&method=current",
            f"/organisations/{self.book.client.uid}/",
            "/scope/",
            f"/scope/?item={line.item.code}",
            f"/scope/?item={line.item.code}&range=24 km/h&uncertainty=1 km/h&region=120101&scheme=CMA",
            f"/scope/?item={line.item.code}&range=9000 km/h",
            f"/scope/?q={line.item.name_en}",
            "/scope/?q=nothing-of-the-kind",
            "/scope/?activity=testing&region=120000",
            f"/scope/{line.uid}/",
            "/rules/?process=one_stop",
            f"/rules/{rule.uid}/",
            "/search/",
            "/search/?q=lab",
            f"/search/?q={self.report.number}",
            "/plans/",
            "/plans/?status=live&document=TJ-NQI-145",
            "/plans/projects/",
            "/plans/projects/?box=2&status=live",
            "/plans/projects/?q=nothing-of-the-kind",
            "/plans/indicators/",
            "/plans/indicators/?document=TJ-CA-145&state=live",
            "/plans/indicators/?q=nothing-of-the-kind",
            *(f"/plans/indicators/{code}/" for code in ("I01", "I11", "I23", "I41", "I53", "I59", "I60", "I61", "I78")),
            "/verify/",
            f"/verify/?number={self.report.number}",
            f"/r/{self.report.uid}",
        ]


def build_town() -> Town:
    """Make the rows."""
    book = open_book()
    delivered = book.bring(book.order(), "delivered")
    book.order()
    Rating.objects.create(
        order_case=delivered.case, organisation=book.client, institution=book.institution, stars=4, comment="…"
    )
    people = [
        _person("buyer", book.client, Role.MEMBER),
        _person("operator", book.institution, Role.OPERATOR),
        _person("officer", book.regulator, Role.CASE_OFFICER),
    ]
    _say_all_in_english()
    delivered.refresh_from_db()
    report = delivered.attestation
    assert report is not None
    context.forget()
    services._figures = None
    take_readings()
    return Town(book, report, *people)


def _person(username: str, organisation: Organisation, role: Role) -> Person:
    person = Person.objects.create(username=username, name_zh=username, name_en=username)
    Membership.objects.create(person=person, organisation=organisation, role=role)
    return person


def _say_all_in_english() -> None:
    """Whatever Chinese is left on an English page is then the page's own."""
    Organisation.objects.update(name_en=Concat(Value("lab "), F("uscc")), address="", introduction_zh="")
    Item.objects.update(name_en=Concat(Value("item "), F("code")), aliases=[])
    ProductFamily.objects.update(name_en=F("code"), aliases=[], schemes=[], chain="")
    Standard.objects.update(title_en=Concat(Value("standard "), F("number")), title_zh="standard")
    Requirement.objects.update(limit_text_en="at most 25 km/h", sample_size="")
