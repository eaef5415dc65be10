"""Merkle trees of RFC 6962: hashes, inclusion and consistency proofs, made and verified.

A tree over leaves 0 … size − 1. A *node* (level, index) is the hash over the 2**level leaves from index · 2**level on;
whoever keeps nodes gives them as a function, see ``Nodes``. Nothing here reads or writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

HASH_BYTES = 32
# The hash of a tree without leaves (RFC 6962 2.1).
EMPTY = hashlib.sha256().digest()

# (level, index) → the hash of that whole subtree.
Nodes = Callable[[int, int], bytes]


class ProofFailed(Exception):
    """A proof does not prove what it is said to prove; the text says where it fails."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of an entry as a leaf (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: bytes) -> bytes:
    """The root over 2**n hashes of 32 bytes, given in a row."""
    sha256, one = hashlib.sha256, b"\x01"
    row = [hashes]
    if len(hashes) > HASH_BYTES:
        row = [sha256(one + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)]
    while len(row) > 1:
        pairs = iter(row)
        row = [sha256(one + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return row[0]


def root_of(size: int, nodes: Nodes) -> bytes:
    """The root of the tree over the first ``size`` leaves."""
    return _over(0, size, nodes) if size else EMPTY


def inclusion_proof(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """The audit path of a leaf (RFC 6962 2.1.1), from the leaf upwards. ValueError for a leaf outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return [_over(start, end, nodes) for start, end in _siblings(index, size)]


def consistency_proof(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """The proof that the first ``old`` leaves of a tree of ``new`` are the older tree (RFC 6962 2.1.2).

    Empty where one of the trees is empty or both are the same. ValueError where old > new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} has no part of {old}")
    if old in (0, new):
        return []
    return [_over(start, end, nodes) for start, end in _subproof(old, 0, new, True)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofFailed unless ``proof`` shows the leaf hash at ``index`` of the tree (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofFailed(f"leaf {index} is not in a tree of {size}")
    _require_hashes(leaf, root, *proof)
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofFailed("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofFailed("the proof is too short")
    if found != root:
        raise ProofFailed("the proof leads to another root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise ProofFailed unless ``proof`` shows that one tree is the beginning of the other (RFC 9162 2.1.4.2).

    Every tree begins with the empty one: its root must be the hash of nothing and the proof empty.
    """
    if not 0 <= old <= new:
        raise ProofFailed(f"a tree of {new} has no part of {old}")
    _require_hashes(old_root, new_root, *proof)
    if old == 0 or old == new:
        if proof:
            raise ProofFailed("nothing is to be proven, and yet there is a proof")
        if old_root != (EMPTY if old == 0 else new_root):
            raise ProofFailed("trees of the same size have different roots" if old else "that is no empty tree")
        return
    if not proof:
        raise ProofFailed("the proof is empty")
    rest = list(proof)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = found = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            raise ProofFailed("the proof is too long")
        if place & 1 or place == last:
            was, found = node_hash(sibling, was), node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofFailed("the proof is too short")
    if was != old_root:
        raise ProofFailed("the proof leads to another old root")
    if found != new_root:
        raise ProofFailed("the proof leads to another new root")


class Frontier:
    """The right edge of a growing tree: enough to add leaves and to know the root, of logarithmic size."""

    def __init__(self) -> None:
        self.size = 0
        # Whole subtrees from the largest to the smallest: their levels are the bits of ``size``.
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        size, found = self.size, leaf
        while size & 1:
            found, size = node_hash(self._edge.pop(), found), size >> 1
        self._edge.append(found)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was added."""
        if not self._edge:
            return EMPTY
        found = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found


def _require_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofFailed("a hash has not 32 bytes")


def _split(count: int) -> int:
    """The largest power of two below ``count`` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _over(start: int, end: int, nodes: Nodes) -> bytes:
    """The hash over the leaves from ``start`` to ``end``, which an RFC 6962 tree has as one subtree."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(count)
    return node_hash(_over(start, middle, nodes), _over(middle, end, nodes))


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def _subproof(old: int, start: int, end: int, whole: bool) -> Iterator[tuple[int, int]]:
    """The ranges of SUBPROOF(old, D[start:end], whole); ``old`` counts from ``start``."""
    if old == end - start:
        if not whole:
            yield start, end
        return
    half = _split(end - start)
    if old <= half:
        yield from _subproof(old, start, start + half, whole)
        yield start + half, end
    else:
        yield from _subproof(old - half, start + half, end, False)
        yield start, start + half
