"""sm2-sm3-jcs: SM2 with SM3 over JSON canonical form, for domestic use. No W3C suite: built like those that are.

Here it is verified. It is signed by a certified signature server or security module (``signers``).
"""

from quanheng.kernel.attestations.credentials.suites.jcs import JcsSuite
from quanheng.kernel.attestations.keys import sm2


class Sm2Jcs(JcsSuite):
    """SM2 (GB/T 32918) and SM3 (GB/T 32905); a signature is r ‖ s of 64 bytes."""

    name, codec, curve = "sm2-sm3-jcs", "sm2-pub", "SM2"

    def digest(self, data: bytes) -> bytes:
        return sm2.sm3(data)

    def holds(self, key: bytes, signature: bytes, message: bytes) -> bool:
        return sm2.holds(sm2.read_point(key), message, signature)
