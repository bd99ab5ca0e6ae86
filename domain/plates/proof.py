"""Whether a package shows what its case says of the plate: pure checks of a case against a manifest."""

from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, FileRole, Manifest
from domain.plates.reading import PlateRead


def unbound_crops(case: Case, manifest: Manifest) -> tuple[str, ...]:
    """Plate crops that are not cut from a clip of the package at the instant of a read.

    Returns:
        Names of files, in the manifest's order.
    """
    instants = {read.at for read in case.plate.reads}
    return tuple(
        file.name
        for file in manifest.files
        if file.role is FileRole.PLATE_CROP
        and not (file.at in instants and file.box_xyxy_px is not None and _is_from_clip(file, manifest))
    )


def unbound_reads(case: Case, manifest: Manifest) -> tuple[PlateRead, ...]:
    """Kept reads of instants that no clip of the package shows."""
    clips = [file for file in manifest.files if file.role is FileRole.CLIP]
    return tuple(
        read
        for read in case.plate.reads
        if read.dropped_because is None and not any(clip.runs_at(read.at) for clip in clips)
    )


def shows_plate(case: Case, manifest: Manifest) -> bool:
    """Whether an agreed plate is shown: a crop of a kept read, and the full picture that it was cut from."""
    kept = {read.at for read in case.plate.reads if read.dropped_because is None}
    shown = [file for file in manifest.files if file.size_bytes and _is_from_clip(file, manifest)]
    full = {(file.clip, file.at) for file in shown if file.role is FileRole.STILL_FULL}
    return any(file.role is FileRole.PLATE_CROP and file.at in kept and (file.clip, file.at) in full for file in shown)


def _is_from_clip(file: EvidenceFile, manifest: Manifest) -> bool:
    return file.at is not None and any(
        clip.role is FileRole.CLIP and clip.name == file.clip and clip.runs_at(file.at) for clip in manifest.files
    )
