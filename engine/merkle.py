"""The Merkle tree of RFC 6962: a root over numbered leaves that grows, and proofs of what is in it.

A leaf's hash is SHA-256 of 0x00 and its bytes, a node's that of 0x01 and its two children. A complete subtree of
2**level leaves is addressed by (level, index): it covers the leaves from index * 2**level up to the next one's first.
Whoever keeps the hashes of the complete subtrees (one more a leaf, on average) makes every proof from a logarithmic
number of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

Lookup = Callable[[int, int], bytes]
"""The hash of the complete subtree at (level, index)."""

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """Hash of a leaf (RFC 6962, 2.1)."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree: ``level`` 0 is a leaf."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Tree:
    """What is needed of a tree to grow it: the complete subtrees side by side, the largest first.

    Attributes:
        size: Number of leaves.
        peaks: Their hashes, one for each bit set in ``size``.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, lookup: Lookup, size: int) -> Tree:
        """The tree of the first ``size`` leaves."""
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        return cls(size, tuple(lookup(level, (size >> level) - 1) for level in levels))

    @property
    def root(self) -> bytes:
        """The root hash."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def grown(self, leaf: bytes) -> tuple[Tree, list[Node]]:
        """The tree with one more leaf, and the subtrees that it completes, the leaf first.

        Args:
            leaf: Hash of the new leaf.
        """
        nodes = [Node(0, self.size, leaf)]
        peaks = list(self.peaks)
        while self.size >> nodes[-1].level & 1:
            last = nodes[-1]
            nodes.append(Node(last.level + 1, last.index >> 1, node_hash(peaks.pop(), last.hash)))
        return Tree(self.size + 1, (*peaks, nodes[-1].hash)), nodes


def _split(size: int) -> int:
    """Largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _hash_of(lookup: Lookup, first: int, last: int) -> bytes:
    """Hash over the leaves from ``first`` up to and without ``last``, a range that occurs in a tree."""
    count = last - first
    if count & count - 1 == 0:
        level = count.bit_length() - 1
        return lookup(level, first >> level)
    middle = first + _split(count)
    return node_hash(_hash_of(lookup, first, middle), _hash_of(lookup, middle, last))


def root_of(lookup: Lookup, size: int) -> bytes:
    """Root over the first ``size`` leaves."""
    return _hash_of(lookup, 0, size) if size else EMPTY_ROOT


def inclusion_proof(lookup: Lookup, index: int, size: int) -> list[bytes]:
    """Proof that leaf ``index`` is one of the first ``size`` (RFC 6962, 2.1.1).

    Raises:
        ValueError: It is not.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among the first {size}")
    first, last, proof = 0, size, list[bytes]()
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            proof.append(_hash_of(lookup, middle, last))
            last = middle
        else:
            proof.append(_hash_of(lookup, first, middle))
            first = middle
    return proof[::-1]


def consistency_proof(lookup: Lookup, old: int, size: int) -> list[bytes]:
    """Proof that the tree of ``size`` leaves begins with the tree of ``old`` ones (RFC 6962, 2.1.2).

    Raises:
        ValueError: ``old`` is larger than ``size``.
    """
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves has no part of {old}")
    if old in (0, size):
        return []
    first, last, proof = 0, size, list[bytes]()
    while last != old:
        middle = first + _split(last - first)
        if old <= middle:
            proof.append(_hash_of(lookup, middle, last))
            last = middle
        else:
            proof.append(_hash_of(lookup, first, middle))
            first = middle
    if first:
        proof.append(_hash_of(lookup, first, last))
    return proof[::-1]


def includes(root: bytes, size: int, leaf: bytes, index: int, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that ``leaf`` (a hash) stands at ``index`` under ``root`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree of ``root`` begins with that of ``old_root`` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= size:
        return False
    if old in (0, size):
        return not proof and old_root == (EMPTY_ROOT if old == 0 else root)
    hashes = list(proof) if old & old - 1 else [old_root, *proof]
    if not hashes:
        return False
    position, last = old - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and before == old_root and after == root
