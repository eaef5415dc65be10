"""The platform's key is replaced: whoever knows the former one follows, and nobody is led anywhere else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from quanheng.kernel.attestations import queries
from quanheng.kernel.attestations.cli import verify_main
from quanheng.kernel.attestations.credentials import trust
from quanheng.kernel.attestations.credentials.canonical import canonical_bytes
from quanheng.kernel.attestations.credentials.suites.registry import suites
from quanheng.kernel.attestations.errors import TrustError
from quanheng.kernel.attestations.keys import acts, sealing
from quanheng.kernel.attestations.keys.acts import AHEAD
from quanheng.kernel.attestations.keys.issuers import did_of, key_at, make_key, signer_of
from quanheng.kernel.attestations.keys.platform import declare_platform_compromised, rotate_platform_key
from quanheng.kernel.attestations.models import IssuerKey
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict, Denied, SignInNeeded
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.region.models import Region
from quanheng.kernel.statuslists.bundle import unbundled
from quanheng.kernel.statuslists.lists import BadList
from quanheng.kernel.statuslists.queries import whole
from quanheng.kernel.statuslists.signing import sign_lists
from quanheng.kernel.translog import growing
from quanheng.kernel.translog.auditing import audit
from quanheng.kernel.translog.models import LogEntry
from quanheng.kernel.translog.tests.issuing import issue, laboratory

LATER = AHEAD + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _kept(db: None, single_handed: None) -> None: ...


@pytest.fixture
def body() -> Organisation:
    return laboratory()


@pytest.fixture
def operator() -> Organisation:
    code = settings.PACK["deployment"]["region"]
    region, _made = Region.objects.get_or_create(code=code, defaults={"name_zh": "天津市", "level": "province"})
    make_key(None, timezone.localtime() - timedelta(days=300))
    return Organisation.objects.create(
        uscc="11120000MB0X0009XA", name_zh="市局", kind="regulator", region=region, region_code=code
    )


def running(operator: Organisation) -> Actor:
    person, _made = Person.objects.get_or_create(username="admin", defaults={"name_zh": "管理员"})
    return Actor(person.pk, "管理员", (Post(operator.pk, Role.ADMINISTRATOR, operator.region_code),))


def pinned() -> str:
    """What a verifier noted down today."""
    return key_at(None, timezone.now()).public_multibase


def rotated(operator: Organisation, times: int = 1) -> None:
    """Rotations, each with its minute gone by."""
    for _time in range(times):
        rotate_platform_key(running(operator), operator, reason="每年更换")
        for field in ("valid_from", "valid_until"):
            for key in IssuerKey.objects.filter(organisation=None, **{f"{field}__isnull": False}):
                setattr(key, field, getattr(key, field) - LATER)
                key.save(update_fields=[field])


def changed(bundle: bytes, key: IssuerKey, **members: Any) -> bytes:
    """A bundle with other members, signed anew with a key of the platform."""
    document = {name: value for name, value in json.loads(bundle).items() if name != "proof"} | members
    proof = suites.get("eddsa-jcs-2022").create(document, signer_of(key), timezone.now().isoformat())
    return canonical_bytes(document | {"proof": proof})


def test_whoever_pinned_a_former_key_follows_from_one_to_the_next(operator: Organisation) -> None:
    first = pinned()
    before = queries.whole_bundle()
    rotated(operator, 3)
    now = pinned()
    bundle = trust.load(queries.whole_bundle(), first)
    assert [step["publicKeyMultibase"] for step in bundle.led][-1] == now != first and len(bundle.led) == 3
    assert trust.load(queries.whole_bundle(), now).led == (), "the present one needs no step"
    assert trust.load(before, first).led == (), "what was signed with a former key is read with it as ever"
    kinds = [json.loads(one.statement)["type"] for one in LogEntry.objects.filter(kind="key").order_by("id")]
    assert kinds.count("key-followed") == 3
    growing.make_checkpoint()
    assert list(audit()) == []


def test_until_the_minute_is_over_the_former_key_signs_and_nothing_is_lost(operator: Organisation) -> None:
    first = pinned()
    rotate_platform_key(running(operator), operator, reason="每年更换")
    assert pinned() == first and trust.load(queries.whole_bundle(), first).led == ()
    with pytest.raises(Conflict):
        rotate_platform_key(running(operator), operator, reason="再来一次")


def test_of_two_regulators_who_replace_it_at_once_one_is_refused(
    operator: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned_key = key_at(None, timezone.now())
    rotated(operator)
    # The second asked which key signs before the first was done, and does not see the new one yet.
    monkeypatch.setattr(acts, "key_at", lambda _owner, _at: pinned_key)
    with pytest.raises(Conflict):
        rotate_platform_key(running(operator), operator, reason="同时更换")
    assert len(queries.successions()) == 1


def test_reports_and_lists_of_before_verify_as_ever(
    operator: Organisation, body: Organisation, tmp_path: Path, capsys: Any
) -> None:
    report, pin = issue(body), pinned()
    sign_lists()
    growing.make_checkpoint()
    rotated(operator)
    paths = {name: tmp_path / name for name in ("bundle.json", "report.json")}
    paths["bundle.json"].write_bytes(whole())
    paths["report.json"].write_bytes(report.document.encode())
    given = ["--offline", "--bundle", str(paths["bundle.json"]), "--pin", pin, "--lang", "zh"]
    assert verify_main([*given, str(paths["report.json"])]) == 0
    assert f"--pin {pinned()}" in capsys.readouterr().err, "the reader is told what to pin from now on"


def test_a_new_key_without_the_former_ones_word_is_refused(operator: Organisation) -> None:
    pin = pinned()
    IssuerKey.objects.filter(organisation=None).update(valid_until=timezone.now())
    make_key(None, timezone.localtime())
    with pytest.raises(TrustError):
        trust.load(queries.whole_bundle(), pin)


def test_nobody_else_names_the_next_key(operator: Organisation) -> None:
    pin = pinned()
    rotated(operator)
    bundle, key = queries.whole_bundle(), key_at(None, timezone.now())
    (statement,) = json.loads(bundle)["successions"]
    thief = sealing.generate(did_of(None), bytes(32))
    for wrong in (
        {"publicKeyMultibase": thief.public_multikey},
        {"since": "2020-01-01T00:00:00+08:00"},
        {"former": thief.key_id},
        {"type": "Invitation"},
        {"proof": None},
        {"proof": statement["proof"] | {"proofValue": "z" + "1" * 64}},
    ):
        with pytest.raises(TrustError) as told:
            trust.load(changed(bundle, key, successions=[statement | wrong]), pin)
        assert told.value.code == "key-succession", wrong
    for nonsense in ([], [17], ["x"], [{}]):
        with pytest.raises(TrustError):
            trust.load(changed(bundle, key, successions=nonsense), pin)


def test_a_key_that_names_two_successors_is_believed_in_neither(operator: Organisation) -> None:
    pin = pinned()
    old = key_at(None, timezone.now())
    rotated(operator)
    bundle, key = queries.whole_bundle(), key_at(None, timezone.now())
    (statement,) = json.loads(bundle)["successions"]
    thief = sealing.generate(did_of(None), bytes(32))
    other = {name: value for name, value in statement.items() if name != "proof"}
    other |= {"id": thief.key_id, "publicKeyMultibase": thief.public_multikey}
    other["proof"] = suites.get("eddsa-jcs-2022").create(other, signer_of(old), statement["since"])
    with pytest.raises(TrustError) as told:
        trust.load(changed(bundle, key, successions=[statement, other]), pin)
    assert told.value.code == "key-fork"
    assert trust.load(changed(bundle, key, successions=[statement, statement]), pin).led, "twice the same is one"


def test_a_key_that_others_had_leads_nowhere_and_its_lists_are_worth_nothing(
    operator: Organisation, body: Organisation
) -> None:
    issue(body)
    pin, old = pinned(), key_at(None, timezone.now())
    sign_lists()
    rotated(operator)
    since = IssuerKey.objects.get(pk=old.pk).valid_from
    declare_platform_compromised(running(operator), operator, key=old.uid, since=since, reason="签名机失窃")
    with pytest.raises(TrustError) as told:
        trust.load(queries.whole_bundle(), pin)
    assert told.value.code == "key-compromised"
    growing.make_checkpoint()
    lists = unbundled(whole()).lists or {}
    assert lists and all(isinstance(one, BadList) for one in lists.values())
    assert sign_lists() == len(lists), "they are signed anew at once"
    lists = unbundled(whole()).lists or {}
    assert not any(isinstance(one, BadList) for one in lists.values())


def test_only_whoever_runs_the_platform_may(client: Client, operator: Organisation) -> None:
    key = key_at(None, timezone.now())
    with pytest.raises(SignInNeeded):
        rotate_platform_key(Actor.nobody(), operator, reason="x")
    other = laboratory()
    with pytest.raises(Denied):
        rotate_platform_key(running(other), other, reason="x")
    page = client.get("/verify/keys/")
    assert key.public_multibase in page.content.decode(), "everybody may note it down"
    assert client.get("/api/v1/verify/platform-keys").json()[0]["public_multibase"] == key.public_multibase
    for path in ("rotate/", f"{key.uid}/compromise/"):
        assert client.get(f"/verify/keys/{path}").status_code in (302, 401)
