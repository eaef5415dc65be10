"""Multikey and did:key (W3C Controlled Identifiers 1.0, section 2.2.2; did:key method).

A Multikey is the letter z, then base58-btc of a two-byte multicodec prefix and the raw key.
"""

import base58

from quanheng.kernel.attestations.errors import MalformedKey

# name -> (multicodec prefix as unsigned varint, key length in bytes)
CODECS: dict[str, tuple[bytes, int]] = {
    "ed25519-pub": (bytes.fromhex("ed01"), 32),
    "ed25519-priv": (bytes.fromhex("8026"), 32),
    # Compressed points.
    "p256-pub": (bytes.fromhex("8024"), 33),
    "sm2-pub": (bytes.fromhex("8624"), 33),
}
MAX_LENGTH = 128  # longest accepted text; base58 decoding is quadratic in it


def encode(codec: str, key: bytes) -> str:
    """Return the Multikey text of raw key bytes; MalformedKey when the length does not fit the codec."""
    prefix, length = CODECS[codec]
    if len(key) != length:
        raise MalformedKey(
            "key-length",
            f"{codec} 密钥应为 {length} 字节，实为 {len(key)} 字节。",
            f"A {codec} key has {length} bytes, not {len(key)}.",
        )
    return "z" + base58.b58encode(prefix + key).decode("ascii")


def decode(text: str) -> tuple[str, bytes]:
    """Return (codec, raw key bytes) of a Multikey text; MalformedKey when it is not one."""
    raw = decode_base58(text)
    for codec, (prefix, length) in CODECS.items():
        if raw.startswith(prefix) and len(raw) == len(prefix) + length:
            return codec, raw[len(prefix) :]
    raise MalformedKey(
        "key-type",
        "不是受支持的公钥类型（Ed25519、P-256 或 SM2 的 Multikey）。",
        "Not a supported key type (Ed25519, P-256 or SM2 as Multikey).",
    )


def decode_base58(text: str) -> bytes:
    """Return the bytes of a multibase base58-btc text (starts with z); MalformedKey otherwise."""
    if not isinstance(text, str) or not text.startswith("z") or len(text) > MAX_LENGTH or not text.isascii():
        raise MalformedKey(
            "multibase",
            "应为以 z 开头的 base58-btc 文本。",
            "Must be base58-btc text that starts with z.",
        )
    try:
        return base58.b58decode(text[1:])
    except ValueError as error:
        raise MalformedKey("multibase", "base58-btc 文本有误。", "The base58-btc text is damaged.") from error


def did_key(public_multikey: str) -> str:
    """Return the did:key identifier of a public Multikey."""
    return f"did:key:{public_multikey}"


def from_reference(verification_method: str) -> str | None:
    """Return the Multikey that a key reference names after its number sign, or None.

    References of this project and did:key references carry the key itself there, so that the
    integrity of a document can be judged before it is known whose key it is.
    """
    _, _, fragment = verification_method.partition("#")
    try:
        codec, _ = decode(fragment)
    except MalformedKey:
        return None
    return fragment if codec.endswith("-pub") else None
