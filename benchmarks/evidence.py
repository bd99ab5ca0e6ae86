"""What a package costs, and what a burst of cases costs; prints markdown tables.

    python -m benchmarks.evidence [--acts 60] [--rounds 8]

First the CPU of one package from 1080p video (``benchmarks.edge_pipeline`` says which): cutting and spooling its clip,
and everything after it, without plates and with a subject that is seen in 50 pictures, of which 24 are looked at; the
plate networks are left out, since only what surrounds them is of interest. Then as many acts as asked for that become
ripe in the same instant, on a real RTSP stream of that video: when each clip was on the disk, and what is missing.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from benchmarks.edge_pipeline.street import SIZE_WH, write_street
from benchmarks.edge_pipeline.usage import peak_memory_mb
from deploy.local.servers import RtspServer
from detectors.plates.sight import PlateCrop, PlateFinding, VehicleSight
from domain.camera import CameraConfig
from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import CaseMessage
from domain.plates.reading import PlateRead, PlateReading
from domain.ports import Clip
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.plates.case_plates import PlatePipeline
from edge.evidence.seen_rows import OverlayRow, OverlayTrack
from edge.evidence.video.clips import CutClip
from edge.evidence.video.holds import HeldClip
from edge.evidence.video.spool import CutCase
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from ingest.live.rtsp import RtspSource
from ingest.recorded.video_file import VideoFileSource
from plumbing.signing import BoxSigner, generate_key
from plumbing.system_clock import SystemClock
from tests.builders.box_fakes import camera
from tests.builders.cases import build_case

NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)
BOX = (800.0, 400.0, 1200.0, 800.0)
RING_S = 30.0
ROLL_S = 5.0
_T = TypeVar("_T")


class NoNetworks:
    """Stands for the plate networks: three plates, read in no time."""

    def read(self, sights: Sequence[VehicleSight], vehicle_kind: str) -> PlateFinding:  # noqa: ARG002 - port
        """The same plate in the first three pictures."""
        box = (50.0, 200.0, 150.0, 260.0)
        reads = tuple(
            PlateRead(at=sight.at, box_xyxy_px=box, text="75F112345", character_confidences=(0.9,) * 9)
            for sight in sights[:3]
        )
        reading = PlateReading(status="agreed", text="75F112345", character_confidences=(0.9,) * 9, reads=reads)
        return PlateFinding(reading=reading, crops=tuple(PlateCrop(at=one.at, box_xyxy_px=box) for one in reads))


class Street:
    """A recording, and a subject that is seen in it five times a second."""

    def __init__(self, path: Path) -> None:
        self._source = VideoFileSource(camera_id="cam-1", path=path, started_at=NOON, clock=SystemClock())
        track = OverlayTrack(track_id=1, label="motorcycle", box_xyxy_px=BOX, observed=True)
        self._rows = [
            OverlayRow(at=NOON + timedelta(seconds=n / 5), resolution_wh=SIZE_WH, tracks=(track,), signals=())
            for n in range(300)
        ]

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Of the recording."""
        return self._source.cut_clip(start, end)

    def held(self, at: datetime) -> HeldClip | None:  # noqa: ARG002 - port
        """Nothing."""
        return None

    def why_not_held(self, at: datetime) -> str | None:  # noqa: ARG002 - port
        """Nobody asked."""
        return None

    def rows(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:
        """What was seen."""
        return tuple(row for row in self._rows if start <= row.at <= end)


def case_at(at: datetime, number: int) -> Case:
    """An act of two moments, a second apart."""
    moments = tuple(
        CaseMoment(name=name, at=at - timedelta(seconds=before_s), box_xyxy_px=BOX)
        for name, before_s in (("before_line", 1.0), ("past_line", 0.0))
    )
    return build_case(
        began_at=moments[0].at, ended_at=at, moments=moments, resolution_wh=SIZE_WH, subject_key=f"track:{number}"
    )


def line_of(folder: Path, signer: BoxSigner, pipeline: PlatePipeline | None) -> EvidenceLine:
    """Evidence on an outbox of its own."""
    clock, problems = SystemClock(), ProblemBoard()
    outbox = Outbox.open(folder, clock=clock, problems=problems, min_free_bytes=0)
    return EvidenceLine.of(outbox, signer=signer, clock=clock, problems=problems, plate_pipeline=pipeline)


def cost(folder: Path, street: Path, rounds: int) -> None:
    """CPU of one package."""
    signer, video = generate_key(folder / "key"), Street(street)
    print("| CPU ms a package (median, least .. most) | cutting and spooling | everything after it |")
    print("|---|---|---|")
    for name, pipeline in (("stills only", None), ("stills and 24 pictures for the plate", NoNetworks())):
        line = line_of(folder / name, signer, pipeline)
        cut_ms, build_ms = [], []
        for number in range(rounds):
            case = case_at(NOON + timedelta(seconds=20 + 2 * number), number)
            line.outbox.record(case)
            took_ms, cut = _timed(partial(line.cutter.cut, case, None, video))
            cut_ms.append(took_ms)
            took_ms, done = _timed(partial(line.builder.build, case, cut))
            assert done
            build_ms.append(took_ms)
        line.outbox.close()
        print(f"| {name} | {_spread(cut_ms)} | {_spread(build_ms)} |")


def burst(folder: Path, street: Path, acts: int) -> None:
    """Many acts at once on a real stream."""
    clock, signer = SystemClock(), generate_key(folder / "key-2")
    line = line_of(folder / "burst", signer, NoNetworks())
    on_disk_s: list[float] = []
    keep = line.spool.keep

    def keep_and_count(
        case_id: UUID, camera: CameraConfig | None, clips: Sequence[CutClip], gaps: Sequence[str]
    ) -> CutCase:
        cut = keep(case_id, camera, clips, gaps)
        on_disk_s.append(time.monotonic())
        return cut

    line.spool.keep = keep_and_count  # type: ignore[method-assign]
    line.stages.start()
    with RtspServer(street.parent, [street.name]) as server:
        url = server.url(street.name)
        source = RtspSource(camera_id="cam-1", url=url, clock=clock, analysed_fps=5, ring_s=RING_S)
        keeper = EvidenceKeeper(
            camera=camera("cam-1", reference_still_wh=list(SIZE_WH)),
            source=source,
            line=line,
            directory=folder / "holds",
            clock=clock,
        )
        seen_at = _watch(source, keeper, 12.0)
        cases = [case_at(seen_at[-1], number) for number in range(acts)]
        cases = [_snapped(case, seen_at) for case in cases]
        for case in cases:
            keeper.collect(case)
        due_s = time.monotonic() + ROLL_S
        _watch(source, keeper, ROLL_S + 0.5)
        until_s = time.monotonic() + 600
        while line.outbox.status().collecting and time.monotonic() < until_s:
            _watch(source, keeper, 0.5)
        source.close()
    line.stages.close()
    gaps = 0
    for case in cases:
        content = line.outbox.message(case.case_id)
        gaps += content is None or bool(CaseMessage.model_validate_json(content).manifest.gaps)
    lags_s = [one - due_s for one in on_disk_s]
    print(f"| {acts} acts ripe at once, 1080p over RTSP | |")
    print("|---|---|")
    print(f"| last clip on the disk after it was due | {max(lags_s):.1f} s |")
    print(f"| the ring forgets the first second after | {RING_S - 2 * ROLL_S - 1:.0f} s (a group of 2 s less) |")
    print(f"| last package sealed | {time.monotonic() - due_s:.1f} s |")
    print(f"| packages with a gap | {gaps} of {acts} |")
    print(f"| most memory of the process | {peak_memory_mb():.0f} MB |")
    line.outbox.close()


def _watch(source: RtspSource, keeper: EvidenceKeeper, seconds: float) -> list[datetime]:
    """Take pictures as the analysis does, for so many seconds; when they were captured."""
    seen: list[datetime] = []
    until_s = time.monotonic() + seconds
    track = OverlayTrack(track_id=1, label="motorcycle", box_xyxy_px=BOX, observed=True)
    while time.monotonic() < until_s:
        frame = source.read(0.2)
        if frame is not None:
            seen.append(frame.captured_at)
            keeper.note(frame.captured_at, SIZE_WH, (), {})
            keeper._seen._rows[-1] = OverlayRow(  # noqa: SLF001 - a track without a tracker
                at=frame.captured_at, resolution_wh=SIZE_WH, tracks=(track,), signals=()
            )
    return seen


def _snapped(case: Case, seen_at: Sequence[datetime]) -> Case:
    """Its moments at pictures that were seen."""
    moments = tuple(
        moment.model_copy(update={"at": min(seen_at, key=lambda at: abs(at - moment.at))}) for moment in case.moments
    )
    return case.model_copy(update={"moments": moments, "began_at": moments[0].at, "ended_at": moments[-1].at})


def _timed(job: Callable[[], _T]) -> tuple[float, _T]:
    began_s = time.process_time()
    answer = job()
    return (time.process_time() - began_s) * 1000, answer


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f} .. {max(values):.0f})"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "street").mkdir()
        street = folder / "street" / "street.mp4"
        write_street(street)
        cost(folder, street, options.rounds)
        print()
        burst(folder, street, options.acts)


if __name__ == "__main__":
    main()
