"""The tree against RFC 6962 as it is written there, and against known hashes of Certificate Transparency."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    consistent,
    includes,
    inclusion_proof,
    leaf_hash,
    root_of,
)

KNOWN_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return sha256(b"\x01" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


def plain_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*plain_path(m, leaves[:k]), plain_root(leaves[k:])]
    return [*plain_path(m - k, leaves[k:]), plain_root(leaves[:k])]


def plain_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if whole else [plain_root(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*plain_subproof(m, leaves[:k], whole), plain_root(leaves[k:])]
    return [*plain_subproof(m - k, leaves[k:], False), plain_root(leaves[:k])]


def largest_power_below(size: int) -> int:
    k = 1
    while 2 * k < size:
        k *= 2
    return k


class Log:
    """A tree grown leaf by leaf, with the nodes it completed."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.tree, self.nodes = Tree(), dict[tuple[int, int], bytes]()
        for leaf in leaves:
            self.tree, nodes = self.tree.grown(leaf_hash(leaf))
            self.nodes.update({(node.level, node.index): node.hash for node in nodes})

    def node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


leaves_of_a_log = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_leaves_have_the_known_roots(size: int) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in KNOWN_LEAVES[:size]]
    assert Log(leaves).tree.root.hex() == KNOWN_ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing_as_root() -> None:
    assert Tree().root == EMPTY_ROOT == root_of(Log([]).node, 0) == plain_root([])


@given(leaves_of_a_log)
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_the_rfc(leaves: list[bytes]) -> None:
    log = Log(leaves)
    assert log.tree.root == root_of(log.node, len(leaves)) == plain_root(leaves)


@given(leaves_of_a_log)
def test_a_tree_taken_up_from_its_nodes_is_the_same(leaves: list[bytes]) -> None:
    log = Log(leaves)
    assert Tree.of(log.node, len(leaves)) == log.tree


@given(leaves_of_a_log, st.data())
def test_an_inclusion_proof_is_that_of_the_rfc_and_holds(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    log = Log(leaves)
    proof = inclusion_proof(log.node, index, len(leaves))
    assert proof == plain_path(index, leaves)
    assert includes(log.tree.root, len(leaves), leaf_hash(leaves[index]), index, proof)


@given(leaves_of_a_log, st.data())
def test_an_altered_inclusion_proof_does_not_hold(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    log = Log(leaves)
    proof, leaf, size = inclusion_proof(log.node, index, len(leaves)), leaf_hash(leaves[index]), len(leaves)
    assert not includes(log.tree.root, size, leaf_hash(b"another leaf"), index, proof)
    assert not includes(log.tree.root, size, leaf, index, [*proof, leaf])
    assert not includes(log.tree.root, size, leaf, size, proof)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:place], leaf_hash(proof[place]), *proof[place + 1 :]]
        assert not includes(log.tree.root, size, leaf, index, changed)
        assert not includes(log.tree.root, size, leaf, index, proof[:-1])


@given(leaves_of_a_log, st.data())
def test_a_consistency_proof_is_that_of_the_rfc_and_holds(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    log = Log(leaves)
    proof = consistency_proof(log.node, old, len(leaves))
    assert proof == plain_subproof(old, leaves, True)
    assert consistent(old, plain_root(leaves[:old]), len(leaves), log.tree.root, proof)


@given(leaves_of_a_log, st.data())
def test_a_tree_that_was_rewritten_has_no_consistency_proof(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    other = [*leaves[: old - 1], b"rewritten", *leaves[old:]]
    log, size = Log(other), len(leaves)
    proof = consistency_proof(log.node, old, size)
    assert not consistent(old, plain_root(leaves[:old]), size, log.tree.root, proof)
    assert not consistent(old, plain_root(other[:old]), size, plain_root(leaves), proof)
    assert not consistent(size + 1, log.tree.root, size, log.tree.root, proof)
    if proof:
        assert not consistent(old, plain_root(other[:old]), size, log.tree.root, proof[:-1])


def test_every_tree_follows_on_from_the_empty_one_without_a_proof() -> None:
    log = Log([b"a", b"b"])
    assert consistency_proof(log.node, 0, 2) == []
    assert consistent(0, EMPTY_ROOT, 2, log.tree.root, [])
    assert not consistent(0, log.tree.root, 2, log.tree.root, [])


def test_proofs_of_what_a_tree_does_not_have_are_refused() -> None:
    log = Log([b"a", b"b"])
    with pytest.raises(ValueError, match="not among the first 2"):
        inclusion_proof(log.node, 2, 2)
    with pytest.raises(ValueError, match="no part of 3"):
        consistency_proof(log.node, 3, 2)
