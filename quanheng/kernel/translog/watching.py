"""Watching other logs, and collecting what others signed who watch this one.

A witness signs a checkpoint only if the tree it states begins with the tree it signed last. It computes both roots from
the tiles that the log serves: if these give the new root but not the old one, the log has forked, and two checkpoints
with the log's own signatures prove it.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from quanheng.kernel.audit.outbound import Unreachable, fetch
from quanheng.kernel.signals.models import Signal
from quanheng.kernel.signals.services import notice
from quanheng.kernel.translog import growing, merkle, tiles
from quanheng.kernel.translog.mirror import Refused, require_forward
from quanheng.kernel.translog.models import LogCheckpoint, NoteKey, Peer, Tree
from quanheng.kernel.translog.note import BadNote, Checkpoint, Signed, Verifier, line_of, opened

logger = logging.getLogger(__name__)

# A cosignature may be dated so much later than our clock.
AHEAD = 300


@dataclass
class _Served:
    """The tiles of a tree as its log serves them."""

    url: str
    size: int

    def tile(self, level: int, index: int) -> bytes:
        width = min(tiles.WIDTH, (self.size >> tiles.HEIGHT * level) - index * tiles.WIDTH)
        raw = fetch(f"{self.url}/tile/{tiles.path_of(level, index, width)}")
        if len(raw) != width * merkle.HASH_BYTES:
            raise Unreachable(f"tile {tiles.path_of(level, index, width)} has {len(raw)} bytes")
        return raw


def watch(peer: Peer) -> None:
    """Look at a log once: countersign what continues what was known, raise a signal where it does not."""
    try:
        signed = _stated(peer)
        known = Checkpoint(signed.checkpoint.origin, peer.size, bytes(peer.root) if peer.size else merkle.EMPTY)
        _require_continues(peer, known, signed)
    except (Unreachable, BadNote) as error:
        _found(peer, Peer.Standing.UNREACHABLE, str(error))
    except Refused as refused:
        _found(peer, Peer.Standing.REFUSED, str(refused))
        _raise(peer, refused.why, peer.size, {"known": peer.note, "stated": str(signed.note)})
    else:
        _countersign(peer, signed)


def _stated(peer: Peer) -> Signed:
    """What a log states now. BadNote, Unreachable."""
    return opened(fetch(f"{peer.url}/checkpoint"), [Verifier.read(peer.key)])


def _require_continues(peer: Peer, known: Checkpoint, signed: Signed) -> None:
    """Refused where the log went back or forked, Unreachable where its tiles do not give what it states."""
    new = signed.checkpoint
    require_forward(known, new)
    if new.size == known.size:
        return
    nodes = tiles.Nodes(_Served(peer.url, new.size))
    if merkle.root_of(new.size, nodes) != new.root:
        raise Unreachable("the tiles that are served do not give the root that is stated")
    if merkle.root_of(known.size, nodes) != known.root:
        raise Refused("fork", f"its tree of {new.size} does not begin with its tree of {known.size}")


def _countersign(peer: Peer, signed: Signed) -> None:
    new, text = signed.checkpoint, signed.note.text
    # A cosignature is never dated before the one before it, whatever became of the clock.
    now = max(timezone.now(), peer.seen_at) if peer.seen_at else timezone.now()
    peer.state, peer.problem, peer.seen_at = Peer.Standing.OK, "", now
    fields = ["state", "problem", "seen_at"]
    if new.size != peer.size or not peer.note:
        key = growing.signer(NoteKey.Kind.WITNESS)
        mine = [one for one in signed.note.signatures if one[:2] == (new.origin, Verifier.read(peer.key).key_id)]
        lines = "".join(line_of(*one) for one in mine) + key.line(text, int(now.timestamp()))
        peer.size, peer.root, peer.note = new.size, new.root, f"{text}\n{lines}"
        fields += ["size", "root", "note"]
    # Only forward, whoever else looked at the same time.
    with transaction.atomic():
        if Peer.objects.select_for_update().get(pk=peer.pk).size <= peer.size:
            peer.save(update_fields=fields)


def _found(peer: Peer, state: str, problem: str) -> None:
    peer.state, peer.problem, peer.seen_at = state, problem[:300], timezone.now()
    peer.save(update_fields=["state", "problem", "seen_at"])


def _raise(peer: Peer, why: str, size: int, evidence: dict[str, str]) -> None:
    """A signal, once for what was known: both notes in it are signed and prove it to anybody."""
    notice(
        Signal.Kind.LOG_CONTRADICTED,
        organisation=peer.organisation,
        fingerprint=f"log:{peer.uid}:{why}:{size}",
        evidence={"log": peer.name, "why": why, **evidence},
    )


def place_of_log(key: str) -> str:
    """Under which name a witness serves what it signed of the log with this verifier key."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def collect(peer: Peer) -> None:
    """Fetch what a witness signed of this log, and keep it with the checkpoint.

    A witness that knows a later or another tree than this platform has shows that the records were set back, by a
    backup that was given back for instance: a signal says so.
    """
    own = growing.verifier(NoteKey.Kind.LOG)
    if own is None:
        return
    witness = Verifier.read(peer.key)
    try:
        signed = opened(fetch(f"{peer.url}/witness/{place_of_log(str(own))}"), [own], [witness])
        stamp = signed.witnesses.get(witness)
        if stamp is None or stamp > timezone.now().timestamp() + AHEAD:
            raise BadNote("it is not signed by the witness, or not yet")
        _keep(signed, own, witness)
    except (Unreachable, BadNote) as error:
        _found(peer, Peer.Standing.UNREACHABLE, str(error))
    except Refused as refused:
        logger.error("the log of this platform is not what %s saw: %s", peer.name, refused)
        _found(peer, Peer.Standing.REFUSED, str(refused))
        last = LogCheckpoint.objects.order_by("-size").first()
        evidence = {"known": str(signed.note), "stated": last.note if last else ""}
        _raise(peer, refused.why, signed.checkpoint.size, evidence)
    else:
        _found(peer, Peer.Standing.OK, "")


def _keep(signed: Signed, own: Verifier, witness: Verifier) -> None:
    seen = signed.checkpoint
    with transaction.atomic():
        tree = Tree.objects.select_for_update().get(pk=1)
        if seen.size > tree.size:
            raise Refused("rollback", f"a witness saw {seen.size} entries, here are {tree.size}: records were set back")
        row = LogCheckpoint.objects.filter(size=seen.size).first()
        if row is None or bytes(row.root) != seen.root:
            raise Refused("fork", f"a witness saw another tree of {seen.size} entries than this platform signed")
        (line,) = (line_of(*one) for one in signed.note.signatures if one[:2] == (witness.name, witness.key_id))
        if witness not in opened(row.note, [own], [witness]).witnesses:
            row.note += line
            row.witnesses += 1
            row.save(update_fields=["note", "witnesses"])
