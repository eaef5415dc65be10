"""A witness signs what continues what it saw, and nothing else; a log that was set back is found out by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from quanheng.kernel.attestations import queries as attestations
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.audit.outbound import Unreachable
from quanheng.kernel.base.actor import Actor, Post
from quanheng.kernel.base.errors import Conflict, Denied, Invalid
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.region.models import Region
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.translog import growing, merkle, services, tiles, watching
from quanheng.kernel.translog.models import LogCheckpoint, Peer
from quanheng.kernel.translog.note import LOG, WITNESS, Checkpoint, Note, Signer, opened
from quanheng.kernel.translog.proof import Evidence, judged
from quanheng.kernel.translog.queries import evidence_of
from quanheng.kernel.translog.tests.issuing import issue, laboratory
from quanheng.kernel.translog.tests.test_merkle import Kept

pytestmark = pytest.mark.django_db

THEIRS = Signer("other.example/log", LOG, Ed25519PrivateKey.from_private_bytes(b"o" * 32))
WATCHER = Signer("watcher.example/witness", WITNESS, Ed25519PrivateKey.from_private_bytes(b"w" * 32))


class Other:
    """The log of another platform: its entries, and its files as it serves them."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.spoiled = False

    def get(self, path: str) -> bytes:
        kept = Kept(tiles.extend(Kept(), 0, tiles.leaves_hashed(self.entries)))
        if path == "checkpoint":
            text = Checkpoint(THEIRS.name, len(self.entries), merkle.root_of(len(self.entries), tiles.Nodes(kept))).text
            return f"{text}\n{THEIRS.line(text)}".encode()
        place = tiles.place_of(path.removeprefix("tile/"))
        if place is None or place.level is None:
            raise Unreachable("HTTP 404")
        return bytes(32 * place.width) if self.spoiled else kept.tile(place.level, place.index)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What is served where: address → what answers below it."""
    sites: dict[str, Any] = {}

    def fetch(url: str) -> bytes:
        for site, answer in sites.items():
            if url.startswith(f"{site}/"):
                found: bytes = answer(url.removeprefix(f"{site}/"))
                return found
        raise Unreachable("nobody there")

    monkeypatch.setattr(watching, "fetch", fetch)
    yield sites


@pytest.fixture
def operator(db: None) -> tuple[Actor, Organisation]:
    region, _made = Region.objects.get_or_create(code="120000", defaults={"name_zh": "天津市", "level": "province"})
    body = Organisation.objects.create(
        uscc="11120000MB0X0009XA", name_zh="市局", kind="regulator", region=region, region_code="120000"
    )
    person = Person.objects.create(username="admin", name_zh="管理员")
    return Actor(person_id=person.pk, name="管理员", posts=(Post(body.pk, "administrator", "120000"),)), body


def watched(operator: tuple[Actor, Organisation]) -> Peer:
    return Peer.objects.create(
        organisation=operator[1], role="watched", name=THEIRS.name, key=str(THEIRS.verifier),
        url="https://other.example/log",
    )  # fmt: skip


def test_a_log_that_continues_is_countersigned(web: dict[str, Any], operator: tuple[Actor, Organisation]) -> None:
    other, peer = Other(), watched(operator)
    web["https://other.example/log"] = other.get
    witness = growing.signer("witness").verifier
    for size in (3, 300, 300, 70_000):
        other.entries += [str(one).encode() for one in range(len(other.entries), size)]
        watching.watch(peer)
        peer.refresh_from_db()
        assert (peer.state, peer.size) == ("ok", size), peer.problem
        signed = opened(peer.note, [THEIRS.verifier], [witness])
        assert signed.checkpoint.size == size and witness in signed.witnesses
    served = Client().get(f"/log/witness/{watching.place_of_log(peer.key)}")
    assert served.content.decode() == peer.note
    assert Client().get("/log/witness/0000000000000000").status_code == 404
    assert not Signal.objects.exists()


def test_a_fork_and_a_rollback_are_refused_and_raised(
    web: dict[str, Any], operator: tuple[Actor, Organisation]
) -> None:
    other, peer = Other(), watched(operator)
    web["https://other.example/log"] = other.get
    other.entries = [str(one).encode() for one in range(300)]
    watching.watch(peer)
    peer.refresh_from_db()
    signed = peer.note
    other.entries = other.entries[:290]
    watching.watch(peer)
    other.entries = [*other.entries, *(f"anew {one}".encode() for one in range(10))]
    watching.watch(peer)
    other.entries = [*other.entries, b"further"]
    watching.watch(peer)
    peer.refresh_from_db()
    assert (peer.state, peer.size, peer.note) == ("refused", 300, signed)
    found = {one.evidence["why"]: one for one in Signal.objects.all()}
    assert set(found) == {"rollback", "fork"}
    # Both notes are the log's own words: whoever reads the signal need not believe us.
    evidence = found["fork"].evidence
    assert opened(evidence["known"], [THEIRS.verifier]).checkpoint.size == 300
    assert opened(evidence["stated"], [THEIRS.verifier]).checkpoint.size in (300, 301)
    watching.watch(peer)
    assert Signal.objects.count() == 2, "noticed once"


def test_what_cannot_be_checked_is_not_countersigned_and_accuses_nobody(
    web: dict[str, Any], operator: tuple[Actor, Organisation]
) -> None:
    other, peer = Other(), watched(operator)
    watching.watch(peer)
    assert peer.state == "unreachable"
    web["https://other.example/log"] = other.get
    other.entries, other.spoiled = [b"a", b"b"], True
    watching.watch(peer)
    assert peer.state == "unreachable" and not peer.note
    web["https://other.example/log"] = lambda path: b"<html>"
    watching.watch(peer)
    assert peer.state == "unreachable" and not Signal.objects.exists()


def seen_by_watcher(note: str) -> bytes:
    """What a witness serves of a checkpoint of ours."""
    text = Note.read(note).text
    return (note + WATCHER.line(text, 1_700_000_000)).encode()


def test_a_witness_of_ours_makes_a_report_witnessed(web: dict[str, Any], operator: tuple[Actor, Organisation]) -> None:
    found = issue(laboratory())
    made = growing.make_checkpoint()
    assert made is not None
    peer = Peer.objects.create(
        organisation=operator[1], role="witness", name=WATCHER.name, key=str(WATCHER.verifier), url="https://w.example"
    )
    own = str(growing.signer("log").verifier)
    place = f"witness/{watching.place_of_log(own)}"
    web["https://w.example"] = {place: seen_by_watcher(made.note)}.__getitem__
    assert outcome(found) == ("pass", "not-evaluated")
    for _again in range(2):
        watching.collect(peer)
    assert peer.state == "ok" and LogCheckpoint.objects.get().witnesses == 1
    assert outcome(found) == ("pass", "pass")
    # A later checkpoint that nobody signed yet does not make it less witnessed.
    issue(laboratory("2"))
    growing.make_checkpoint()
    assert outcome(found) == ("pass", "pass")
    proof = evidence_of(found.uid).proof
    assert proof is not None and str(WATCHER.verifier) in json.loads(attestations.whole_bundle())["witnesses"]
    log, witness = judged(found.address, found.sha256, Evidence(proof), [own], [str(WATCHER.verifier)])
    assert (log.outcome, witness.outcome) == ("pass", "pass") and WATCHER.name in witness.zh


def outcome(found: Attestation) -> tuple[str, str]:
    by_code = {one.code: one.outcome for one in attestations.check(found).checks}
    return by_code["log"], by_code["witness"]


def test_records_restored_from_a_backup_are_found_out_by_the_witness(
    web: dict[str, Any], operator: tuple[Actor, Organisation]
) -> None:
    body = laboratory()
    issue(body)
    growing.make_checkpoint()
    key = growing.signer("log")
    # Today: two more reports, which a witness saw. Then the backup of yesterday is given back.
    ahead = Checkpoint(key.name, 5, b"\x05" * 32).text
    peer = Peer.objects.create(
        organisation=operator[1], role="witness", name=WATCHER.name, key=str(WATCHER.verifier), url="https://w.example"
    )
    web["https://w.example"] = lambda path: seen_by_watcher(f"{ahead}\n{key.line(ahead)}")
    watching.collect(peer)
    assert peer.state == "refused"
    # Grown again to what it had, it is another tree.
    issue(body)
    issue(body)
    growing.make_checkpoint()
    watching.collect(peer)
    assert sorted(one.evidence["why"] for one in Signal.objects.all()) == ["fork", "rollback"]
    assert LogCheckpoint.objects.filter(witnesses__gt=0).count() == 0


def test_who_may_choose_peers_and_what_is_refused(operator: tuple[Actor, Organisation]) -> None:
    actor, body = operator
    growing.signer("log"), growing.signer("witness")
    given = {"role": "watched", "key": str(THEIRS.verifier), "url": "https://other.example/log/"}
    peer = services.register_peer(actor, body, **given)
    assert (peer.name, peer.url) == (THEIRS.name, "https://other.example/log")
    with pytest.raises(Conflict):
        services.register_peer(actor, body, **given)
    for wrong, field in (
        ({"role": "friend"}, "role"),
        ({"key": "nonsense"}, "key"),
        ({"role": "witness"}, "key"),
        ({"key": str(growing.signer("log").verifier)}, "key"),
        ({"url": "http://other.example/log"}, "url"),
        ({"url": "https://10.0.0.1/log"}, "url"),
    ):
        with pytest.raises(Invalid) as refusal:
            services.register_peer(actor, body, **given | wrong)
        assert refusal.value.errors[0].field == field
    services.end_peer(actor, peer, reason="对方停用")
    services.register_peer(actor, body, **given)
    district = Organisation.objects.create(
        uscc="11120101MB0X0008XA", name_zh="区局", kind="regulator", region=body.region, region_code="120101"
    )
    small = Actor(person_id=2, posts=(Post(district.pk, "administrator", "120101"),))
    with pytest.raises(Denied):
        services.register_peer(small, district, **given)
    with pytest.raises(Denied):
        services.operator_of(small)
