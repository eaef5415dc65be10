"""Every operation and page as a visitor, another client, another laboratory, another district's officer.

Asked for things that are not theirs, they get nothing of them, and cannot tell them from things that do not exist.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.security.asking import ask, ask_for_nothing, client_of
from tests.security.places import fill, operations, pages
from tests.security.scene import CANARY, Scene

pytestmark = pytest.mark.django_db

# Who sees what is asked of SQL in one way for all of them: one is enough for a second database.
OUTSIDERS = [
    pytest.param("other client"),
    *(pytest.param(who, marks=pytest.mark.any_database) for who in ("visitor", "other lab", "other district")),
]
# Whoever holds the address that is printed on a document holds the document: by design, and by it alone.
BY_ADDRESS = {
    "/api/v1/attestations/{uid}",
    "/api/v1/attestations/{uid}/verification",
    "/api/v1/attestations/{uid}/document",
    "/api/v1/attestations/{uid}/untp",
    "/api/v1/attestations/{uid}/pdf",
    "/api/v1/attestations/{uid}/raw-data",
    "/api/v1/attestations/{uid}/proof",
    "/r/{uid}",
    "/r/{uid}/proof",
    "/r/{uid}/untp",
    "/r/{uid}/",
    "/r/{uid}/pdf",
    "/r/{uid}/json",
    "/r/{uid}/raw/",
}
BY_NUMBER = "/api/v1/attestations/by-number/{number}"
PLACES = [*operations(), *pages()]
# Places of either kind where something of theirs must be seen.
ENOUGH = Counter(api=12, page=4)


def rows_of(scene: Scene) -> dict[str, Any]:
    """Every remembered row as it is stored now."""
    return {name: type(row)._default_manager.filter(pk=row.pk).values().get() for name, row in scene.rows.items()}


def leaked(scene: Scene, text: str, allowed: set[str]) -> list[str]:
    return [what for secret, what in scene.secrets.items() if secret in text and secret not in allowed]


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nothing_of_others_is_told_or_changed(scene: Scene, who: str) -> None:
    client, before = client_of(scene, who), rows_of(scene)
    tried: Counter[str] = Counter()
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
        nothing, uids, organisations = ask_for_nothing(client, place, scene)
        if nothing.startswith("405 "):
            continue
        for uid in {order, *uids}:
            if place.template in BY_ADDRESS and uid == attestation.uid:  # type: ignore[attr-defined]
                continue
            answer = ask(client, place, fill(place, scene, uid=uid))
            assert answer.replace(uid, "UID") == nothing, f"{place} tells of {scene.secrets[uid]}"
            tried[scene.secrets[uid]] += 1
            assert not leaked(scene, answer, {uid, order}), f"{place.method} {place.template}"
        for uid in organisations:
            answer = ask(client, place, fill(place, scene, uid=uid))
            assert not leaked(scene, answer, {order}), f"{place.method} {place.template} of an organisation"
    if who != "visitor":
        assert len(tried) >= 15, tried
    assert rows_of(scene) == before


@pytest.mark.any_database
def test_those_concerned_do_see_it(scene: Scene) -> None:
    """The walk above would pass on a platform that shows nothing to anybody."""
    seen: Counter[str] = Counter()
    for who in ("client", "lab"):
        client = client_of(scene, who)
        for place in PLACES:
            kind = "api" if place.template.startswith("/api/") else "page"
            if place.method != "GET" or "number" in place.parameters or seen[kind] == ENOUGH[kind]:
                continue
            wanted: list[dict[str, str]] = [{}]
            if "uid" in place.parameters:
                wanted = [{"uid": uid} for uid in ask_for_nothing(client, place, scene)[1]]
            seen[kind] += any(CANARY in ask(client, place, fill(place, scene, **uid)) for uid in wanted)
    assert seen == ENOUGH
