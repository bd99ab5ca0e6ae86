"""What boxes tell, as a document: bounded before it is read, and refused with the place of its first fault."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from domain.errors import Invalid

_Told = TypeVar("_Told", bound=BaseModel)


def read_told(model: type[_Told], payload: bytes, *, most_bytes: int, name: str, has: str) -> _Told:
    """Read a document that a box sent.

    Args:
        model: what it must be.
        payload: as it came.
        most_bytes: longer ones are not looked at.
        name: of the document, behind "no".
        has: the document with its verb, before "at most"; e.g. "a reminder has".

    Raises:
        Invalid: it is too long or no such document; with where and what.
    """
    if len(payload) > most_bytes:
        raise Invalid(f"{has} at most {most_bytes} bytes")
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "document"
        raise Invalid(f"no {name}: {where}: {first['msg']}") from error
