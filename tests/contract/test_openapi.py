"""The API's document: kept beside the code, so that a change of the contract is seen; and kept by what it describes."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from quanheng.api import DOCUMENT, api
from quanheng.kernel.parties.models import ApiToken
from quanheng.kernel.parties.services.access import token_digest
from tests.security.scene import Scene, build

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# (who, place, role)
CALLERS = [
    pytest.param("visitor", "", "", id="visitor", marks=pytest.mark.any_database),
    pytest.param("member", "client", "member", id="member", marks=pytest.mark.any_database),
    pytest.param("operator", "lab", "operator", id="operator"),
]
EXAMPLES = 3


def document() -> str:
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), ensure_ascii=False, indent=1) + "\n"


def test_the_committed_document_is_the_api() -> None:
    """``QH_UPDATE_OPENAPI=1 ./qh test tests/contract`` writes it anew; read the difference before you commit it."""
    if os.environ.get("QH_UPDATE_OPENAPI") == "1":
        DOCUMENT.write_text(document(), encoding="utf-8")
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == json.loads(document())


def test_the_committed_document_is_what_anybody_is_given() -> None:
    given = Client().get("/api/v1/openapi.json", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(given.content) == DOCUMENT.read_bytes()
    again = Client().get("/api/v1/openapi.json", headers={"if-none-match": given.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    refused = Client().post("/api/v1/openapi.json")
    assert (refused.status_code, refused.headers["Content-Type"]) == (405, "application/problem+json")


def test_every_operation_declares_what_it_answers() -> None:
    found = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    for path, methods in found["paths"].items():
        for method, details in methods.items():
            name = f"{method.upper()} {path}"
            assert details.get("description") or details.get("summary"), name
            assert any(status.startswith("2") for status in details["responses"]), name
            for status, answer in details["responses"].items():
                if status.startswith("4"):
                    assert list(answer["content"]) == ["application/problem+json"], f"{name} {status}"


def headers_of(scene: Scene, place: str, role: str) -> dict[str, str]:
    if not place:
        return {}
    secret = f"qh_{place}_{role}"
    later = scene.rows["parties.ApiToken"].expires_at  # type: ignore[attr-defined]
    person = scene.person(place, role)
    ApiToken.objects.create(person=person, name=role, digest=token_digest(secret), expires_at=later)
    return {"Authorization": f"Bearer {secret}"}


THINGS = {
    "attestations": "attestations.Attestation",
    "cases": "order case",
    "changes": "changes.Proposal",
    "commissions": "commission case",
    "duplicates": "parties.DuplicatePair",
    "groups": "parties.Group",
    "imports": "imports.Batch",
    "instruments": "objects.Instrument",
    "memberships": "parties.Membership",
    "mergers": "parties.Merger",
    "needs": "services.Need",
    "orders": "order case",
    "organisation-names": "parties.OrganisationName",
    "proposals": "services.Plan",
    "products": "objects.Product",
    "recognitions": "competence.Recognition",
    "scope-lines": "competence.ScopeLine",
    "signals": "signals.Signal",
    "signatory-fields": "parties.SignatoryField",
    "standards": "requirements.Standard",
    "tokens": "parties.ApiToken",
    "webhooks": "audit.Webhook",
}


def things(scene: Scene, place: str) -> dict[str, str]:
    """The uid of something real for each first word of a path."""
    known = {word: str(scene.rows[label].uid) for word, label in THINGS.items()}
    return known | {"organisations": scene.places[place or "lab"].uid}


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """A request does not close the connection that holds the test's transaction, as Django's own client sees to."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize(("who", "place", "role"), CALLERS)
def test_the_api_keeps_its_document(who: str, place: str, role: str) -> None:
    """Random requests, sound and unsound: no failure, no status, header or body that is not declared."""
    scene = build()
    headers = headers_of(scene, place, role)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    # A made-up token is refused before anything else is looked at.
    schema.config.generation.update(with_security_parameters=False)
    known = things(scene, place)
    called = 0

    def calls(operation: Any) -> None:
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), real=st.sampled_from((True, True, False)))
        def call(case: Any, real: bool) -> None:
            nonlocal called
            thing = operation.path.split("/")[3]
            if real and thing in known and "uid" in case.path_parameters:
                case.path_parameters["uid"] = known[thing]
            # One of the operations ends the caller's own token.
            ApiToken.objects.update(revoked_at=None)
            case.call_and_validate(headers=headers, checks=CHECKS)
            called += 1

        call()

    wrong = []
    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            calls(operation)
        except (Exception, FailureGroup) as error:
            wrong.append(f"{operation.label}: {error}")
    assert not wrong, f"{len(wrong)} operations break the contract\n\n" + "\n\n".join(wrong)
    assert called >= 150
