"""The container of a PDF's signature: CMS SignedData (RFC 5652) as PAdES wants it, written in the one form it can have.

Given certificate, digest and signature there is exactly one such container. So whoever verifies writes it again and
compares: what is not signed in it (algorithms, versions, spelling) cannot be changed either.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from cryptography import x509

SHA256 = bytes.fromhex("300b0609608648016503040201")
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")  # version 2, RFC 5035
ONE = b"\x02\x01\x01"
SEQUENCE, SET, OCTETS, INTEGER = 0x30, 0x31, 0x04, 0x02
INSIDE = 0xA0  # [0], constructed


def attributes(certificate: bytes, digest: bytes) -> bytes:
    """Return the attributes over which the signature is made (DER of a SET): kind, digest, certificate."""
    its_digest = _tlv(OCTETS, hashlib.sha256(certificate).digest())
    rows = (
        _attribute(CONTENT_TYPE, DATA),
        _attribute(MESSAGE_DIGEST, _tlv(OCTETS, digest)),
        _attribute(SIGNING_CERTIFICATE, _sequence(_sequence(_sequence(its_digest)))),
    )
    return _tlv(SET, b"".join(sorted(rows)))


def container(certificate: bytes, digest: bytes, signature: bytes) -> bytes:
    """Return the container (DER): one certificate, one signature over `attributes`."""
    signed = attributes(certificate, digest)
    # Implicitly tagged: [0] instead of SET.
    signer = _sequence(
        ONE, _who(certificate), SHA256, bytes([INSIDE]) + signed[1:], ECDSA_SHA256, _tlv(OCTETS, signature)
    )
    whole = _sequence(ONE, _tlv(SET, SHA256), _sequence(DATA), _tlv(INSIDE, certificate), _tlv(SET, signer))
    return _sequence(SIGNED_DATA, _tlv(INSIDE, whole))


def opened(data: bytes) -> tuple[bytes, bytes]:
    """Return certificate and signature of a container with nothing behind it. ValueError where it is none."""
    kind, whole = _parts(_only(SEQUENCE, data), 2)
    if kind != SIGNED_DATA:
        raise ValueError("not SignedData")
    *_head, certificates, signers = _parts(_only(SEQUENCE, _only(INSIDE, whole)), 5)
    *_rest, signature = _parts(_only(SEQUENCE, _only(SET, signers)), 6)
    return _only(INSIDE, certificates), _only(OCTETS, signature)


def first(data: bytes) -> bytes:
    """Return the first element of what begins with one, whatever stands behind. ValueError where there is none."""
    return _taken(data)[0]


@lru_cache(maxsize=256)
def _who(certificate: bytes) -> bytes:
    """The certificate's issuer and serial number."""
    found = x509.load_der_x509_certificate(certificate)
    serial = found.serial_number
    number = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
    return _sequence(found.issuer.public_bytes(), _tlv(INTEGER, number))


def _attribute(kind: bytes, value: bytes) -> bytes:
    return _sequence(kind, _tlv(SET, value))


def _sequence(*parts: bytes) -> bytes:
    return _tlv(SEQUENCE, b"".join(parts))


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value


def _taken(data: bytes) -> tuple[bytes, bytes, bytes]:
    """The first element, its value, and what stands behind it."""
    if len(data) < 2:
        raise ValueError("an element is cut off")
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
    end = start + size
    if end > len(data):
        raise ValueError("an element is cut off")
    return data[:end], data[start:end], data[end:]


def _only(tag: int, data: bytes) -> bytes:
    """The value of the only element, which has this tag."""
    whole, value, rest = _taken(data)
    if whole[0] != tag or rest:
        raise ValueError(f"expected one element with tag {tag:#x}")
    return value


def _parts(data: bytes, count: int) -> Iterable[bytes]:
    found = []
    while data:
        whole, _value, data = _taken(data)
        found.append(whole)
    if len(found) != count:
        raise ValueError(f"expected {count} elements, found {len(found)}")
    return found
