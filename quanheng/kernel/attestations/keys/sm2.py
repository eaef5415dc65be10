"""SM3 (GB/T 32905-2016) and SM2 signatures (GB/T 32918.2-2016, curve of GB/T 32918.5-2017).

Verification handles public values only, so that plain integers do. Signing here is for tests: it neither hides its
timing nor keeps its key from the memory. Where SM2 signatures have force in law, a certified module makes them
(``signers``).
"""

from __future__ import annotations

from quanheng.kernel.attestations.errors import MalformedKey

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
# Who signs, where nothing else is agreed (GM/T 0009-2012, clause 10).
USUAL_ID = b"1234567812345678"
Point = tuple[int, int] | None
_M32 = 0xFFFFFFFF
_IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def sm3(data: bytes) -> bytes:
    """The 32-byte digest of ``data`` (GB/T 32905, clause 5)."""
    state = _IV
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (len(data) * 8).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        words = [int.from_bytes(padded[place : place + 4], "big") for place in range(start, start + 64, 4)]
        for j in range(16, 68):
            mixed = words[j - 16] ^ words[j - 9] ^ _left(words[j - 3], 15)
            words.append(mixed ^ _left(mixed, 15) ^ _left(mixed, 23) ^ _left(words[j - 13], 7) ^ words[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            turned = _left(a, 12)
            ss1 = _left((turned + e + _left(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32)) & _M32, 7)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
            tt1 = (ff + d + (ss1 ^ turned) + (words[j] ^ words[j + 4])) & _M32
            tt2 = (gg + h + ss1 + words[j]) & _M32
            a, b, c, d = tt1, a, _left(b, 9), c
            e, f, g, h = tt2 ^ _left(tt2, 9) ^ _left(tt2, 17), e, _left(f, 19), g
        state = tuple(new ^ old for new, old in zip((a, b, c, d, e, f, g, h), state, strict=True))  # type: ignore[assignment]
    return b"".join(word.to_bytes(4, "big") for word in state)


def _left(word: int, by: int) -> int:
    return ((word << by) | (word >> (32 - by))) & _M32 if by else word


def read_point(raw: bytes) -> tuple[int, int]:
    """A public key of 33 bytes, compressed (GB/T 32918.1, 4.2.10). MalformedKey where it is no point of the curve."""
    x = int.from_bytes(raw[1:], "big")
    square = (pow(x, 3, P) + A * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    if len(raw) != 33 or raw[0] not in (2, 3) or x >= P or y * y % P != square:
        raise MalformedKey("sm2-key", "不是 SM2 曲线上的公钥。", "The public key is no point of the SM2 curve.")
    return x, y if y & 1 == raw[0] & 1 else P - y


def compressed(point: tuple[int, int]) -> bytes:
    """The 33 bytes of a public key."""
    return bytes([2 + (point[1] & 1)]) + point[0].to_bytes(32, "big")


def digest_of(public: tuple[int, int], message: bytes, who: bytes = USUAL_ID) -> int:
    """The number that is signed: SM3 of Z and the message (GB/T 32918.2, 5.5 and 6.1)."""
    fixed = (A, B, *G, *public)
    z = sm3((len(who) * 8).to_bytes(2, "big") + who + b"".join(one.to_bytes(32, "big") for one in fixed))
    return int.from_bytes(sm3(z + message), "big")


def holds(public: tuple[int, int], message: bytes, signature: bytes, who: bytes = USUAL_ID) -> bool:
    """Whether 64 bytes r ‖ s are a signature over the message (GB/T 32918.2, 7.1)."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t):
        return False
    found = _sum(_times(s, G), _times(t, public))
    return found is not None and (digest_of(public, message, who) + found[0]) % N == r


def sign_for_tests(secret: int, message: bytes, k: int, who: bytes = USUAL_ID) -> bytes:
    """A signature with a nonce ``k`` (GB/T 32918.2, 6.1), to have something to verify. Never for a report."""
    public, nonce = _times(secret, G), _times(k, G)
    assert public is not None and nonce is not None
    r = (digest_of(public, message, who) + nonce[0]) % N
    s = pow(1 + secret, -1, N) * (k - r * secret) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _sum(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) % P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def _times(factor: int, point: Point) -> Point:
    found: Point = None
    for bit in bin(factor)[2:]:
        found = _sum(found, found)
        if bit == "1":
            found = _sum(found, point)
    return found
