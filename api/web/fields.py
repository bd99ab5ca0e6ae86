"""Types of request fields, with their bounds; nothing that a database cannot hold comes through."""

import uuid
from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import StringConstraints

from domain.cases.evidence import FileName

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
Actor = Annotated[str, StringConstraints(pattern=r"^(user|key):[A-Za-z0-9._-]{1,63}$")]
QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
QueueWord = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9_-]{0,62}|\*)$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
OptionalLine = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Note = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{1,62}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{6,20}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

CaseIdPath = Annotated[uuid.UUID, Path()]
FileNamePath = Annotated[FileName, Path()]
WordPath = Annotated[Word, Path()]
QueuePath = Annotated[QueueName, Path()]
WordsQuery = Annotated[list[Word], Query(max_length=50)]
IdempotencyKey = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")], Header(alias="Idempotency-Key")
]
