"""One error tree.

MatThanError
├── ConfigurationError        a file, setting or command the installer can mend
│   └── ConfigurationFaults   all faults of one or more files, reported at once
├── SourceError               pictures cannot be had from a camera, file or folder
│   ├── SourceUnavailable     it cannot be opened or has gone
│   └── EndOfSource           a finite source has no more frames (not a fault)
├── ModelError                a weight file or runtime cannot be used
│   └── ModelIntegrityError   a weight file is not the one that the manifest names
├── DetectionError            one inference failed; never to be read as "nothing there"
├── CatalogueError            no catalogue row is in force for an offence on a date
├── EvidenceError             an evidence package cannot be built, read or trusted
│   ├── ClipUnavailable       the wanted instants are not in the ring
│   └── IntegrityError        a hash or signature does not fit
├── OutboxError               the local store of unsent cases cannot be used
├── FileError                 a file or folder of this machine cannot be read or written: which, why, and what to do
├── TransportError            a peer (broker, centre) cannot be reached or refused; try again later
└── CentreError               a request to the centre cannot be carried out
    ├── NotFound
    ├── NotAllowed            unknown caller, or the role does not permit it
    ├── Conflict              the state has moved on, or an idempotency key was used for something else
    └── Invalid               the request itself is wrong
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


class MatThanError(Exception):
    """Base of every error this product raises on purpose."""


class ConfigurationError(MatThanError):
    """A setting, file or command is wrong and the installer can mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault in a configuration file: where it stands, what is wrong and what to do."""

    file: str
    line: int | None  # 1-based; None where the file as a whole is meant
    where: str  # dotted path inside the file, "" for the file as a whole
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Tell the fault in one line: ``file:line: where: problem. remedy``."""
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        return f"{place}: {self.where + ': ' if self.where else ''}{self.problem} | {self.remedy}"


class ConfigurationFaults(ConfigurationError):
    """Every fault of one or more configuration files at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class SourceError(MatThanError):
    """Pictures cannot be had from a source."""


class SourceUnavailable(SourceError):
    """The source cannot be opened, or has gone away."""


class EndOfSource(SourceError):
    """A finite source has no more frames."""


class ModelError(MatThanError):
    """A weight file or its runtime cannot be used."""


class ModelIntegrityError(ModelError):
    """A weight file does not have the hash that the manifest states."""


class DetectionError(MatThanError):
    """One inference failed; the picture's content is unknown, not empty."""


class CatalogueError(MatThanError):
    """No row of the violation catalogue is in force for an offence, vehicle kind and date."""


class EvidenceError(MatThanError):
    """An evidence package cannot be built, read or trusted."""


class ClipUnavailable(EvidenceError):
    """The wanted instants are not, or no longer, in the ring of packets."""


class IntegrityError(EvidenceError):
    """A hash or a signature does not fit its content."""


class OutboxError(MatThanError):
    """The box's store of unsent cases cannot be used."""


_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FREE_SPACE: Final = "free space on its disk"
_MEND_DISK: Final = "check the disk that it lies on (dmesg, smartctl) and replace it if it fails"
_FILE_REMEDIES: Final[Mapping[int, str]] = MappingProxyType(
    {
        **dict.fromkeys(_NO_ROOM, _FREE_SPACE),
        errno.EROFS: "mount its disk for writing; where the system made it read-only by itself, check the disk first",
        errno.EIO: _MEND_DISK,
        errno.EACCES: "give the user that runs this the right to it",
        errno.EPERM: "give the user that runs this the right to it",
        errno.ENOENT: "check the path",
        errno.ENOTDIR: "a file stands where a folder should be: move it away",
        errno.EEXIST: "a file stands where a folder should be: move it away",
        errno.EMFILE: "raise the number of files that the process may open (LimitNOFILE)",
    }
)


class FileError(MatThanError):
    """A file or folder of this machine cannot be read or written.

    Args:
        path: which.
        purpose: what was to be done with it, e.g. ``written``.
        error: what the operating system says.

    Examples:
        >>> str(FileError("/data/x", "written", OSError(errno.EROFS, "Read-only file system"))).split(":")[0]
        '/data/x cannot be written (Read-only file system)'
    """

    def __init__(self, path: object, purpose: str, error: OSError) -> None:
        self.path = str(path)
        self.number = error.errno
        self.reason = error.strerror or str(error)  # without the path
        self.remedy = _FILE_REMEDIES.get(error.errno or 0, "check its disk and the rights to it")
        super().__init__(f"{path} cannot be {purpose} ({self.reason}): {self.remedy}")

    @property
    def is_full(self) -> bool:
        """Whether there was no room for it."""
        return self.number in _NO_ROOM


class TransportError(MatThanError):
    """A peer cannot be reached or refused for now; nothing is lost, try again later."""


class CentreError(MatThanError):
    """A request to the centre cannot be carried out."""


class NotFound(CentreError):
    """What was asked for does not exist, or the caller may not know that it does."""


class NotAllowed(CentreError):
    """The caller is unknown, or its role does not permit this."""


class Conflict(CentreError):
    """The state has moved on, or an idempotency key was used for something else."""


class Invalid(CentreError):
    """The request itself is wrong."""
