"""Reading the signature on a PDF back: whether the file is as it was signed, and by whom.

Strict, since only our own signatures are to be told from everything else: one covers the whole file but itself, and its
container is the only one that certificate, digest and signature can have (``cms``). So no byte can be changed unseen.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from quanheng.kernel.attestations.pdf import cms
from quanheng.kernel.attestations.pdf.certificate import fingerprint

if TYPE_CHECKING:
    from pypdf import PdfReader

_RANGE = re.compile(rb"/ByteRange\s*\[")
_MOMENT = re.compile(r"D:(\d{14})([+-]\d\d)'(\d\d)'?")
NO_CHANGES = 1  # DocMDP, ISO 32000-1 table 254


class BadSignature(ValueError):
    """The signature does not hold; `zh` and `en` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True)
class PdfSignature:
    """A signature that holds: the whole file is as the holder of this certificate signed it."""

    certificate: str  # SHA-256
    name: str
    at: datetime


CHANGED = ("文件在签名之后被改动。", "The file was changed after it was signed.")
APPENDED = ("签名之后又追加了内容。", "Something was appended after the signature.")
NOT_OURS = ("签名不是本平台文件应有的那一种。", "The signature is not of the kind that these files have.")


def signature_in(pdf: bytes, reader: "PdfReader") -> PdfSignature | None:
    """Return the signature of a PDF, None where there is none; BadSignature where there is one that does not hold."""
    found = _dictionaries(reader)
    ranges = len(_RANGE.findall(pdf))
    if not found and not ranges:
        return None
    # A signature that is in the file and that its newest revision does not show.
    if len(found) != 1 or ranges != 1:
        raise BadSignature(*(APPENDED if ranges else NOT_OURS))
    return _held(pdf, found[0])


def _dictionaries(reader: "PdfReader") -> list[Any]:
    form = _dictionary(_dictionary(reader.trailer["/Root"]).get("/AcroForm"))
    fields = [_dictionary(one) for one in form.get("/Fields", ())]
    return [_dictionary(one["/V"]) for one in fields if one.get("/FT") == "/Sig" and "/V" in one]


def _dictionary(found: Any) -> Any:
    return {} if found is None else found.get_object()


def _held(pdf: bytes, told: Any) -> PdfSignature:
    start, before, after, rest = (int(one) for one in told["/ByteRange"])
    if after + rest < len(pdf):
        raise BadSignature(*APPENDED)
    if start != 0 or after + rest != len(pdf) or not 0 < before < after:
        raise BadSignature(*CHANGED)
    hole = pdf[before:after]
    if hole[:1] != b"<" or hole[-1:] != b">" or not _certifies(told):
        raise BadSignature(*NOT_OURS)
    digits = hole[1:-1]
    digest = hashlib.sha256(pdf[:before] + pdf[after:]).digest()
    try:
        container = cms.first(bytes.fromhex(digits.decode("ascii")))
        certificate, signature = cms.opened(container)
        only = cms.container(certificate, digest, signature).hex().upper().encode()
        known = x509.load_der_x509_certificate(certificate)
        public = known.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature(*CHANGED) from error
    if only + b"0" * (len(digits) - len(only)) != digits:
        raise BadSignature(*CHANGED)
    if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256R1):
        raise BadSignature(*NOT_OURS)
    try:
        public.verify(signature, cms.attributes(certificate, digest), ECDSA(SHA256()))
    except InvalidSignature as error:
        raise BadSignature(*CHANGED) from error
    names = known.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return PdfSignature(fingerprint(certificate), str(names[0].value) if names else "", _moment(str(told["/M"])))


def _certifies(told: Any) -> bool:
    """Whether the signature forbids every change."""
    references = [_dictionary(one) for one in told.get("/Reference", ())]
    return any(
        one.get("/TransformMethod") == "/DocMDP" and _dictionary(one["/TransformParams"]).get("/P") == NO_CHANGES
        for one in references
    )


def _moment(text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise BadSignature(*NOT_OURS)
    digits, hours, minutes = found.groups()
    return datetime.strptime(f"{digits}{hours}{minutes}", "%Y%m%d%H%M%S%z")
