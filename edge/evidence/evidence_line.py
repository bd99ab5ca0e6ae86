"""What the cameras of a box share for their evidence: from the recorded case to its sealed package."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.cases.case import Case
from domain.instants import Clock
from edge.evidence.package_builder import PackageBuilder
from edge.evidence.plates.case_plates import PlatePipeline
from edge.evidence.stages import EvidenceStages
from edge.evidence.video.cutting import ClipCutter
from edge.evidence.video.spool import SPOOL, ClipSpool
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from plumbing.signing import BoxSigner


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvidenceLine:
    """Its parts; make it with ``EvidenceLine.of``."""

    outbox: Outbox
    spool: ClipSpool
    cutter: ClipCutter
    builder: PackageBuilder
    stages: EvidenceStages

    @classmethod
    def of(
        cls,
        outbox: Outbox,
        *,
        signer: BoxSigner,
        clock: Clock,
        problems: ProblemBoard,
        plate_pipeline: PlatePipeline | None = None,
        on_sealed: Callable[[Case], None] = lambda _case: None,
    ) -> "EvidenceLine":
        """Everything of an outbox's evidence; its threads are not running yet."""
        spool = ClipSpool(outbox.directory / SPOOL)
        return cls(
            outbox=outbox,
            spool=spool,
            cutter=ClipCutter(outbox=outbox, spool=spool, problems=problems),
            builder=PackageBuilder(
                outbox=outbox,
                spool=spool,
                signer=signer,
                clock=clock,
                problems=problems,
                plate_pipeline=plate_pipeline,
                on_sealed=on_sealed,
            ),
            stages=EvidenceStages(clock),
        )
