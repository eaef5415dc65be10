"""ecdsa-jcs-2019 with P-256 (W3C Data Integrity ECDSA Cryptosuites 1.0, 3.3): what most security modules can do."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from quanheng.kernel.attestations.credentials.suites.jcs import JcsSuite
from quanheng.kernel.attestations.errors import MalformedKey


class EcdsaJcs2019(JcsSuite):
    """ECDSA on P-256 with SHA-256; a signature is r ‖ s of 64 bytes (IEEE 1363)."""

    name, codec, curve = "ecdsa-jcs-2019", "p256-pub", "P-256"

    def holds(self, key: bytes, signature: bytes, message: bytes) -> bool:
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
            public.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        except ValueError as error:
            raise MalformedKey("p256-key", "不是 P-256 曲线上的公钥。", "The key is no point of P-256.") from error
        return True
