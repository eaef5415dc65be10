"""Keys that are replaced or compromised: what stays good, what is in doubt, and by what."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.credentials import trust
from quanheng.kernel.attestations.credentials.codes import belongs
from quanheng.kernel.attestations.credentials.verdict import Verdict
from quanheng.kernel.attestations.credentials.verify import verify
from quanheng.kernel.attestations.keys import acts, issuers
from quanheng.kernel.attestations.keys.acts import AHEAD, declare_compromised, rotate_key
from quanheng.kernel.attestations.models import Attestation, IssuerKey
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict, Invalid, NotFound
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.models import LogEntry
from quanheng.kernel.translog.queries import evidence_of
from quanheng.kernel.translog.tests.issuing import issue, laboratory

PLATFORM = Actor.platform()


@pytest.fixture(autouse=True)
def _kept(db: None, single_handed: None) -> None: ...


def checked(one: Attestation) -> Verdict:
    return queries.check(Attestation.objects.select_related("issuer", "key").get(pk=one.pk))


def statements() -> list[dict[str, Any]]:
    return [json.loads(one.statement) for one in LogEntry.objects.filter(kind="key").order_by("id")]


def test_a_new_key_from_the_next_minute_and_the_old_stays_good() -> None:
    body = laboratory()
    before = issue(body)
    made = rotate_key(PLATFORM, body, reason="每年更换")
    old = IssuerKey.objects.get(pk=before.key_id)
    assert old.valid_until == made.valid_from and made.valid_from > timezone.now()
    assert issue(body).key_id == old.pk, "until then the old one signs"
    assert issuers.key_at(body, made.valid_from) == made
    assert issuers.key_at(body, made.valid_from + AHEAD) == made
    growing.make_checkpoint()
    assert checked(before).genuine
    with pytest.raises(Conflict):
        rotate_key(PLATFORM, body, reason="再来一次")
    assert [one["type"] for one in statements() if one["id"].startswith(issuers.did_of(body))] == [
        "key",
        "key-end",
        "key",
    ]
    assert list(audit()) == []


def test_an_issuer_changes_to_p256_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    body = laboratory()
    with pytest.raises(Invalid) as refused:
        rotate_key(PLATFORM, body, reason="试", suite="sm2-sm3-jcs")
    assert refused.value.errors[0].field == "suite" and "ecdsa-jcs-2019" in str(refused.value.errors[0].message)
    # A key signs at once, and ends with the second in which it is replaced.
    monkeypatch.setattr(acts, "AHEAD", timedelta(0))
    made = [issue(body)]
    for suite, becomes in (("ecdsa-jcs-2019", "ecdsa-jcs-2019"), ("", "ecdsa-jcs-2019"), ("eddsa-jcs-2022",) * 2):
        time.sleep(1.1)
        new = rotate_key(PLATFORM, body, reason="收件方要求", suite=suite)
        assert new.suite == becomes
        made.append(issue(body))
        assert made[-1].key_id == new.pk
        assert json.loads(made[-1].document)["proof"]["cryptosuite"] == becomes
    growing.make_checkpoint()
    for one in made:
        assert checked(one).genuine
        document = json.loads(one.document)
        code = issuers.code_of(Attestation.objects.select_related("key").get(pk=one.pk), document)
        assert belongs(code, document) and code == issuers.code_of(one, document)
    spoilt = made[1].document.replace(made[1].number, f"{made[1].number}1").encode()
    assert not verify(spoilt, trust.load(queries.whole_bundle()), timezone.now()).genuine


def test_what_was_logged_after_a_compromise_is_in_doubt_and_what_was_before_is_not() -> None:
    body = laboratory()
    first, second = issue(body), issue(body)
    growing.make_checkpoint()
    key = IssuerKey.objects.get(pk=first.key_id)
    # Between the two: as if a day lay between their entries.
    entered = LogEntry.objects.get(attestation=second.uid, kind="issue").at
    declare_compromised(PLATFORM, body, key=key.uid, since=entered, reason="签名机失窃")
    growing.make_checkpoint()
    assert not checked(second).genuine
    check = checked(second).check("key")
    assert check is not None and check.outcome == "fail" and "才登入日志" in check.zh
    key.refresh_from_db()
    assert second in queries.in_doubt(key)
    assert queries.keys_of(body)[0].doubtful == queries.in_doubt(key).count() >= 1
    third = issue(body)
    assert third.key_id != key.pk, "it signs no more"
    growing.make_checkpoint()
    assert checked(third).genuine
    assert statements()[-2]["type"] == "key-compromised" and list(audit()) == []


def test_the_verifier_judges_by_log_time_alone() -> None:
    body = laboratory()
    one = issue(body)
    growing.make_checkpoint()
    entered = LogEntry.objects.get(attestation=one.uid, kind="issue").at.replace(microsecond=0)
    for since, with_proof, outcome in (
        (entered + timedelta(minutes=1), True, "pass"), (entered + timedelta(minutes=1), False, "not-evaluated"),
        (entered, True, "fail"), (entered - timedelta(days=1), True, "fail"),
    ):  # fmt: skip
        IssuerKey.objects.filter(pk=one.key_id).update(compromised_from=since)
        bundle = trust.load(queries.whole_bundle())
        evidence = evidence_of(one.uid) if with_proof else None
        found = verify(one.document.encode(), bundle, timezone.now(), evidence=evidence)
        check = found.check("key")
        assert check is not None and check.outcome == outcome, (since, with_proof)
        assert found.genuine is (outcome == "pass")


def test_what_cannot_be_declared() -> None:
    body, other = laboratory(), laboratory("2")
    key = IssuerKey.objects.get(pk=issue(body).key_id)
    now = timezone.now()
    with pytest.raises(Invalid):
        declare_compromised(PLATFORM, body, key=key.uid, since=now + timedelta(minutes=5), reason="失窃")
    with pytest.raises(NotFound):
        declare_compromised(PLATFORM, other, key=key.uid, since=now, reason="失窃")
    with pytest.raises(Invalid):
        declare_compromised(PLATFORM, body, key=key.uid, since=now, reason=" ")
    assert declare_compromised(PLATFORM, body, key=key.uid, since=now, reason="失窃").compromised_from == now.replace(
        microsecond=0
    )
    with pytest.raises(Conflict):
        declare_compromised(PLATFORM, body, key=key.uid, since=now, reason="失窃")
    earlier = declare_compromised(PLATFORM, body, key=key.uid, since=now - timedelta(days=900), reason="更早")
    assert earlier.compromised_from == key.valid_from.replace(microsecond=0), "before it was made nobody had it"


def test_pages_and_api_are_for_those_concerned(client: Client) -> None:
    body = laboratory()
    issue(body)
    for path in ("keys/", "keys/rotate/", f"keys/{IssuerKey.objects.get(organisation=body).uid}/"):
        answer = client.get(f"/organisations/{body.uid}/{path}")
        assert answer.status_code in (302, 401), path
    assert client.get(f"/api/v1/organisations/{body.uid}/keys").status_code == 401


def test_a_digest_tells_the_status_and_nothing_else(client: Client) -> None:
    one = issue(laboratory())
    told = client.get(f"/api/v1/attestations/by-digest/{one.sha256.upper()}").json()
    assert told["number"] == one.number and told["state"] == "issued"
    assert one.uid not in json.dumps(told), (
        "the digest is told with the number, so that it must not lead to the content"
    )
    for wrong in ("0" * 64, "x", "a" * 500):
        assert client.get(f"/api/v1/attestations/by-digest/{wrong}").status_code == 404, wrong
