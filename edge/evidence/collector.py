"""From a case to its package: clips, stills, overlay, manifest, signature; what cannot be had is said in words."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from domain.camera import CameraConfig
from domain.canonical import canonical_bytes
from domain.case import Case, CaseMoment
from domain.errors import EvidenceError, OutboxError
from domain.evidence import FileRole
from domain.geometry import ImageBgr
from domain.instants import Clock
from edge.evidence.clip_pictures import opened
from edge.evidence.clips import CutClip, roll_gaps
from edge.evidence.overlay import OverlayRow, overlay_document
from edge.evidence.package import OVERLAY_FILE, Content, seal, write_package
from edge.evidence.shots import Material, shots_of
from edge.evidence.stills import JPEG_QUALITY, crop_box, file_stem, to_jpeg
from edge.outbox import Outbox
from edge.problems import ProblemBoard
from edge.signing import BoxSigner

logger = logging.getLogger(__name__)


class PackageBuilder:
    """Builds packages and hands them to the outbox; called by the evidence worker only.

    Args:
        outbox: takes the finished package.
        signer: signs manifests.
        clock: stamps manifests.
        problems: told when a package cannot be written at all.
    """

    def __init__(self, *, outbox: Outbox, signer: BoxSigner, clock: Clock, problems: ProblemBoard) -> None:
        self.outbox = outbox
        self._signer = signer
        self._clock = clock
        self._problems = problems

    def build(self, case: Case, camera: CameraConfig | None, material: Material) -> bool:
        """Build the package of a recorded case and make it ready; never raises for want of evidence.

        Returns:
            False when it could not even be written without media: the case stays ``collecting``, to be tried again.
        """
        contents, gaps = self._gather_safely(case, camera, material)
        size_bytes = sum(len(content.content) for content in contents)
        try:
            if contents and not self.outbox.has_room_for(size_bytes):
                contents, gaps = [], ["no media: the box's store for evidence was full"]
            try:
                self._finish(case, contents, gaps)
            except EvidenceError as e:
                self._finish(case, [], [f"no media: {e}"])
        except (EvidenceError, OutboxError) as e:
            self._problems.tell("package_failed", f"an evidence package cannot be written: {e}")
            return False
        self._problems.over("package_failed")
        return True

    def _finish(self, case: Case, contents: Sequence[Content], gaps: Sequence[str]) -> None:
        message = seal(case, contents, gaps, created_at=self._clock.now(), signer=self._signer)
        write_package(self.outbox.package_folder(case.case_id), message, contents)
        self.outbox.make_ready(message)
        logger.info(
            "Case ready",
            extra={
                "action": "case_ready",
                "case_id": str(case.case_id),
                "camera_id": case.site.camera_id,
                "code": case.violation.code,
                "files": len(contents),
                "gaps": list(gaps),
            },
        )

    def _gather_safely(
        self, case: Case, camera: CameraConfig | None, material: Material
    ) -> tuple[list[Content], list[str]]:
        try:
            return _gather(case, camera, material)
        except Exception as e:
            logger.exception(
                "Evidence could not be gathered", extra={"action": "evidence_failed", "case_id": str(case.case_id)}
            )
            return [], [f"no media: evidence could not be gathered ({type(e).__name__})"]


def _gather(case: Case, camera: CameraConfig | None, material: Material) -> tuple[list[Content], list[str]]:
    gaps: list[str] = []
    shots = shots_of(case, material, gaps)
    contents = [
        Content(
            name=shot.clip.name,
            role=FileRole.CLIP,
            content=shot.clip.clip.content,
            started_at=shot.clip.clip.started_at,
            ended_at=shot.clip.clip.ended_at,
        )
        for shot in shots
    ]
    stems: list[str] = []
    overlays: list[tuple[CutClip, Sequence[OverlayRow]]] = []
    for shot in shots:
        gaps += roll_gaps(shot.clip)
        for moment in shot.clip.moments:
            stems.append(file_stem(moment.name, stems))
        stills, offsets_s = _stills(case, shot.clip, stems[-len(shot.clip.moments) :], gaps)
        contents += stills
        overlays.append((replace(shot.clip, offsets_s=offsets_s), shot.rows))
    if shots:
        document = overlay_document(case, camera, overlays, JPEG_QUALITY)
        contents.append(Content(name=OVERLAY_FILE, role=FileRole.OVERLAY, content=canonical_bytes(document)))
    return contents, gaps


def _stills(
    case: Case, clip: CutClip, stems: Sequence[str], gaps: list[str]
) -> tuple[list[Content], tuple[float, ...] | None]:
    """Stills of a clip's moments, and where its frames stand on its time line; what cannot be had goes to the gaps."""
    found: list[list[Content]] = [[] for _ in clip.moments]
    missing: list[list[str]] = [[] for _ in clip.moments]
    offsets_s = None
    try:
        with opened(clip.clip) as pictures:
            offsets_s = pictures.offsets_s
            for place, picture_bgr in pictures.at([moment.at for moment in clip.moments]):
                moment = clip.moments[place]
                found[place], missing[place] = _still(case, moment, clip.name, stems[place], picture_bgr)
    except EvidenceError as e:
        missing = [[_missing_still(moment, e)] for moment in clip.moments]
    gaps += [gap for of_moment in missing for gap in of_moment]
    return [content for of_moment in found for content in of_moment], offsets_s


def _still(
    case: Case, moment: CaseMoment, clip_name: str, stem: str, picture_bgr: ImageBgr | EvidenceError
) -> tuple[list[Content], list[str]]:
    """The full picture of a moment and the subject in it, and in words what cannot be had."""
    try:
        if isinstance(picture_bgr, EvidenceError):
            raise picture_bgr
        full = to_jpeg(picture_bgr)
    except EvidenceError as e:
        return [], [_missing_still(moment, e)]
    bound = {"clip": clip_name, "moment": moment.name, "at": moment.at}
    stills = [Content(name=f"still-{stem}.jpg", role=FileRole.STILL_FULL, content=full, **bound)]  # type: ignore[arg-type]
    try:
        still_wh = (picture_bgr.shape[1], picture_bgr.shape[0])
        left, top, right, bottom = crop_box(moment.box_xyxy_px, case.resolution_wh, still_wh)
        crop = to_jpeg(picture_bgr[top:bottom, left:right])
    except EvidenceError as e:
        return stills, [f"no crop of the subject at the moment {moment.name}: {e}"]
    box = (float(left), float(top), float(right), float(bottom))
    stills.append(
        Content(name=f"crop-{stem}.jpg", role=FileRole.STILL_CROP, content=crop, box_xyxy_px=box, **bound)  # type: ignore[arg-type]
    )
    return stills, []


def _missing_still(moment: CaseMoment, reason: EvidenceError) -> str:
    return f"no still of the moment {moment.name}: {reason}"
