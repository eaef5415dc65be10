"""All that an offline verification rests on, in one file: keys, status lists, checkpoint. No Django.

The file itself is not signed. Each of its parts is: the trust bundle and the lists by the platform, the checkpoint by
the log and its witnesses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, loads
from quanheng.kernel.attestations.credentials.trust import MAX_BUNDLE_BYTES, TrustBundle, load
from quanheng.kernel.attestations.errors import AttestationError, TrustError
from quanheng.kernel.statuslists.lists import BadList, StatusList, opened

TYPE = "VerificationBundle"


def unbundled(data: bytes, pin: str | None = None) -> TrustBundle:
    """Read a bundle: trust, with its status lists and checkpoint. TrustError where it is none."""
    try:
        document = loads(data, max_bytes=MAX_BUNDLE_BYTES)
        if document.get("type") != TYPE:
            raise TrustError("bundle-type", "文件不是查验包。", "The file is not a verification bundle.")
        trust = load(canonical_bytes(document["trust"]), pin)
        trust.checkpoint = str(document.get("checkpoint", ""))
        with_lists(trust, document.get("statusLists", ()))
    except TrustError:
        raise
    except (AttestationError, KeyError, TypeError, AttributeError) as error:
        raise TrustError(
            "bundle-format", "查验包格式不正确，请重新下载。", f"The verification bundle is malformed ({error})."
        ) from error
    return trust


def with_lists(trust: TrustBundle, documents: Iterable[dict[str, Any] | bytes]) -> None:
    """Add status lists to a trust bundle. What is no list of the platform's is kept as the reason why it is not."""
    lists: dict[str, StatusList | BadList] = dict(trust.lists or {})
    for one in documents:
        try:
            document = loads(one) if isinstance(one, bytes) else one
        except AttestationError as error:
            raise TrustError(
                error.code, f"状态清单不可用：{error.zh}", f"The status list cannot be used: {error.en}"
            ) from error
        try:
            found: StatusList | BadList = opened(document, trust.platform)
        except BadList as problem:
            found = problem
        lists[str(document.get("id"))] = found
    trust.lists = lists
