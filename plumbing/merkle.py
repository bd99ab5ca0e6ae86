"""Merkle trees as Certificate Transparency has them (RFC 9162, section 2.1), over SHA-256.

A tree is known by ``Subtree``: the hash of the 2**level leaves from ``number * 2**level`` on. Whoever holds leaves
gives one; nothing here keeps any. A proof is a list of hashes, and whoever checks one needs no tree.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

Subtree = Callable[[int, int], bytes]
"""``(level, number)`` to the hash of that whole subtree."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees, one beside the other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def whole_subtree(hashes: Sequence[bytes]) -> bytes:
    """The hash of a subtree from those of its parts, all of one level; there are 2**n of them."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def of_leaves(leaves: Sequence[bytes]) -> Subtree:
    """A tree whose leaf hashes are at hand."""

    def subtree(level: int, number: int) -> bytes:
        return whole_subtree(leaves[number << level : (number + 1) << level])

    return subtree


def root(subtree: Subtree, size: int) -> bytes:
    """The hash of the first ``size`` leaves."""
    return _range(subtree, 0, size) if size else EMPTY_ROOT


def inclusion_proof(subtree: Subtree, number: int, size: int) -> list[bytes]:
    """That leaf ``number`` (from 0) is in the tree of ``size`` leaves; lowest hash first.

    Examples:
        >>> leaves = [leaf_hash(bytes([n])) for n in range(7)]
        >>> proof = inclusion_proof(of_leaves(leaves), 5, 7)
        >>> is_included(leaves[5], 5, 7, proof, root(of_leaves(leaves), 7))
        True
    """
    if not 0 <= number < size:
        raise ValueError(f"there is no leaf {number} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if number < middle:
            path.append(_range(subtree, middle, end))
            end = middle
        else:
            path.append(_range(subtree, start, middle))
            start = middle
    return path[::-1]


def is_included(leaf: bytes, number: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether a proof shows that a leaf stands at a place of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= number < size:
        return False
    place, last, found = number, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root_hash


def consistency_proof(subtree: Subtree, older: int, newer: int) -> list[bytes]:
    """That the first ``older`` leaves of the tree of ``newer`` leaves are the older tree.

    Examples:
        >>> tree = of_leaves([leaf_hash(bytes([n])) for n in range(7)])
        >>> are_consistent(3, root(tree, 3), 7, root(tree, 7), consistency_proof(tree, 3, 7))
        True
    """
    if not 0 < older <= newer:
        raise ValueError(f"no tree of {older} leaves can be the beginning of one of {newer}")
    return _sub_proof(subtree, older, 0, newer, is_known=True)


def are_consistent(older: int, older_root: bytes, newer: int, newer_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the newer tree only added leaves to the older one (RFC 9162, 2.1.4.2)."""
    if not 0 < older <= newer:
        return False
    if older == newer:
        return not proof and older_root == newer_root
    hashes = list(proof)
    if older & (older - 1) == 0:
        hashes.insert(0, older_root)
    if not hashes:
        return False
    place, last = older - 1, newer - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    of_older = of_newer = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            of_older, of_newer = node_hash(each, of_older), node_hash(each, of_newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            of_newer = node_hash(of_newer, each)
        place, last = place >> 1, last >> 1
    return last == 0 and of_older == older_root and of_newer == newer_root


def _split(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def _range(subtree: Subtree, start: int, end: int) -> bytes:
    """The hash of leaves ``start`` to ``end``, which begins at a multiple of its own power of two."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _split(size)
    return node_hash(_range(subtree, start, middle), _range(subtree, middle, end))


def _sub_proof(subtree: Subtree, older: int, start: int, end: int, *, is_known: bool) -> list[bytes]:
    size = end - start
    if older == size:
        return [] if is_known else [_range(subtree, start, end)]
    half = _split(size)
    middle = start + half
    if older <= half:
        return [*_sub_proof(subtree, older, start, middle, is_known=is_known), _range(subtree, middle, end)]
    return [*_sub_proof(subtree, older - half, middle, end, is_known=False), _range(subtree, start, middle)]
