"""Signers with keys in a device that keeps them; those with sealed keys of our own are in ``sealing``.

A suite asks a signer for its key reference and for the signature over some bytes, and knows nothing else of it
(``suites.base.Signer``). Keys in a security module or a signature server are reached through ``Token``: what PKCS #11
calls a session in which an object is found by its label and signs with a mechanism.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

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
