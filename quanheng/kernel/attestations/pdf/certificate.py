"""Certificates under which the PDFs of an issuer are signed: P-256, X.509 (RFC 5280), one for each of its keys.

PDF viewers know nothing of Multikeys: they want a certificate. It is self-signed. Whom a key belongs to is told by the
trust bundle, which has its SHA-256 beside the issuer's key; an authority of the platform's own would be one more secret
that can make certificates for everybody, and no viewer knows it either.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from quanheng.kernel.attestations.errors import MalformedKey

# "No well-defined expiration date" (RFC 5280 4.1.2.5): until when it signs is told by the trust bundle and the log.
NO_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
NAME_LENGTH = 64  # characters of a name in a certificate (RFC 5280, ub-common-name)
SCALAR_BYTES = 32


@dataclass(frozen=True)
class Signing:
    """What a PDF is signed with: the certificate (DER), the time it tells, and whoever makes the signature (DER)."""

    certificate: bytes
    at: datetime
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Named:
    """Whom a certificate names: the issuer's identifier, its name, its unified social credit code."""

    did: str
    name: str
    uscc: str = ""


def generate(issuer: Named, since: datetime) -> tuple[bytes, bytes]:
    """Make a key and its certificate; returns the certificate (DER) and the private key (32 bytes)."""
    private = generate_private_key(SECP256R1())
    # The library counts its bytes and not its characters. Viewers show this one; the whole name stands beside it.
    short = issuer.name.encode()[:NAME_LENGTH].decode(errors="ignore")
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, short),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer.name[:NAME_LENGTH]),
            *([x509.NameAttribute(NameOID.SERIAL_NUMBER, issuer.uscc)] if issuer.uscc else []),
        ]
    )
    public = private.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(NO_END)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        # No extended key usage: NSS, and with it pdfsig, knows nothing of document signing (RFC 9336) and refuses it.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(issuer.did)]), critical=False)
        .sign(private, SHA256())
    )
    return certificate.public_bytes(Encoding.DER), private.private_numbers().private_value.to_bytes(SCALAR_BYTES, "big")


def _usage() -> x509.KeyUsage:
    off = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False)  # fmt: skip
    return x509.KeyUsage(digital_signature=True, content_commitment=True, **off)


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER) in hexadecimal, as viewers and the bundle show it; "" where there is none."""
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


def pem(certificate: bytes) -> str:
    """A certificate (DER) as the text that viewers and keyrings read."""
    body = b64encode(certificate).decode()
    lines = "\n".join(body[place : place + 64] for place in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


class CertifiedSigner:
    """Signs PDFs with one P-256 key whose certificate everybody may have."""

    def __init__(self, certificate: bytes, scalar: bytes) -> None:
        """Take a key that `generate` made. MalformedKey where it is not that of the certificate."""
        self.certificate = certificate
        try:
            self._private: EllipticCurvePrivateKey = derive_private_key(int.from_bytes(scalar, "big"), SECP256R1())
            fits = x509.load_der_x509_certificate(certificate).public_key() == self._private.public_key()
        except (ValueError, UnsupportedAlgorithm):
            fits = False
        if not fits:
            raise MalformedKey(
                "pdf-key",
                "所存的 PDF 签名密钥与其证书不符：存储内容被改动，请联系平台管理员。",
                "The stored PDF key does not fit its certificate: the store was changed; tell the administrator.",
            )

    def sign(self, message: bytes) -> bytes:
        """Return the DER signature over `message`: the same each time (RFC 6979), so that PDFs are too."""
        return self._private.sign(message, ECDSA(SHA256(), deterministic_signing=True))
