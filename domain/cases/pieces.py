"""Pieces of several files in one body: a line of JSON that names them, then their bytes, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from domain.cases.evidence import MAX_FILE_BYTES, FileName
from domain.errors import Invalid

MAX_PIECES: Final = 200
_LONGEST_LINE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some bytes of a file."""

    name: str
    offset_bytes: int
    content: bytes


class _Named(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: FileName
    offset_bytes: Annotated[int, Field(ge=0, le=MAX_FILE_BYTES)]
    size_bytes: Annotated[int, Field(ge=1, le=MAX_FILE_BYTES)]


_LINE: Final = TypeAdapter(Annotated[list[_Named], Field(min_length=1, max_length=MAX_PIECES)])


def join_pieces(pieces: Sequence[Piece]) -> bytes:
    r"""One body of several pieces.

    Examples:
        >>> join_pieces([Piece(name="clip.mp4", offset_bytes=0, content=b"film")])
        b'[{"name":"clip.mp4","offset_bytes":0,"size_bytes":4}]\nfilm'
    """
    named = [_Named(name=each.name, offset_bytes=each.offset_bytes, size_bytes=len(each.content)) for each in pieces]
    return b"".join((_LINE.dump_json(named), b"\n", *(each.content for each in pieces)))


def split_pieces(body: bytes) -> tuple[Piece, ...]:
    """The pieces of a body.

    Raises:
        Invalid: the line cannot be read, or the bytes are more or fewer than it says.
    """
    line_end = body.find(b"\n", 0, _LONGEST_LINE_BYTES)
    if line_end < 0:
        raise Invalid("the body begins with no line that names its pieces")
    try:
        named = _LINE.validate_json(body[:line_end])
    except ValidationError as error:
        raise Invalid("the first line does not name pieces of files") from error
    pieces, at = [], line_end + 1
    for each in named:
        pieces.append(Piece(name=each.name, offset_bytes=each.offset_bytes, content=body[at : at + each.size_bytes]))
        at += each.size_bytes
    if at != len(body):
        raise Invalid(f"the pieces have {at - line_end - 1} bytes, and {len(body) - line_end - 1} came")
    return tuple(pieces)
