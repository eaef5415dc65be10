"""Keys of issuers: made, sealed for storage, valid for an interval, used through a signer.

The private key never leaves this module unsealed except inside a signer. Production keys may live in
a signature server or security module instead: anything with `key_id` and `sign` is a signer.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from quanheng.kernel.attestations.errors import KeyNotValid, MalformedKey
from quanheng.kernel.attestations.keys import multikey

SEAL_VERSION = "k1"
KEK_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class Validity:
    """Interval of aware times in which a key may sign: start inclusive, end exclusive, None for open."""

    start: datetime
    end: datetime | None = None

    def contains(self, moment: datetime) -> bool:
        """Tell whether `moment` (aware) lies in the interval."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class NewKey:
    """A key just made: its public part, and its private part sealed under the key-encryption key."""

    key_id: str
    public_multikey: str
    sealed: str


class KeptSigner(ABC):
    """Signs in this process with one key, within its validity; ``secret`` are the 32 bytes of its private part."""

    suite: ClassVar[str]
    # The codec of its public part (``multikey.CODECS``).
    codec: ClassVar[str]

    def __init__(self, key_id: str, secret: bytes, validity: Validity) -> None:
        self.key_id = key_id
        self.validity = validity
        self._read(secret)

    @property
    def public_multikey(self) -> str:
        """Public part as Multikey text."""
        return multikey.encode(self.codec, self._public())

    def require_valid(self, moment: datetime) -> None:
        """Raise KeyNotValid unless the key may sign at `moment` (aware)."""
        if not self.validity.contains(moment):
            raise KeyNotValid(
                "key-not-valid",
                f"密钥 {self.key_id} 在 {moment.isoformat()} 不在有效期内，请先启用新的签名密钥。",
                f"Key {self.key_id} is not valid at {moment.isoformat()}; activate a new signing key first.",
            )

    @abstractmethod
    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over `message`: the same for the same message."""

    @staticmethod
    @abstractmethod
    def drawn() -> bytes:
        """The private part of a new key."""

    @abstractmethod
    def _read(self, secret: bytes) -> None: ...

    @abstractmethod
    def _public(self) -> bytes: ...


class Ed25519Signer(KeptSigner):
    """Signs with one Ed25519 key (RFC 8032)."""

    suite, codec = "eddsa-jcs-2022", "ed25519-pub"

    def _read(self, secret: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(secret)

    def _public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    @staticmethod
    def drawn() -> bytes:
        return Ed25519PrivateKey.generate().private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


class P256Signer(KeptSigner):
    """Signs with one P-256 key, deterministically (RFC 6979); a signature is r ‖ s."""

    suite, codec = "ecdsa-jcs-2019", "p256-pub"

    def _read(self, secret: bytes) -> None:
        self._private = derive_private_key(int.from_bytes(secret, "big"), SECP256R1())

    def _public(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    @staticmethod
    def drawn() -> bytes:
        return generate_private_key(SECP256R1()).private_numbers().private_value.to_bytes(32, "big")

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(message, ECDSA(SHA256(), deterministic_signing=True)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


_KINDS: tuple[type[KeptSigner], ...] = (Ed25519Signer, P256Signer)
# suite -> who signs by it; SM2 is signed in a device alone (``signers``).
SIGNERS = {kind.suite: kind for kind in _KINDS}
DEFAULT_SUITE = Ed25519Signer.suite


def generate(issuer_did: str, kek: bytes, suite: str = DEFAULT_SUITE) -> NewKey:
    """Make a key for an issuer that signs by a suite, and seal it under `kek` (32 bytes).

    The key reference is the issuer's identifier, a number sign and the public Multikey.
    """
    secret = SIGNERS[suite].drawn()
    public = SIGNERS[suite]("", secret, Validity(datetime.min)).public_multikey
    key_id = f"{issuer_did}#{public}"
    return NewKey(key_id, public, seal(secret, kek, key_id))


def unseal_signer(key_id: str, sealed: str, kek: bytes, validity: Validity, suite: str = DEFAULT_SUITE) -> KeptSigner:
    """Return a signer from a sealed key; MalformedKey when `kek` or `key_id` is not that of sealing."""
    return SIGNERS[suite](key_id, unseal(sealed, kek, key_id), validity)


def seal(secret: bytes, kek: bytes, key_id: str) -> str:
    """Encrypt a private key with AES-256-GCM, bound to its key reference; returns printable text."""
    nonce = os.urandom(NONCE_BYTES)
    cipher = _cipher(kek).encrypt(nonce, secret, key_id.encode("utf-8"))
    return f"{SEAL_VERSION}.{urlsafe_b64encode(nonce + cipher).decode('ascii')}"


def unseal(sealed: str, kek: bytes, key_id: str) -> bytes:
    """Decrypt what `seal` returned; MalformedKey when anything about it was changed."""
    version, _, body = sealed.partition(".")
    try:
        if version != SEAL_VERSION:
            raise ValueError(version)
        raw = urlsafe_b64decode(body.encode("ascii"))
        return _cipher(kek).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], key_id.encode("utf-8"))
    except (ValueError, InvalidTag) as error:
        raise MalformedKey(
            "sealed-key",
            "无法解开所存的签名密钥：密钥加密密钥不对，或存储内容被改动。",
            "The stored signing key cannot be opened: wrong key-encryption key, or the store was changed.",
        ) from error


def _cipher(kek: bytes) -> AESGCM:
    if len(kek) != KEK_BYTES:
        raise MalformedKey(
            "kek-length",
            f"密钥加密密钥应为 {KEK_BYTES} 字节。",
            f"The key-encryption key must have {KEK_BYTES} bytes.",
        )
    return AESGCM(kek)
