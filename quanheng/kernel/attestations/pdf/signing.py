"""The signature on a PDF: PAdES (ETSI EN 319 142-1) by pyHanko, P-256, certifying that nothing may be changed after it.

The process that lays out imports this, for pyHanko takes 30 MB; it has no private key: what is to be signed goes to
whoever holds it. The same page, certificate and time give the same bytes.
"""

import hashlib
import io
from datetime import timedelta, timezone
from functools import lru_cache
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from quanheng.kernel.attestations.pdf import cms
from quanheng.kernel.attestations.pdf.certificate import Signing

BEIJING = timezone(timedelta(hours=8))
FIELD = "Signature"
# Hexadecimal digits of the room for the container. It takes 3300 with the longest name, which stands in it three times.
ROOM = 4096


class _Writer(IncrementalPdfFileWriter):
    """Adds what the signature needs and nothing else."""

    def _update_meta(self) -> None:
        """Leave the metadata as they are: pyHanko would write the time of day and its own spelling of the XMP packet,
        whose PDF/A-3 identification is Typst's."""


@lru_cache(maxsize=256)
def _signer(certificate: bytes) -> PdfSigner:
    """What pyHanko knows of the signature before there is a document; it never signs itself."""
    known = x509.Certificate.load(certificate)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=known.subject.native["common_name"],
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
    )
    return PdfSigner(metadata, ExternalSigner(known, None, ROOM))


def signed(pdf: bytes, signing: Signing) -> bytes:
    """Return the PDF with an incremental update that signs all of it and forbids every change (DocMDP 1)."""
    writer = _Writer(io.BytesIO(pdf))
    # pyHanko would draw the second half of the file's identifier.
    identifier: Any = writer._document_id
    identifier[1] = type(identifier[1])(hashlib.sha256(pdf + signing.certificate).digest()[:16])
    session = _signer(signing.certificate).init_signing_session(writer)
    session.system_time = signing.at.astimezone(BEIJING)
    prepared = session.prepare_tbs_document(validation_info=None, bytes_reserved=ROOM)
    digest, output = prepared.digest_tbs_document()
    signature = signing.sign(cms.attributes(signing.certificate, digest.document_digest))
    container = cms.container(signing.certificate, digest.document_digest, signature)
    # pyHanko's own last step begins an event loop to do the same.
    digest.fill_with_cms(output, container)
    output.seek(0)
    whole: bytes = output.read()
    return whole
