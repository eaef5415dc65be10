"""What the background worker does for the log."""

from __future__ import annotations

import logging
import time

from django.db.models import F

from quanheng.kernel.base.periodic import every
from quanheng.kernel.translog import growing, watching
from quanheng.kernel.translog.models import NoteKey, Peer

logger = logging.getLogger(__name__)

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
    peers = Peer.objects.filter(active=True).select_related("organisation")
    for peer in peers.order_by(F("seen_at").asc(nulls_first=True), "id"):
        if time.monotonic() > end:
            break
        try:
            _ACTS[Peer.Relation(peer.role)](peer)
        except Exception:
            # Whatever one of them sends, the others get their turn.
            logger.exception("peer %s of the log", peer.name)
