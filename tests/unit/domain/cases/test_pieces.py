"""Pieces of several files in one body."""

import pytest

from domain.cases.pieces import MAX_PIECES, Piece, join_pieces, split_pieces
from domain.errors import Invalid

PIECES = (
    Piece(name="clip.mp4", offset_bytes=5, content=b"\n\x00film"),
    Piece(name="overlay.json", offset_bytes=0, content=b"{}"),
)


def test_what_was_joined_is_split_as_it_was() -> None:
    assert split_pieces(join_pieces(PIECES)) == PIECES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no line",
        b"[]\n",
        b"not json\nx",
        b"[" * 60_000 + b"\n",
        b'[{"name":"../clip.mp4","offset_bytes":0,"size_bytes":1}]\nx',
        b'[{"name":"clip.mp4","offset_bytes":-1,"size_bytes":1}]\nx',
        b'[{"name":"clip.mp4","offset_bytes":0,"size_bytes":0}]\n',
        join_pieces(PIECES)[:-1],
        join_pieces(PIECES) + b"x",
        b"x" * 70_000 + join_pieces(PIECES),
    ],
)
def test_what_does_not_say_what_it_is_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        split_pieces(body)


def test_more_pieces_than_a_package_can_have_are_refused() -> None:
    many = [Piece(name="clip.mp4", offset_bytes=at, content=b"x") for at in range(MAX_PIECES)]
    assert len(split_pieces(join_pieces(many))) == MAX_PIECES
    line, _, rest = join_pieces(many).partition(b"\n")
    more = line[:-1] + b',{"name":"clip.mp4","offset_bytes":0,"size_bytes":1}]'
    with pytest.raises(Invalid):
        split_pieces(more + b"\n" + rest + b"x")
