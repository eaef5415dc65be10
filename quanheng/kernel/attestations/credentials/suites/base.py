"""What every signing suite offers, and what it asks of a signer."""

from typing import Any, Protocol

Document = dict[str, Any]
Proof = dict[str, Any]


class Signer(Protocol):
    """Holder of a private key: a sealed key in the database, a signature server, a security module."""

    @property
    def key_id(self) -> str:
        """Key reference that goes into the proof as verificationMethod."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over `message`."""
        ...


class Suite(Protocol):
    """A Data Integrity cryptosuite (W3C Verifiable Credential Data Integrity 1.0, section 4)."""

    @property
    def name(self) -> str:
        """Name as it stands in the proof's member `cryptosuite`."""
        ...

    @property
    def codec(self) -> str:
        """Codec of its public keys (``multikey.CODECS``)."""
        ...

    def holds(self, key: bytes, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature over the message was made with the raw public key; MalformedKey for no key."""
        ...

    def create(self, document: Document, signer: Signer, created: str) -> Proof:
        """Return the proof of an unsigned document, made at `created` (RFC 3339 date and time)."""
        ...

    def verify(self, document: Document, proof: Proof, public_multikey: str) -> None:
        """Return when the proof holds for the document without its proof; raise ProofError when not."""
        ...
