"""From a case's cut clips to its package: stills, plate, overlay, manifest, signature; gaps are put in words."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.cases.evidence import OVERLAY_FILE, CameraSignature, FileRole
from domain.errors import EvidenceError, FileError, OutboxError
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from domain.plates.reading import PlateReading
from edge.evidence.clip_pictures import read_pictures
from edge.evidence.masking import masks_of
from edge.evidence.moment_stills import MomentStills
from edge.evidence.overlay import overlay_document
from edge.evidence.package import Content, seal, write_package
from edge.evidence.plates.case_plates import CasePlates, PlatePipeline
from edge.evidence.redaction.blurred_copies import BlurredCopies
from edge.evidence.stills import JPEG_QUALITY
from edge.evidence.video.clips import CutClip, damage_words, decides, roll_gaps
from edge.evidence.video.cutting import without_media
from edge.evidence.video.spool import ClipSpool, CutCase
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from plumbing.signing import BoxSigner

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Gathered:
    """What could be had for a case."""

    contents: tuple[Content, ...]
    gaps: tuple[str, ...]
    remarks: tuple[str, ...]
    plate: PlateReading


class PackageBuilder:
    """Builds packages and hands them to the outbox; called by the packaging thread only.

    Args:
        outbox: takes the finished package.
        spool: holds what was cut.
        signer: signs manifests.
        clock: stamps manifests.
        problems: where it stands that a package cannot be written.
        plate_pipeline: reads the subject's plate in the package's clips; None where no plate reader is configured.
        on_sealed: called with every case whose package is ready, as it was sealed.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        spool: ClipSpool,
        signer: BoxSigner,
        clock: Clock,
        problems: ProblemBoard,
        plate_pipeline: PlatePipeline | None = None,
        on_sealed: Callable[[Case], None] = lambda _case: None,
    ) -> None:
        self._outbox = outbox
        self._spool = spool
        self._signer = signer
        self._clock = clock
        self._problems = problems
        self._plates = CasePlates(pipeline=plate_pipeline, problems=problems)
        self._on_sealed = on_sealed

    def build(self, case: Case, cut: CutCase) -> bool:
        """Build the package of a recorded case and make it ready; never raises for want of evidence.

        Returns:
            False when it could not be written now: what was cut stays, and the case ``collecting``, to be tried again.
        """
        try:
            if cut.clips and not self._outbox.can_write(cut.size_bytes):
                return False  # before anything is decoded for nothing
            gathered = self._gather_safely(case, cut)
            try:
                self._finish(case, gathered)
            except EvidenceError as e:
                self._finish(case, self._gather(case, without_media(case, cut.camera, str(e))))
        except (FileError, OutboxError) as e:
            self._problems.report(ProblemCode.PACKAGE_FAILED, f"an evidence package cannot be written: {e}")
            return False
        except Exception as e:  # a fault of ours: the case is not forgotten until the next start
            about = str(case.case_id)
            logger.exception("A package could not be made", extra={"action": "package_failed", "case_id": about})
            text = f"the evidence package of case {about} cannot be made: {type(e).__name__}: {e}"
            self._problems.report(ProblemCode.PACKAGE_FAILED, text, about=about)
            return False
        self._problems.clear(ProblemCode.PACKAGE_FAILED)
        self._problems.clear(ProblemCode.PACKAGE_FAILED, about=str(case.case_id))
        self._spool.forget(case.case_id)
        return True

    def _finish(self, recorded: Case, gathered: _Gathered) -> None:
        case = recorded.model_copy(update={"plate": gathered.plate})
        message = seal(
            case,
            gathered.contents,
            gathered.gaps,
            remarks=gathered.remarks,
            created_at=self._clock.now(),
            signer=self._signer,
        )
        write_package(self._outbox.package_folder(case.case_id), message, gathered.contents)
        is_taken = self._outbox.make_ready(message)
        logger.info(
            "Case ready",
            extra={
                "action": "case_ready",
                "case_id": str(case.case_id),
                "camera_id": case.site.camera_id,
                "code": case.violation.code,
                "files": len(gathered.contents),
                "gaps": list(gathered.gaps),
                "remarks": list(gathered.remarks),
                "plate": case.plate.status,
            },
        )
        if is_taken:
            self._on_sealed(case)

    def _gather_safely(self, case: Case, cut: CutCase) -> _Gathered:
        try:
            return self._gather(case, cut)
        except FileError as e:  # a disk that fails as a whole shows when the package is written
            reason = f"what was cut cannot be read ({e.reason})"
            return self._gather(case, without_media(case, cut.camera, reason))
        except EvidenceError as e:
            return self._gather(case, without_media(case, cut.camera, str(e)))
        except Exception as e:
            logger.exception(
                "Evidence could not be gathered", extra={"action": "evidence_failed", "case_id": str(case.case_id)}
            )
            reason = f"evidence could not be gathered ({type(e).__name__})"
            return self._gather(case, without_media(case, cut.camera, reason))

    def _gather(self, case: Case, cut: CutCase) -> _Gathered:
        clips = self._spool.load(cut)
        stills, pictures = MomentStills(case, clips), self._plates.pictures_for(case, clips)
        copies = BlurredCopies(case, clips)
        offsets_s = read_pictures(clips, [stills, pictures, copies], masks_of(cut.camera))
        contents = [*map(_clip, clips), *stills.contents]
        plate = self._plates.read(case, pictures, contents)
        contents += plate.contents
        contents += copies.contents(contents)
        if clips:
            document = overlay_document(case, cut.camera, clips, offsets_s, JPEG_QUALITY)
            contents.append(Content(name=OVERLAY_FILE, role=FileRole.OVERLAY, content=canonical_bytes(document)))
        lost: list[str] = []
        remarks: list[str] = [] if copies.fault is None else [copies.fault]
        for clip in clips:
            lost += roll_gaps(clip)
            for stretch in clip.clip.damage:
                (lost if decides(stretch, case) else remarks).append(damage_words(clip, stretch))
        return _Gathered(
            contents=tuple(contents),
            gaps=(*cut.gaps, *lost, *stills.gaps),
            remarks=tuple(remarks),
            plate=plate.reading,
        )


def _clip(cut: CutClip) -> Content:
    return Content(
        name=cut.name,
        role=FileRole.CLIP,
        content=cut.clip.content,
        started_at=cut.clip.started_at,
        ended_at=cut.clip.ended_at,
        camera_signature=CameraSignature.PRESENT if cut.clip.camera_signed else CameraSignature.ABSENT,
    )
