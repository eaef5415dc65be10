"""Keys of issuers: made, sealed for storage, valid for an interval, used through a signer.

The private key never leaves this module unsealed except inside a signer. Production keys may live in
a signature server or security module instead: anything with `key_id` and `sign` is a signer.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

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


class Ed25519Signer:
    """Signs with one Ed25519 key."""

    def __init__(self, key_id: str, private: Ed25519PrivateKey, validity: Validity) -> None:
        self.key_id = key_id
        self.validity = validity
        self._private = private

    @property
    def public_multikey(self) -> str:
        """Public part as Multikey text."""
        return multikey.encode("ed25519-pub", self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over `message` (RFC 8032)."""
        return self._private.sign(message)

    def require_valid(self, moment: datetime) -> None:
        """Raise KeyNotValid unless the key may sign at `moment` (aware)."""
        if not self.validity.contains(moment):
            raise KeyNotValid(
                "key-not-valid",
                f"密钥 {self.key_id} 在 {moment.isoformat()} 不在有效期内，请先启用新的签名密钥。",
                f"Key {self.key_id} is not valid at {moment.isoformat()}; activate a new signing key first.",
            )


def generate(issuer_did: str, kek: bytes) -> NewKey:
    """Make an Ed25519 key for an issuer and seal it under `kek` (32 bytes).

    The key reference is the issuer's identifier, a number sign and the public Multikey.
    """
    private = Ed25519PrivateKey.generate()
    public = multikey.encode("ed25519-pub", private.public_key().public_bytes_raw())
    key_id = f"{issuer_did}#{public}"
    return NewKey(key_id, public, seal(private.private_bytes_raw(), kek, key_id))


def unseal_signer(key_id: str, sealed: str, kek: bytes, validity: Validity) -> Ed25519Signer:
    """Return a signer from a sealed key; MalformedKey when `kek` or `key_id` is not that of sealing."""
    private = Ed25519PrivateKey.from_private_bytes(unseal(sealed, kek, key_id))
    return Ed25519Signer(key_id, private, validity)


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
