"""What the background worker does for the log."""

from __future__ import annotations

import time

from quanheng.kernel.base.periodic import every
from quanheng.kernel.translog import growing, watching
from quanheng.kernel.translog.models import NoteKey, Peer

# One turn of the worker: slow peers must not keep it from its other jobs.
TURN = 20.0
_ACTS = {Peer.Relation.WATCHED: watching.watch, Peer.Relation.WITNESS: watching.collect}


@every(60)
def sign_checkpoint() -> None:
    """State the tree of this minute. The witness's key is made with the log's own, so that others can be told it."""
    growing.signer(NoteKey.Kind.WITNESS)
    growing.make_checkpoint()


@every(60)
def ask_peers() -> None:
    """Watch other logs and collect cosignatures of this one, those that were not asked longest first."""
    end = time.monotonic() + TURN
    for peer in Peer.objects.filter(active=True).select_related("organisation").order_by("seen_at", "id"):
        if time.monotonic() > end:
            break
        _ACTS[Peer.Relation(peer.role)](peer)
