"""Errors of the centre beside those of the domain, so that a door can answer precisely.

CentreError (domain)
├── NotAllowed (domain)
│   └── Unauthenticated     nobody known is asking
│       ├── CodeNeeded      name and password are right, a code of the second factor is missing
│       └── NotProven       what came back from the identity provider proves nobody
│           └── NotLinked   it proves somebody who has no account here
├── Conflict (domain)
│   ├── StaleVersion        the caller looked at an older version of the case
│   └── OffsetMismatch      an upload went on at the wrong byte
├── Invalid (domain)
│   ├── TooLarge            more bytes than the door takes
│   ├── HashMismatch        a package is not the one that the centre gave
│   ├── MessageRefused      a case message cannot be taken in, which is on record; it must not come again as it is
│   └── RangeNotSatisfiable bytes were asked for that the file does not have
├── TooManyAttempts         sign-in is throttled
├── TooMuch                 a box sends more than its share; the same may come later
├── ProviderUnavailable     the identity provider cannot be reached; passwords still open the centre
├── EvidenceLost            bytes that were received are no longer where they were put
└── StoreUnavailable        database or evidence store cannot be reached; nothing was changed
"""

from domain.errors import CentreError, Conflict, Invalid, NotAllowed


class Unauthenticated(NotAllowed):
    """Nobody known is asking."""


class CodeNeeded(Unauthenticated):
    """Name and password are right; a code of the second factor must come with them."""


class NotProven(Unauthenticated):
    """What came back from the identity provider proves nobody."""


class NotLinked(NotProven):
    """The identity provider knows the person, and no account here is linked to him.

    Args:
        subject: as the provider names the person, who may tell it to an admin.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__("no account is linked to this identity")


class StaleVersion(Conflict):
    """The caller looked at an older version of the case."""


class OffsetMismatch(Conflict):
    """An upload went on at the wrong byte.

    Args:
        offset_bytes: where it has to go on.
    """

    def __init__(self, offset_bytes: int) -> None:
        self.offset_bytes = offset_bytes
        super().__init__(f"the upload goes on at byte {offset_bytes}")


class TooLarge(Invalid):
    """More bytes than this door takes."""


class HashMismatch(Invalid):
    """A package is not the one that the centre gave."""


class MessageRefused(Invalid):
    """A case message cannot be taken in, which is on record; it must not come again as it is."""


class RangeNotSatisfiable(Invalid):
    """Bytes were asked for that the file does not have.

    Args:
        size_bytes: the whole file.
    """

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        super().__init__(f"the file has {size_bytes} bytes")


class TooManyAttempts(CentreError):
    """Sign-in failed too often.

    Args:
        retry_after_s: whole seconds to wait.
    """

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"too many failed attempts; try again in {retry_after_s} s")


class TooMuch(CentreError):
    """A box sends more than its share; nothing was changed, the same may come later.

    Args:
        what: of which it is too much.
        retry_after_s: whole seconds to wait.
    """

    def __init__(self, what: str, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"{what}; try again in {retry_after_s} s")


class ProviderUnavailable(CentreError):
    """The identity provider cannot be reached, or does not answer as one does."""


class EvidenceLost(CentreError):
    """Bytes that were received are no longer where they were put."""


class StoreUnavailable(CentreError):
    """The database or the evidence store cannot be reached; nothing was changed, try again later."""


class Deadlocked(StoreUnavailable):
    """This transaction and another waited for each other, and PostgreSQL undid this one."""
