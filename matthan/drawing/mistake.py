"""One mistake of a drawing."""

from dataclasses import dataclass

from plumbing.yaml_documents import Place


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, where, and what to do."""

    place: Place  # in the camera's file
    problem: str
    remedy: str
    certain: bool = True  # False: it may be meant so
