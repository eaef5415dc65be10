"""Asking at an address as somebody, and which rows it is worth asking for there."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanheng.kernel.base.models import new_uid
from quanheng.kernel.parties.models import Membership, Person
from quanheng.kernel.parties.roles import Role
from tests import world
from tests.security.places import Place, fill
from tests.security.scene import Scene

# A CSRF token: masked anew each time. (A digest has no capitals.)
TOKEN = re.compile(r"\b(?=\w*[A-Z])[A-Za-z0-9]{64}\b")


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


def ask_for_nothing(client: Client, place: Place, scene: Scene) -> tuple[str, list[str], list[str]]:
    """The answer for a row that does not exist; the uids of the scene's rows that the place could have meant; and those
    of its organisations, which everybody may know, where it could have meant one.

    A place that is asked for an unknown uid looks it up in the tables that it knows; rows of other tables are
    unknown to it too, and asking it for each of them would say the same many times over.
    """
    unknown = new_uid()
    with CaptureQueriesContext(connection) as asked:
        nothing = ask(client, place, fill(place, scene, uid=unknown)).replace(unknown, "UID")
    looked = " ".join(one["sql"] for one in asked if unknown in one["sql"])
    meant = [row for row in scene.kept if f'"{row._meta.db_table}"' in looked]
    known = [scene.places["client"], scene.places["lab"]] if '"parties_organisation"."uid" ' in looked else []
    return nothing, sorted({row.uid for row in meant if hasattr(row, "uid")}), [one.uid for one in known]
