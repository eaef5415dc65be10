"""What the suites over JSON canonical form share (W3C Data Integrity: EdDSA 3.3, ECDSA 3.3): only the curve differs."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, ClassVar

import base58

from quanheng.kernel.attestations.credentials.canonical import canonical_bytes, known_bytes
from quanheng.kernel.attestations.credentials.suites.base import Document, Proof, Signer
from quanheng.kernel.attestations.errors import MalformedJson, MalformedKey, ProofError
from quanheng.kernel.attestations.keys import multikey


class JcsSuite(ABC):
    """Create and verify proofs; the hash of the options comes before the hash of the document."""

    name: ClassVar[str]
    # The codec of its public keys (``multikey.CODECS``), and how these are called.
    codec: ClassVar[str]
    curve: ClassVar[str]

    def create(self, document: Document, signer: Signer, created: str) -> Proof:
        """Return the proof of an unsigned document (section 3.3.1).

        `created` is an RFC 3339 date and time. MalformedJson when the document has no canonical form.
        """
        proof: dict[str, Any] = {
            "type": "DataIntegrityProof",
            "cryptosuite": self.name,
            "created": created,
            "verificationMethod": signer.key_id,
            "proofPurpose": "assertionMethod",
        }
        if "@context" in document:
            proof["@context"] = document["@context"]
        signature = signer.sign(self.hash_data(canonical_bytes(document), proof))
        return proof | {"proofValue": "z" + base58.b58encode(signature).decode("ascii")}

    def verify(self, document: Document, proof: Proof, public_multikey: str) -> None:
        """Return when the proof holds (section 3.3.2); ProofError when it does not.

        The document is one that `loads` read or `canonical_bytes` took.
        """
        if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != self.name:
            raise ProofError(
                "proof-type",
                f"签名类型应为 DataIntegrityProof，套件应为 {self.name}。",
                f"The proof must be a DataIntegrityProof of suite {self.name}.",
                "proof.type",
            )
        if proof.get("proofPurpose") != "assertionMethod":
            raise ProofError(
                "proof-purpose",
                "签名用途应为 assertionMethod（出具陈述）。",
                "The proof purpose must be assertionMethod.",
                "proof.proofPurpose",
            )
        unsigned = {name: value for name, value in document.items() if name != "proof"}
        if "@context" in proof:
            # Section 3.3.2 step 4: the document's contexts must start with those of the proof, in order.
            signed_context = _as_list(proof["@context"])
            if _as_list(unsigned.get("@context"))[: len(signed_context)] != signed_context:
                raise ProofError(
                    "proof-context",
                    "签名所用的语义上下文与文件不一致。",
                    "The proof's context is not that of the document.",
                    "proof.@context",
                )
            unsigned["@context"] = proof["@context"]
        options = {name: value for name, value in proof.items() if name != "proofValue"}
        try:
            signature = multikey.decode_base58(proof.get("proofValue", ""))
            codec, key = _public(public_multikey)
            if codec != self.codec:
                raise MalformedKey("key-type", f"不是 {self.curve} 公钥。", f"Not a public key of {self.curve}.")
            held = self.holds(key, signature, self.hash_data(known_bytes(unsigned), options))
        except (MalformedKey, MalformedJson) as error:
            raise ProofError(error.code, error.zh, error.en, "proof") from error
        if not held:
            raise ProofError(
                "signature",
                "数字签名与内容不符：内容、签名或密钥在签发后被改动。",
                "The signature does not fit the content: content, signature or key changed after issue.",
                "proof.proofValue",
            )

    def hash_data(self, document: bytes, options: Proof) -> bytes:
        """Return the signed bytes: digest of the options, then of the document's canonical form (3.3.4)."""
        return self.digest(canonical_bytes(options)) + self.digest(document)

    def digest(self, data: bytes) -> bytes:
        """The suite's hash function."""
        return hashlib.sha256(data).digest()

    @abstractmethod
    def holds(self, key: bytes, signature: bytes, message: bytes) -> bool:
        """Whether the signature over the message was made with the raw public key; MalformedKey for no key."""


# One issuer's key verifies many documents; reading it takes a fifth of what its signature takes.
_public = lru_cache(4096)(multikey.decode)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
