"""Every operation and page as a visitor, another client, another laboratory, another district's officer.

Asked for things that are not theirs, they get nothing of them, and cannot tell them from things that do not exist.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client

from quanheng.kernel.base.models import new_uid
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.roles import Role
from tests import world
from tests.security.places import Place, fill, operations, pages
from tests.security.scene import CANARY, Scene

pytestmark = pytest.mark.django_db

OUTSIDERS = ("visitor", "other client", "other lab", "other district")
# Whoever holds the address that is printed on a document holds the document: by design, and by it alone.
BY_ADDRESS = {
    "/api/v1/attestations/{uid}",
    "/api/v1/attestations/{uid}/verification",
    "/api/v1/attestations/{uid}/document",
    "/api/v1/attestations/{uid}/pdf",
    "/r/{uid}",
    "/r/{uid}/",
    "/r/{uid}/pdf",
    "/r/{uid}/json",
}
BY_NUMBER = "/api/v1/attestations/by-number/{number}"
# A CSRF token: masked anew each time. (A digest has no capitals.)
TOKEN = re.compile(r"\b(?=\w*[A-Z])[A-Za-z0-9]{64}\b")
PLACES = [*operations(), *pages()]


def everything_at(scene: Scene, place: str) -> Person:
    """One person with every role of a place: what this one cannot reach, nobody there can."""
    organisation = scene.places[place]
    made = world.make_person((organisation, Role.MEMBER))
    for role in Role.values:
        Membership.objects.get_or_create(person=made, organisation=organisation, role=role)
    return made


def client_of(scene: Scene, who: str) -> Client:
    client = Client(raise_request_exception=True, headers={"accept-language": "zh-hans"})
    if who != "visitor":
        client.force_login(everything_at(scene, who))
    return client


def ask(client: Client, place: Place, address: str) -> str:
    """All that the answer tells: status, where to go, and the body without what is drawn anew or was asked for."""
    # What the last act had to say waits for the next page.
    client.cookies.pop("messages", None)
    given: dict[str, Any] = {}
    if place.kind == "application/json":
        given = {"data": json.dumps(place.body), "content_type": place.kind}
    elif place.method == "PUT":
        given = {"data": json.dumps({"rows": []}), "content_type": "application/json"}
    answer: HttpResponse = getattr(client, place.method.lower())(address, **given)
    content = b"".join(answer) if answer.streaming else answer.content
    text = f"{answer.status_code} {answer.headers.get('Location', '')}\n{content.decode(errors='replace')}"
    for asked in (address, quote(address), quote(address, safe="")):
        text = text.replace(asked, "ASKED")
    return TOKEN.sub("", text)


def rows_of(scene: Scene) -> dict[str, Any]:
    """Every remembered row as it is stored now."""
    return {name: type(row)._default_manager.filter(pk=row.pk).values().get() for name, row in scene.rows.items()}


def leaked(scene: Scene, text: str, allowed: set[str]) -> list[str]:
    return [what for secret, what in scene.secrets.items() if secret in text and secret not in allowed]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", OUTSIDERS)
def test_nothing_of_others_is_told_or_changed(scene: Scene, who: str) -> None:
    client, before = client_of(scene, who), rows_of(scene)
    uids = [secret for secret, what in scene.secrets.items() if what.endswith(".uid")]
    attestation = scene.rows["attestations.Attestation"]
    order: str = scene.rows["order case"].uid  # type: ignore[attr-defined]
    for place in PLACES:
        if place.template == BY_NUMBER:
            number: str = attestation.number  # type: ignore[attr-defined]
            allowed = {number, attestation.sha256}  # type: ignore[attr-defined]
            assert not leaked(scene, ask(client, place, fill(place, scene, number=number)), allowed)
            continue
        if "uid" not in place.parameters:
            answer = ask(client, place, fill(place, scene))
            assert not leaked(scene, answer, set()), f"{place.method} {place.template}"
            continue
        unknown = new_uid()
        nothing = ask(client, place, fill(place, scene, uid=unknown)).replace(unknown, "UID")
        if nothing.startswith("405 "):
            continue
        for uid in uids:
            if place.template in BY_ADDRESS and uid == attestation.uid:  # type: ignore[attr-defined]
                continue
            answer = ask(client, place, fill(place, scene, uid=uid))
            assert answer.replace(uid, "UID") == nothing, f"{place} tells of {scene.secrets[uid]}"
            assert not leaked(scene, answer, {uid, order}), f"{place.method} {place.template}"
        for organisation in (scene.places["client"], scene.places["lab"]):
            answer = ask(client, place, fill(place, scene, uid=organisation.uid))
            assert not leaked(scene, answer, {order}), f"{place.method} {place.template} of an organisation"
    assert order in uids
    assert rows_of(scene) == before


def test_those_concerned_do_see_it(scene: Scene) -> None:
    """The walk above would pass on a platform that shows nothing to anybody."""
    seen: Counter[str] = Counter()
    for who in ("client", "lab"):
        client = client_of(scene, who)
        for place in PLACES:
            if place.method != "GET" or "number" in place.parameters:
                continue
            uids = [{"uid": secret} for secret, what in scene.secrets.items() if what.endswith(".uid")]
            wanted = uids if "uid" in place.parameters else [{}]
            if any(CANARY in ask(client, place, fill(place, scene, **uid)) for uid in wanted):
                seen["api" if place.template.startswith("/api/") else "page"] += 1
    assert seen["api"] >= 12, seen
    assert seen["page"] >= 4, seen
