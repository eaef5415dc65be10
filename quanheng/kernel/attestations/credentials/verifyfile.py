"""Verification of a file of any kind the platform hands out: JSON original or PDF rendition."""

from datetime import datetime

from quanheng.kernel.attestations.credentials.canonical import loads
from quanheng.kernel.attestations.credentials.credential import problems
from quanheng.kernel.attestations.credentials.trust import TrustBundle
from quanheng.kernel.attestations.credentials.verdict import Check, Verdict
from quanheng.kernel.attestations.credentials.verify import AFTER_FORMAT, ASK_EN, ASK_ZH, skipped, verify
from quanheng.kernel.attestations.errors import AttestationError
from quanheng.kernel.attestations.pdf.judged import judged
from quanheng.kernel.attestations.pdf.rendering import renderer
from quanheng.kernel.attestations.pdf.text import LaysOut, attached_original, check_printed, is_pdf
from quanheng.kernel.translog.proof import Evidence


def verify_file(
    data: bytes,
    trust: TrustBundle | None,
    now: datetime,
    layout: LaysOut | None = None,
    evidence: Evidence | None = None,
) -> Verdict:
    """Verify the bytes of a JSON original or a PDF; never raises for bad input.

    `layout` lays out what PDFs are compared with; this process does when None. `evidence` is as of `verify`.
    """
    if not is_pdf(data):
        return verify(data, trust, now, evidence=evidence)
    try:
        original = attached_original(data)
    except AttestationError as error:
        unreadable = Check("format", "fail", error.zh, error.en, ASK_ZH, ASK_EN)
        rest = ("canonical", *AFTER_FORMAT, "pdf", "printed")
        return Verdict((unreadable, *(skipped(code) for code in rest)), "unknown", None)
    return verify(original, trust, now, _of_file(data, original, trust, layout), evidence)


def _of_file(pdf: bytes, original: bytes, trust: TrustBundle | None, layout: LaysOut | None) -> tuple[Check, ...]:
    try:
        document = loads(original)
        if problems(document):
            return skipped("pdf"), skipped("printed")
    except AttestationError:
        return skipped("pdf"), skipped("printed")
    signature, signed = judged(pdf, document["issuer"]["id"], trust)
    known = trust.renditions.get(document["id"], frozenset()) if trust else frozenset()
    try:
        return signature, check_printed(pdf, document, layout or renderer(), known, signed)
    except AttestationError as error:
        return signature, Check("printed", "not-evaluated", error.zh, error.en, ASK_ZH, ASK_EN)
