"""Proofs of the record's tree, against a slow twin that knows every leaf."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from plumbing import merkle


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:k]) + slow_root(leaves[k:])).digest()


def leaves_of(count: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + str(n).encode()).digest() for n in range(count)]


def test_roots_of_the_known_answer_test_of_certificate_transparency() -> None:
    """The eight inputs of certificate-transparency's own tests."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = merkle.of_leaves([merkle.leaf_hash(bytes.fromhex(each)) for each in inputs])
    assert merkle.root(tree, 1).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(tree, 8).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(
    st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size), st.integers(0, size - 1)))
)
def test_every_proof_holds_and_none_holds_for_anything_else(drawn: tuple[int, int, int]) -> None:
    size, older, number = drawn
    leaves = leaves_of(size)
    tree = merkle.of_leaves(leaves)
    root = merkle.root(tree, size)
    assert root == slow_root(leaves)
    proof = merkle.inclusion_proof(tree, number, size)
    assert merkle.is_included(leaves[number], number, size, proof, root)
    assert not merkle.is_included(merkle.leaf_hash(b"x"), number, size, proof, root)
    assert not merkle.is_included(leaves[number], number, size, [*proof, root], root)
    assert not any(
        merkle.is_included(leaves[number], other, size, proof, root) for other in range(size) if other != number
    )
    link = merkle.consistency_proof(tree, older, size)
    of_older = merkle.root(tree, older)
    assert merkle.are_consistent(older, of_older, size, root, link)
    changed = merkle.of_leaves([merkle.leaf_hash(b"x"), *leaves[1:]])
    assert not merkle.are_consistent(older, merkle.root(changed, older), size, root, link)
    assert not merkle.are_consistent(older, of_older, size, merkle.root(changed, size), link)
    if older < size and link:
        assert not merkle.are_consistent(older, of_older, size, root, link[:-1])
