"""Pages as somebody sees them: Django's test client, signed in with the posts of an actor."""

from __future__ import annotations

from django.test import Client

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Membership, Person

BACKEND = "quanheng.kernel.parties.adapter.Backend"


def browse(actor: Actor | None = None, language: str = "zh-hans") -> Client:
    """A browser of that person; a visitor's without one. Its memberships are made where they are missing."""
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    if actor is not None:
        person = Person.objects.get(pk=actor.person_id or 0)
        for post in actor.posts:
            Membership.objects.get_or_create(person=person, organisation_id=post.organisation_id, role=post.role)
        client.force_login(person, backend=BACKEND)
    return client
