"""Who acts: a person with the posts held, the platform itself, or nobody yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Post:
    """One role held in one organisation. ``region`` is that organisation's GB/T 2260 code."""

    organisation_id: int
    role: str
    region: str = ""


@dataclass(frozen=True)
class Actor:
    """The one who acts. Permissions are predicates on (actor, act, row); see ``grants``."""

    person_id: int | None = None
    name: str = ""
    posts: tuple[Post, ...] = ()
    system: bool = False
    # What the token of the request is for (see ``scopes``); None: no token, or one for everything.
    scopes: frozenset[str] | None = None

    @classmethod
    def nobody(cls) -> Actor:
        """A visitor who has not signed in."""
        return cls()

    @classmethod
    def platform(cls, name: str = "platform") -> Actor:
        """The platform acting by itself: clocks, automatic moves, loading."""
        return cls(name=name, system=True)

    @classmethod
    def reached_by(cls, person_id: int, *organisations: int) -> Actor:
        """Whoever has these ``keys``: for kept statements about what reaches a person or an organisation of theirs,
        whatever the role there."""
        return cls(person_id, posts=tuple(Post(one, "") for one in organisations))

    @property
    def keys(self) -> tuple[int, ...]:
        """The person's key, and those of the organisations where a post is held; none for whoever is no person."""
        return () if self.person_id is None else (self.person_id, *sorted(self.all_organisations))

    @property
    def signed_in(self) -> bool:
        return self.person_id is not None

    @cached_property
    def all_organisations(self) -> frozenset[int]:
        return frozenset(post.organisation_id for post in self.posts)

    def organisations(self, *roles: str) -> frozenset[int]:
        """Ids of the organisations in which one of ``roles`` is held; any role when none is named."""
        if not roles:
            return self.all_organisations
        return frozenset(post.organisation_id for post in self.posts if post.role in roles)

    def regions(self, *roles: str) -> tuple[str, ...]:
        """GB/T 2260 prefixes overseen through one of ``roles``: 120000 oversees 12, 120101 only itself."""
        return tuple(sorted({region_prefix(p.region) for p in self.posts if p.role in roles and p.region}))

    def holds(self, *roles: str) -> bool:
        """Whether any of ``roles`` is held anywhere."""
        return any(post.role in roles for post in self.posts)


def region_prefix(code: str) -> str:
    """The part of a GB/T 2260 code that all codes below it begin with.

    >>> region_prefix("120000"), region_prefix("210100"), region_prefix("120101")
    ('12', '2101', '120101')
    """
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code
