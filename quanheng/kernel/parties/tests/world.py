"""A small world for tests: regions, organisations, people."""

from __future__ import annotations

from itertools import count

from django.utils import timezone

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.queries import actor_of
from quanheng.kernel.region.models import Region
from quanheng.science.identifiers.credit_code import make_credit_code

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def credit_code(number: int) -> str:
    """The n-th credit code, valid in form."""
    return make_credit_code(f"MT{number:06d}", "120101")


def region(code: str = "120101") -> Region:
    """A region of Tianjin or Liaoning, made when missing."""
    level = "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
    facts = {"name_zh": f"区划{code}", "name_en": f"Region {code}", "level": level, "source": "test"}
    return Region.objects.get_or_create(code=code, defaults={**facts, "confidence": "confirmed"})[0]


def organisation(kind: str = "enterprise", code: str = "120101", name: str = "") -> Organisation:
    """An organisation in a region."""
    number = next(_numbers)
    return Organisation.objects.create(
        uscc=credit_code(number), name_zh=name or f"机构{number}", kind=kind, region=region(code), region_code=code
    )


def person(*posts: tuple[Organisation, str], username: str = "", password: str = "", email: str = "") -> Person:
    """Somebody with roles in organisations; signs in only where a password is given."""
    username = username or f"person{next(_numbers)}"
    made = Person(username=username, name_zh=f"人员{username}", email=email)
    if password:
        made.set_password(password)
    made.save()
    for where, role in posts:
        Membership.objects.create(person=made, organisation=where, role=role, valid_from=timezone.localdate())
    return made


def actor(*posts: tuple[Organisation, str]) -> Actor:
    """The actor of somebody new with these roles."""
    return actor_of(person(*posts))
