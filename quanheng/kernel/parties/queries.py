"""Reads of organisations, people and what people may act as."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from django.db.models import Model, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor, Post, region_prefix
from quanheng.kernel.base.errors import NotFound
from quanheng.kernel.base.grants import may_see, restrict
from quanheng.kernel.base.statements import Asked, row_with
from quanheng.kernel.base.words import anywhere, with_words
from quanheng.kernel.parties.models import (
    DuplicatePair,
    Group,
    Membership,
    Merger,
    Organisation,
    OrganisationName,
    Person,
    SignatoryField,
)
from quanheng.kernel.parties.roles import Role

M = TypeVar("M", bound=Model)


def in_force(day: date, prefix: str = "") -> Q:
    """Rows whose ``valid_from`` and ``valid_until`` take in the day; empty ends are open."""
    return (Q(**{f"{prefix}valid_from": None}) | Q(**{f"{prefix}valid_from__lte": day})) & (
        Q(**{f"{prefix}valid_until": None}) | Q(**{f"{prefix}valid_until__gte": day})
    )


# Held in the lead of a group, these are not held in its members: an organisation administers itself, and it is the
# laboratory itself that authorises who measures, reviews, signs and withdraws for it (ISO/IEC 17025 6.2.6, 4.1).
OWN_ONLY = (Role.ADMINISTRATOR, Role.QUALITY_MANAGER, Role.OPERATOR, Role.REVIEWER, Role.SIGNATORY)


# One row for each member of a group that the organisation leads, and for each entry that was merged into it.
_POST = (
    *("valid_from", "valid_until", "organisation_id", "role", "organisation__region_code", "organisation__kind"),
    *("organisation__absorbed", "organisation__led_groups__members"),
)
_HELD = Asked(lambda person: Membership.objects.filter(person=person).values_list(*_POST))
_COLUMNS = [field.attname for field in Person._meta.concrete_fields]
_SIGNED_IN = Asked(
    lambda person: Person.objects.filter(pk=person).values_list(*_COLUMNS, *(f"memberships__{one}" for one in _POST))
)


def signed_in(key: int) -> Person | None:
    """Who signed in, with the posts that ``actor_of`` is about to ask for: each request asks for both."""
    rows = _SIGNED_IN(key)
    if not rows:
        return None
    person = Person.from_db("default", _COLUMNS, rows[0][: len(_COLUMNS)])
    posts = [row[len(_COLUMNS) :] for row in rows]
    person.read_posts = [post for post in posts if post[2] is not None]
    return person


def actor_of(person: Person) -> Actor:
    """The actor that a person is today: own posts, and the lead's posts in every member of its groups."""
    today = timezone.localdate()
    # What was read with the person is as of then, and serves once.
    rows, person.read_posts = _HELD(person.pk) if person.read_posts is None else person.read_posts, None
    held = [post for first, last, *post in rows if (first or today) <= today <= (last or today)]
    own = dict.fromkeys((key, role, region if kind == "regulator" else "") for key, role, region, kind, *_rest in held)
    # What was left with an entry that was merged (reports, closed cases) is looked after by the survivor's people.
    inherited = {(absorbed, role) for _key, role, *_rest, absorbed, _member in held if absorbed is not None}
    led = {
        (member, Role.MEMBER if role in OWN_ONLY else role) for _key, role, *_rest, member in held if member is not None
    }
    posts = [Post(*post) for post in own]
    posts += [Post(key, role) for key, role in sorted(inherited)]
    posts += [Post(member, role) for member, role in sorted(led)]
    return Actor(person_id=person.pk, name=person.name_zh, posts=tuple(posts))


_FIELDS = Asked(
    lambda person, organisation: (
        SignatoryField.objects.filter(
            membership__person=person, membership__organisation=organisation, membership__role="signatory"
        )
        .order_by("id")
        .values_list("category", "valid_from", "valid_until", "membership__valid_from", "membership__valid_until")
    ),
    steady=True,
)


def fields_of(person_id: int, organisation_id: int, day: date) -> tuple[str, ...]:
    """The fields that a person is authorised to sign for in an organisation on a day; "*" stands for all."""
    return tuple(
        category
        for category, first, last, post_first, post_last in _FIELDS(person_id, organisation_id)
        if (first or day) <= day <= (last or day) and (post_first or day) <= day <= (post_last or day)
    )


def may_sign(person_id: int, organisation_id: int, category: str, day: date) -> bool:
    """Whether a person is authorised signatory of an organisation for a field on a day."""
    return not {category, "*"}.isdisjoint(fields_of(person_id, organisation_id, day))


def by_uid(rows: QuerySet[M], uid: str, actor: Actor | None = None) -> M:
    """The row with a public name, among those that the actor may see (None: knowing the name is enough)."""
    found = row_with(rows, "uid", uid)
    if found is None or (actor is not None and not may_see(actor, found)):
        raise NotFound(_("没有找到该记录，或您无权查看。请核对编号。"))
    return found


def organisations(*, kind: str = "", region: str = "", text: str = "") -> QuerySet[Organisation]:
    """The public register, narrowed: a kind, a region with all below it, words of a name or the credit code.

    Words are looked for in former and other names too. Merged duplicates are left out.
    """
    rows = Organisation.objects.filter(merged_into=None)
    if kind:
        rows = rows.filter(kind=kind)
    if region:
        rows = rows.filter(region_code__startswith=region_prefix(region))
    return named(rows, text)


def named(rows: QuerySet[Organisation], text: str) -> QuerySet[Organisation]:
    """Organisations with all words in their names, or the beginning of their credit code."""
    for word in text.split()[:8]:
        named = OrganisationName.objects.filter(anywhere(word, "text")).values("organisation_id")
        rows = rows.filter(anywhere(word, "name_zh", "name_en", begins=["uscc"]) | Q(pk__in=named))
    return rows


def memberships_of(actor: Actor, organisation: Organisation) -> QuerySet[Membership]:
    """Who is what in an organisation, as far as the actor may see; with people and signatory fields."""
    rows = restrict(Membership.objects.filter(organisation=organisation), actor)
    return rows.select_related("person", "organisation").prefetch_related("fields")


def managed_by(actor: Actor) -> list[Organisation]:
    """The organisations whose people the actor administers."""
    held = Organisation.objects.filter(pk__in=actor.organisations(Role.ADMINISTRATOR), merged_into=None)
    return list(held.order_by("id"))


def people_of(actor: Actor, organisation: Organisation, *, show: str = "all", text: str = "") -> QuerySet[Person]:
    """People who are or were something in an organisation, as far as the actor may see.

    Each has ``held``: the memberships there, with signatory fields. ``show``: "" those with a role today or
    later, "former" those without, "all"; ``text`` narrows by name or user name.
    """
    held = restrict(Membership.objects.filter(organisation=organisation), actor)
    today = timezone.localdate()
    lasting = held.filter(Q(valid_until=None) | Q(valid_until__gte=today)).values("person_id")
    rows = Person.objects.filter(pk__in=held.values("person_id") if show == "all" else lasting)
    if show == "former":
        rows = Person.objects.filter(pk__in=held.values("person_id")).exclude(pk__in=lasting)
    rows = with_words(rows, text, "name_zh", "name_en", "username")
    ordered = held.order_by("role").prefetch_related("fields")
    return rows.prefetch_related(Prefetch("memberships", queryset=ordered, to_attr="held"))


def groups_of(actor: Actor) -> QuerySet[Group]:
    """Groups that the actor's organisations lead, belong to, or are invited to."""
    own = actor.all_organisations
    return (
        Group.objects.filter(Q(lead__in=own) | Q(members__in=own) | Q(invited__in=own))
        .distinct()
        .select_related("lead")
        .prefetch_related("members", "invited")
    )


_POSTS = Asked(
    lambda person: (
        Membership.objects.filter(person=person).select_related("organisation").order_by("organisation_id", "role")
    )
)


def posts_of(person: Person) -> list[Membership]:
    """What a person is today, and where."""
    today = timezone.localdate()
    return [post for post in _POSTS(person.pk) if post.in_force_on(today)]


_NAMES = Asked(lambda owner: OrganisationName.objects.filter(organisation=owner).order_by("-id")[:50])


def names_of(organisation: Organisation) -> list[OrganisationName]:
    """The names under which an organisation is or was known besides the registered one, newest first."""
    return _NAMES(organisation.pk)


def duplicate_pairs(actor: Actor, *, state: str = DuplicatePair.State.OPEN) -> QuerySet[DuplicatePair]:
    """Pairs that may be one organisation, where the actor oversees both; listed by ``rank``."""
    return restrict(DuplicatePair.objects.filter(state=state), actor).select_related("first__region", "second__region")


def mergers(actor: Actor) -> QuerySet[Merger]:
    """Mergers of organisations that the actor oversees."""
    return restrict(Merger.objects.defer("journal"), actor).select_related("loser", "survivor")
