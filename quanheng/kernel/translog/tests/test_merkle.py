"""Trees, proofs and tiles against the published tree of eight leaves, and against a tree spelled out by RFC 6962."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable, Iterator

import pytest

from quanheng.kernel.translog import merkle, tiles
from quanheng.kernel.translog.merkle import EMPTY, ProofFailed, leaf_hash, verify_consistency, verify_inclusion

# The tree that the Certificate Transparency projects test with, and its roots of size 1 to 8.
LEAVES = [
    bytes.fromhex(one)
    for one in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    bytes.fromhex(one)
    for one in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]


def spelled_out(entries: list[bytes]) -> bytes:
    """The tree hash as RFC 6962 2.1 defines it."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return merkle.node_hash(spelled_out(entries[:half]), spelled_out(entries[half:]))


class Kept(dict[tuple[int, int], bytes]):
    def tile(self, level: int, index: int) -> bytes:
        return self[level, index]


def grown(entries: list[bytes], step: int = 10**9) -> Kept:
    kept = Kept()
    for start in range(0, len(entries), step):
        kept.update(tiles.extend(kept, start, tiles.leaves_hashed(entries[start : start + step])))
    return kept


def test_published_roots_and_proofs() -> None:
    nodes = tiles.Nodes(grown(LEAVES))
    assert [merkle.root_of(size, nodes) for size in range(1, 9)] == ROOTS
    assert merkle.root_of(0, nodes) == EMPTY
    published = [
        "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ]
    assert merkle.inclusion_proof(0, 8, nodes) == [b64decode(one) for one in published]
    assert merkle.consistency_proof(1, 8, nodes) == [b64decode(one) for one in published]
    assert merkle.consistency_proof(6, 7, nodes) == [
        b64decode(one)
        for one in (
            "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
            "sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=",
            "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
        )
    ]


def spoiled(proof: list[bytes], roots: list[bytes]) -> Iterator[list[bytes]]:
    """What the published vectors do to a proof: each of these must be refused."""
    for place, one in enumerate(proof):
        yield [*proof[:place], bytes([one[0] ^ 16]) + one[1:], *proof[place + 1 :]]
    if proof:
        yield []
        yield proof[:-1]
        yield proof[1:]
        yield [proof[0], *proof]
        yield [*proof[:-1], proof[-1][:31]]
    for extra in (b"", b"\x00" * 32, *roots):
        yield [*proof, extra]
        yield [extra, *proof]


def refused(verify: Callable[..., None], *given: object) -> bool:
    try:
        verify(*given)
    except ProofFailed:
        return True
    return False


def test_every_inclusion_is_proven_and_everything_else_refused() -> None:
    nodes = tiles.Nodes(grown(LEAVES))
    for size in range(1, 9):
        root = ROOTS[size - 1]
        for index in range(size):
            leaf, proof = leaf_hash(LEAVES[index]), merkle.inclusion_proof(index, size, nodes)
            verify_inclusion(leaf, index, size, proof, root)
            for wrong in spoiled(proof, [root]):
                assert refused(verify_inclusion, leaf, index, size, wrong, root)
            for other in {index - 1, index + 1, index ^ 2}:
                assert refused(verify_inclusion, leaf, other, size, proof, root)
            for other in {size * 2, size // 2} - {size}:
                # A tree of another size may have the same path; then it has another root.
                assert refused(verify_inclusion, leaf, index, other, proof, spelled_out([b"other"] * other))
            for wrong_leaf, wrong_root in ((b"", root), (EMPTY, root), (leaf, b""), (leaf, EMPTY), (leaf[:31], root)):
                assert refused(verify_inclusion, wrong_leaf, index, size, proof, wrong_root)
    assert refused(verify_inclusion, EMPTY, 0, 0, [], EMPTY), "nothing is in an empty tree"
    with pytest.raises(ValueError):
        merkle.inclusion_proof(8, 8, nodes)


def test_every_consistency_is_proven_and_everything_else_refused() -> None:
    nodes, roots = tiles.Nodes(grown(LEAVES)), [EMPTY, *ROOTS]
    for new in range(9):
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, nodes)
            verify_consistency(old, new, proof, roots[old], roots[new])
            for wrong in spoiled(proof, [roots[old], roots[new]]):
                assert refused(verify_consistency, old, new, wrong, roots[old], roots[new])
            if old != new:
                assert refused(verify_consistency, old, new, proof, roots[new], roots[old])
                assert refused(verify_consistency, old, new, proof, b"\x01" * 32, roots[new])
            for other in {old - 1, old + 1, old ^ 2} - {old}:
                wrong_root = roots[old] if other else b"\x01" * 32
                assert refused(verify_consistency, other, new, proof, wrong_root, b"\x02" * 32)
    assert refused(verify_consistency, 0, 4, [], b"\x00" * 32, ROOTS[3]), "the empty tree has one root"
    assert refused(verify_consistency, 5, 4, [], ROOTS[4], ROOTS[3])
    with pytest.raises(ValueError):
        merkle.consistency_proof(5, 4, nodes)


@pytest.mark.parametrize("size", [255, 256, 257, 700, 65_537])
def test_tiles_hold_the_tree_however_it_grew(size: int) -> None:
    entries = [str(one).encode() for one in range(size)]
    at_once, by_steps = grown(entries), grown(entries, 193 if size < 1000 else 20_011)
    assert at_once == by_steps
    assert {(one.level, one.index) for one in tiles.tiles_of(size)} == set(at_once)
    assert all(len(at_once[one.level or 0, one.index]) == 32 * one.width for one in tiles.tiles_of(size))
    nodes, frontier = tiles.Nodes(at_once), merkle.Frontier()
    for place, entry in enumerate(entries):
        frontier.add(leaf_hash(entry))
        if place in (0, 1, 6, 254, 255, 256, size - 1):
            assert frontier.root() == merkle.root_of(place + 1, nodes)
    root = frontier.root()
    assert root == spelled_out(entries)
    for index in {0, 1, size // 3, size - 1}:
        verify_inclusion(leaf_hash(entries[index]), index, size, merkle.inclusion_proof(index, size, nodes), root)
        proof = merkle.consistency_proof(index, size, nodes)
        verify_consistency(index, size, proof, merkle.root_of(index, nodes), root)


def test_tiles_of_the_published_example() -> None:
    """A tree of 70,000 (tlog-tiles, Partial Tiles)."""
    found = list(tiles.tiles_of(70_000))
    assert [sum(one.level == level and one.width == 256 for one in found) for level in (0, 1, 2)] == [273, 1, 0]
    assert list(tiles.edge(70_000)) == [tiles.Place(0, 273, 112), tiles.Place(1, 1, 17), tiles.Place(2, 0, 1)]
    assert list(tiles.edge(256)) == [tiles.Place(1, 0, 1)]


def test_a_place_has_one_spelling() -> None:
    for path in ("0/x001/x234/067", "63/000.p/1", "entries/000.p/255", "entries/x001/000", "1/999"):
        assert str(tiles.place_of(path)) == path
    for wrong in ("64/000", "0/x000/001", "0/1", "0/000.p/256", "0/000.p/0", "00/000", "0/000/", "../etc/passwd",
                  "0/x001/001.p/01", "entries/٠٠٠"):  # fmt: skip
        assert tiles.place_of(wrong) is None, wrong


def test_a_bundle_that_is_cut_off_is_refused() -> None:
    bundle = tiles.bundled([b"a", b"", b"c" * 300])
    assert tiles.unbundled(bundle) == [b"a", b"", b"c" * 300]
    for end in (1, len(bundle) - 1):
        with pytest.raises(ValueError):
            tiles.unbundled(bundle[:end])
