"""Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature/v1; Ed25519).

A note is a text with signature lines below it. Signatures of keys that are not known are passed over; one of a known
key that does not verify spoils the note.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from quanheng.kernel.translog.merkle import EMPTY, HASH_BYTES

# Kinds of keys by their identifier byte.
LOG, WITNESS = 0x01, 0x04
KEY_BYTES, STAMP_BYTES, SIGNATURE_BYTES = 32, 8, 64
# More is refused unread: 16 signatures have to be accepted, and ours are short.
MAX_BYTES, MAX_SIGNATURES = 64 * 1024, 64
LATEST_STAMP = 2**63 - 1
MAX_SIZE = 2**63 - 1
_LINE = re.compile(r"\u2014 (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})")
_NAME = re.compile(r"[^\s+]{1,200}")


class BadNote(Exception):
    """A text is no signed note, checkpoint or key, or is not signed by whom it must be; the text says why."""


@dataclass(frozen=True)
class Verifier:
    """A public key with its name. ``kind`` says what it signs: notes as a log, or cosignatures as a witness."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before each signature."""
        return hashlib.sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:4]

    @classmethod
    def read(cls, vkey: str) -> Verifier:
        """The key in a text such as ``example.com/log+c74f20a3+ARpc…``. BadNote where it is none."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, body = rest.partition("+")
        raw = _decoded(body)
        if not _NAME.fullmatch(name) or len(raw) != 1 + KEY_BYTES or raw[0] not in (LOG, WITNESS):
            raise BadNote("this is no Ed25519 verifier key of a log or a witness")
        found = cls(name, raw[0], raw[1:])
        if found.key_id.hex() != key_id:
            raise BadNote("the key and its identifier do not belong together")
        return found

    def __str__(self) -> str:
        body = b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{body}"

    def stamp_of(self, text: str, signature: bytes) -> int | None:
        """Verify a signature over a note's text: the time that a witness put into it, None for a log's own.

        BadNote where it does not verify.
        """
        stamp: int | None = None
        message, proof = text.encode(), signature
        if self.kind == WITNESS:
            stamp, proof = int.from_bytes(signature[:STAMP_BYTES], "big"), signature[STAMP_BYTES:]
            if len(signature) != STAMP_BYTES + SIGNATURE_BYTES or stamp > LATEST_STAMP:
                raise BadNote(f"the cosignature of {self.name} is malformed")
            message = cosigned(text, stamp)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(proof, message)
        except (InvalidSignature, ValueError) as error:
            raise BadNote(f"the signature of {self.name} does not verify") from error
        return stamp


@dataclass(frozen=True)
class Signer:
    """A private key with its name."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def line(self, text: str, stamp: int = 0) -> str:
        """The signature line over a note's text; ``stamp``, in POSIX seconds, is what a witness puts into it."""
        if self.kind == WITNESS:
            signature = stamp.to_bytes(STAMP_BYTES, "big") + self.private.sign(cosigned(text, stamp))
        else:
            signature = self.private.sign(text.encode())
        return line_of(self.name, self.verifier.key_id, signature)


def line_of(name: str, key_id: bytes, signature: bytes) -> str:
    """A signature line."""
    return f"\u2014 {name} {b64encode(key_id + signature).decode()}\n"


def cosigned(text: str, stamp: int) -> bytes:
    """What a witness signs (tlog-cosignature, Ed25519 signed message)."""
    return f"cosignature/v1\ntime {stamp}\n{text}".encode()


@dataclass(frozen=True)
class Note:
    """A text, and its signatures: (name, key identifier, signature)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(line_of(*one) for one in self.signatures)}"

    @classmethod
    def read(cls, data: bytes | str) -> Note:
        """Read a signed note without believing it yet. BadNote where it is none."""
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > MAX_BYTES:
            raise BadNote("the note is too long")
        try:
            whole = raw.decode()
        except UnicodeDecodeError as error:
            raise BadNote("the note is not UTF-8") from error
        if any(character < " " and character != "\n" for character in whole):
            raise BadNote("the note has control characters")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise BadNote("the note has no signatures")
        signatures = []
        for line in lines[:-1].split("\n"):
            found = _LINE.fullmatch(line)
            body = _decoded(found["signature"]) if found else b""
            if found is None or len(body) < 5:
                raise BadNote("a signature line is malformed")
            signatures.append((found["name"], body[:4], body[4:]))
        if len(signatures) > MAX_SIGNATURES:
            raise BadNote("the note has too many signatures")
        return cls(text + "\n", tuple(signatures))

    def signed_by(self, keys: Iterable[Verifier]) -> dict[Verifier, int | None]:
        """Those of ``keys`` that signed, each with a witness's time. BadNote where one of them did so wrongly."""
        known = {(key.name, key.key_id): key for key in keys}
        found: dict[Verifier, int | None] = {}
        for name, key_id, signature in self.signatures:
            if key := known.get((name, key_id)):
                found[key] = key.stamp_of(self.text, signature)
        return found


@dataclass(frozen=True)
class Checkpoint:
    """A tree as its log states it: who the log is, how many leaves, the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text (tlog-checkpoint): origin, size, root."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """Read a note text as a checkpoint; extension lines are passed over. BadNote where it is none."""
        origin, *rest = text.split("\n")
        if len(rest) < 3 or rest[-1] or not all(rest[:-1]) or not origin:
            raise BadNote("a checkpoint has an origin, a size and a root, each in a line of its own")
        size, root = rest[0], _decoded(rest[1])
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", size) or int(size) > MAX_SIZE:
            raise BadNote("the size is no number")
        if len(root) != HASH_BYTES:
            raise BadNote("the root is no hash")
        if int(size) == 0 and root != EMPTY:
            raise BadNote("the root of an empty tree is the hash of nothing")
        return cls(origin, int(size), root)


@dataclass(frozen=True)
class Signed:
    """A checkpoint that its log signed: the note, and the witnesses who signed it, each with the time."""

    checkpoint: Checkpoint
    note: Note
    witnesses: dict[Verifier, int]


def opened(data: bytes | str, log: Iterable[Verifier], witnesses: Iterable[Verifier] = ()) -> Signed:
    """A checkpoint that one of the keys ``log`` signed as the origin that it names. BadNote for anything else."""
    note = Note.read(data)
    checkpoint = Checkpoint.read(note.text)
    found = note.signed_by([*log, *witnesses])
    if not any(key.kind == LOG and key.name == checkpoint.origin for key in found):
        raise BadNote(f"the checkpoint of {checkpoint.origin} is not signed by a key of that log")
    stamps = {key: stamp for key, stamp in found.items() if key.kind == WITNESS and stamp is not None}
    return Signed(checkpoint, note, stamps)


def _decoded(text: str) -> bytes:
    """Strict Base64, in the one spelling that encoding gives; b"" where it is none."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if b64encode(raw).decode() == text else b""
