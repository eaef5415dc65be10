"""Drivers: what makes the signatures of a suite with a private key, here or in a device that keeps it.

A suite asks a signer for its key reference and for the signature over some bytes, and knows nothing else of it
(``suites.base.Signer``). Keys in a security module or a signature server are reached through ``Token``: what PKCS #11
calls a session in which an object is found by its label and signs with a mechanism.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from quanheng.kernel.attestations.keys import multikey

# suite -> mechanism by which a module makes its signatures (PKCS #11 3.1; SM2 as vendors of the GM/T 0018 interface
# number it differently, the token's own driver translates it)
MECHANISMS = {"eddsa-jcs-2022": "CKM_EDDSA", "ecdsa-jcs-2019": "CKM_ECDSA_SHA256", "sm2-sm3-jcs": "SM3-SM2"}


class Token(Protocol):
    """A security module or signature server in which a private key stays."""

    def sign(self, label: str, mechanism: str, message: bytes) -> bytes:
        """The raw signature (64 bytes for all of our suites) by the key with a label. OSError where it is not there."""
        ...


@dataclass(frozen=True)
class TokenSigner:
    """Signs with a key that never leaves its token."""

    key_id: str
    token: Token
    label: str
    suite: str

    def sign(self, message: bytes) -> bytes:
        """Return the token's signature. ValueError where it is not 64 bytes, as all of our suites have."""
        signature = self.token.sign(self.label, MECHANISMS[self.suite], message)
        if len(signature) != 64:
            raise ValueError(f"the token gave {len(signature)} bytes for a signature of {self.suite}, not 64")
        return signature


class P256Signer:
    """Signs with one P-256 key in this process."""

    def __init__(self, key_id: str, private: EllipticCurvePrivateKey) -> None:
        self.key_id, self._private = key_id, private

    @classmethod
    def made(cls, issuer: str) -> P256Signer:
        """A new key of an issuer, by whose identifier and public part it is referred to."""
        private = generate_private_key(SECP256R1())
        public = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return cls(f"{issuer}#{multikey.encode('p256-pub', public)}", private)

    def sign(self, message: bytes) -> bytes:
        """Return r ‖ s of 64 bytes over ``message``."""
        r, s = decode_dss_signature(self._private.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
