"""eddsa-jcs-2022: Ed25519 over JSON canonical form (W3C Data Integrity EdDSA Cryptosuites 1.0, 3.3)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from quanheng.kernel.attestations.credentials.suites.jcs import JcsSuite


class EddsaJcs2022(JcsSuite):
    """Ed25519 (RFC 8032) and SHA-256."""

    name, codec, curve = "eddsa-jcs-2022", "ed25519-pub", "Ed25519"

    def holds(self, key: bytes, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except InvalidSignature:
            return False
        return True
