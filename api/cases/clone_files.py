"""The files of a clone: the originals, what the box signed of the first case, and copies on which nobody is known."""

import hashlib
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from api.cases.case_rows import StoredCase
from api.cases.centre_cases import SharedFile, new_document
from api.cases.clone_copies import rows_of_others, rows_of_subject
from api.cases.told_overlay import OtherVehicle, other_vehicles, told_overlay
from api.errors import EvidenceLost, TooMuch
from api.evidence_store.decoding_process import HIDE, NotDrawn, require_decoder, written_anew
from api.evidence_store.port import EvidenceStore
from domain.cases.case import Case
from domain.cases.evidence import (
    BLURRED_PREFIX,
    BLURRED_ROLES,
    OVERLAY_FILE,
    RECEIVED_PREFIX,
    EvidenceFile,
    FileRole,
)
from domain.errors import Conflict, Invalid
from domain.instants import to_text
from domain.plates.by_hand import VEHICLES_WITH_PLATES
from domain.seen.track import VEHICLE_KIND_OF_LABEL

ALSO_HIDDEN: Final = (
    "the blurred copies are the centre's: those of the first case, with the first vehicle hidden too; the plate of this"
    " case's vehicle is hidden on them and is read in the originals"
)
OWN_SHOWN: Final = (
    "the blurred copies are the centre's, made of the originals: heads, and the plates of all vehicles but this case's,"
    " are hidden where the box saw them"
)
CUT_OFF: Final = " breaks off: the clip that it was made of has not all pictures of its index"
_OF_SUBJECT: Final = BLURRED_ROLES | {FileRole.PLATE_CROP, FileRole.STILL_CROP}
"""Pictures of the first vehicle, and copies that show its plate."""
_COPIES: Final = frozenset({FileRole.CLIP_BLURRED, FileRole.STILL_FULL_BLURRED})
_TURN_S: Final = 30.0


class CloneFiles:
    """Puts the files of clones together.

    Args:
        files: where the bytes lie.
    """

    def __init__(self, files: EvidenceStore) -> None:
        self._files = files
        self._turn = threading.BoundedSemaphore(1)  # encoding takes the whole machine

    def of(
        self, source: StoredCase, case: Case, *, same_subject: bool, moments: Mapping[str, str]
    ) -> tuple[list[SharedFile], tuple[str, ...]]:
        """The files of a clone, and what must be known of them.

        Args:
            source: the first case.
            case: the clone's document.
            same_subject: it is the act of the same vehicle, whose plate may be seen.
            moments: by the name of each moment that a person named, the still that shows it.

        Raises:
            Invalid: the box saw no vehicle such as the named one.
            Conflict: the first vehicle cannot be hidden: this machine decodes nothing, or where it was is not told.
            EvidenceLost, StoreUnavailable: a file cannot be had.
            TooMuch: others are being made.
        """
        moment_of = {still: name for name, still in moments.items()}
        left_out = {FileRole.SOURCE}
        if not same_subject:
            left_out |= {FileRole.OVERLAY} | (frozenset() if _is_of_report(source) else _OF_SUBJECT)
        own = str(source.case_id)
        shared = [
            SharedFile(file=_as_of_clone(file, moment_of), source=(own, file.name))
            for file in source.manifest.files
            if file.role not in left_out
        ]
        remarks = source.manifest.remarks
        if not same_subject:
            overlay = self._overlay(source)
            # of a report nobody is the subject yet: on its pictures every plate is hidden
            named = _named_track(case, overlay)
            copies, broken = ([], []) if _is_of_report(source) else self._copies(source, overlay, moment_of, named)
            shared += [*copies, *_overlay_of_clone(source, case, overlay, named)]
            remarks += (ALSO_HIDDEN if named is None else OWN_SHOWN,) if copies else ()
            remarks += tuple(f"{name}{CUT_OFF}" for name in broken)
        return [*shared, *_documents(source)], remarks

    def _overlay(self, source: StoredCase) -> dict[str, Any]:
        file = next((each for each in source.manifest.files if each.name == OVERLAY_FILE), None)
        if file is None:
            return {}
        content = b"".join(self._read(source, file))
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise EvidenceLost(f"{file.name} is not the file that was taken in")
        return told_overlay(content)

    def _copies(
        self, source: StoredCase, overlay: Mapping[str, Any], moment_of: Mapping[str, str], named: int | None
    ) -> tuple[list[SharedFile], list[str]]:
        """Copies, and the names of clips that break off."""
        wanted = [file for file in source.manifest.files if file.role in _COPIES]
        if not wanted:
            return [], []  # the box made none, and says why
        require_decoder()
        if not self._turn.acquire(timeout=_TURN_S):
            raise TooMuch("other pictures are being written", retry_after_s=int(_TURN_S))
        try:
            with tempfile.TemporaryDirectory() as folder:
                made = [self._copy(Path(folder), source, file, overlay, named) for file in wanted]
            copies = [replace(each, file=_as_of_clone(each.file, moment_of)) for each, _ in made]
            return copies, [each.file.name for each, cut_off in made if cut_off]
        finally:
            self._turn.release()

    def _copy(
        self, folder: Path, source: StoredCase, file: EvidenceFile, overlay: Mapping[str, Any], named: int | None
    ) -> tuple[SharedFile, bool]:
        """A copy, and whether what was drawn on breaks off.

        It is the box's own with more hidden, or where a vehicle is named the original with all but it hidden.
        """
        drawn = file
        if named is None:
            rows = rows_of_subject(overlay, source, file)
        else:
            rows = rows_of_others(overlay, source, file, named)
            plain = file.name.removeprefix(BLURRED_PREFIX)
            drawn = next((each for each in source.manifest.files if each.name == plain), file)
        if not rows or (named is not None and drawn is file):
            raise Conflict("where the first vehicle was is not told, so it cannot be hidden: this case is not cloned")
        if not drawn.size_bytes:  # nothing is to be seen on it
            return SharedFile(file=file.model_copy(update=_hashed(b"")), source=None, content=b""), False
        asked = {"size_wh": overlay["resolution_wh"], "rows": rows}
        try:
            anew = written_anew(HIDE, folder, drawn, self._read(source, drawn), asked)
        except NotDrawn as error:
            raise Conflict(
                f"nobody can be hidden on {drawn.name}, which is no picture: this case is not cloned"
            ) from error
        content = anew.path.read_bytes()
        return SharedFile(file=file.model_copy(update=_hashed(content)), source=None, content=content), anew.cut_off

    def vehicles(self, source: StoredCase) -> tuple[OtherVehicle, ...]:
        """Vehicles with plates that the box saw beside the first one; none where it told nothing.

        Raises:
            Conflict: what it told has not the form.
            EvidenceLost, StoreUnavailable: it cannot be had.
        """
        return other_vehicles(self._overlay(source), frozenset[str]().union(*map(labels_of, VEHICLES_WITH_PLATES)))

    def _read(self, source: StoredCase, file: EvidenceFile) -> Iterator[bytes]:
        return self._files.read(str(source.case_id), file.name, start_byte=0, end_byte=file.size_bytes)


def _hashed(content: bytes) -> dict[str, Any]:
    return {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def labels_of(vehicle_kind: str) -> frozenset[str]:
    """What a box's network calls vehicles of a kind of the catalogue."""
    return frozenset(label for label, kind in VEHICLE_KIND_OF_LABEL.items() if kind == vehicle_kind)


def _named_track(case: Case, overlay: Mapping[str, Any]) -> int | None:
    """The track of the clone's vehicle, where a person named it.

    Raises:
        Invalid: the box saw no such vehicle.
        Conflict: it tells no privacy masks, which are to be filled in what is made of an original.
    """
    if not case.subject.track_ids:
        return None
    (named,) = case.subject.track_ids
    if all(named != each.track_id for each in other_vehicles(overlay, labels_of(str(case.subject.vehicle_kind)))):
        raise Invalid("the box saw no such vehicle beside the first one")
    if overlay.get("masks") is None:
        raise Conflict("the box told no privacy masks, so its originals stay closed: leave the vehicle unnamed")
    return named


def _overlay_of_clone(
    source: StoredCase, case: Case, overlay: Mapping[str, Any], named: int | None
) -> list[SharedFile]:
    """What the box saw, in which the named vehicle or nobody is the subject; what the box signed lies beside it."""
    signed = next((each for each in source.manifest.files if each.name == OVERLAY_FILE), None)
    if signed is None:
        return []
    clips = [
        clip
        | {
            "frames": [
                frame | {"tracks": [track | {"subject": track["track_id"] == named} for track in frame["tracks"]]}
                for frame in clip["frames"]
            ]
        }
        for clip in overlay.get("clips", ())
    ]
    moments = [
        {"name": moment.name, "at": to_text(moment.at), "box_xyxy_px": list(moment.box_xyxy_px)}
        for moment in case.moments
    ]
    of_clone = dict(overlay) | {"case_id": str(case.case_id), "clips": clips, "moments": moments}
    as_signed = signed.model_copy(update={"name": f"source-{OVERLAY_FILE}", "role": FileRole.SOURCE})
    return [
        new_document(OVERLAY_FILE, FileRole.OVERLAY, of_clone),
        SharedFile(file=as_signed, source=(str(source.case_id), OVERLAY_FILE)),
    ]


def _documents(source: StoredCase) -> Iterator[SharedFile]:
    documents = {"case": source.case, "manifest": source.manifest, "signature": source.signature}
    for name, document in documents.items():
        yield new_document(f"source-{name}.json", FileRole.SOURCE, document)


def _as_of_clone(file: EvidenceFile, moment_of: Mapping[str, str]) -> EvidenceFile:
    """A file as the clone lists it: a still shows the clone's moment, and none of the first act's."""
    named = moment_of.get(file.name.removeprefix(BLURRED_PREFIX))
    if not moment_of or named == file.moment:
        return file
    return file.model_copy(update={"moment": named})


def originals_of(files: Collection[EvidenceFile]) -> list[EvidenceFile]:
    """The full stills that a person may choose from for a moment, in order of time."""
    return sorted(
        (file for file in files if file.is_whole_picture and file.at is not None),
        key=lambda file: (file.at, file.name),
    )


def received_of(source: StoredCase) -> dict[str, tuple[str, str]]:
    """A citizen's files as they came, which lie beside a report's case and its clones: by name, whose and its name."""
    own = str(source.case_id)
    came = (FileRole.CLIP, FileRole.STILL_FULL)
    names = [file.name for file in source.manifest.files if file.role in came] if _is_of_report(source) else []
    return {name: (own, f"{RECEIVED_PREFIX}{name}") for name in names}


def _is_of_report(source: StoredCase) -> bool:
    return source.case.origin is not None
