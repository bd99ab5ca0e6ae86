"""Whatever a camera, its rules and its disk do: every case that was handed in becomes ready, and holds stay bounded."""

import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import CameraConfig, Position, Stream
from domain.cases.case import CaseMoment
from domain.errors import ClipUnavailable
from domain.event import Hold, Release
from domain.ports import Clip
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.stages import Job, JobThread
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import NOON, ListedSource, ManualClock
from tests.builders.cases import build_case

CAMERA = CameraConfig(
    id="cam-1",
    version=1,
    name="Lê Lợi 1",
    road="Lê Lợi",
    ward="Thuận Hóa",
    position=Position(latitude_deg=16.46, longitude_deg=107.59),
    heading_deg=90.0,
    stream=Stream(url="file:none.mp4"),
    reference_still_wh=(640, 360),
)


class SteppedThread(JobThread):
    """Does its jobs when told, in order."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__("stepped", clock=clock, again_s=1.0)
        self.line: list[Job] = []

    def submit(self, job: Job) -> None:
        self.line.append(job)

    def work(self) -> None:
        jobs, self.line = self.line, []
        for job in jobs:
            with suppress(RuntimeError):  # the real thread logs it and goes on
                if not job():
                    self.line.append(job)


class MoodySource(ListedSource):
    """Gives a clip that cannot be decoded, refuses, or breaks, in turn."""

    def __init__(self) -> None:
        super().__init__("cam-1", [])
        self.mood = 0

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        self.mood += 1
        if self.mood % 3 == 0:
            raise ClipUnavailable("not in the ring")
        if self.mood % 7 == 0:
            raise RuntimeError("a fault of ours")
        times = tuple(start + timedelta(seconds=n) for n in range(int((end - start).total_seconds()) + 1))
        return Clip(content=b"no video at all", started_at=times[0], ended_at=times[-1], frame_times=times)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> BoxSigner:
    return generate_key(tmp_path_factory.mktemp("key"))


STEPS = st.lists(
    st.tuples(st.sampled_from(["see", "hold", "release", "case", "wait", "work", "forget"]), st.integers(0, 5)),
    max_size=50,
)


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_no_case_is_ever_left_behind(signer: BoxSigner, steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        clock, problems = ManualClock(), ProblemBoard()
        outbox = Outbox.open(Path(name), clock=clock, problems=problems, min_free_bytes=0, reserve_bytes=4096)
        line = EvidenceLine.of(outbox, signer=signer, clock=clock, problems=problems)
        cutting = line.stages.cutting = SteppedThread(clock)
        packaging = line.stages.packaging = SteppedThread(clock)

        def work() -> None:
            cutting.work()
            packaging.work()

        keeper = EvidenceKeeper(
            camera=CAMERA,
            source=MoodySource(),
            line=line,
            directory=Path(name) / "holds" / "cam-1",
            clock=clock,
        )
        seen_at, handed_in = NOON, set()
        for action, number in steps:
            if action == "see":
                seen_at += timedelta(seconds=number + 0.2)
                keeper.note(seen_at, (640, 360), (), {})
            elif action == "hold":
                keeper.hold(Hold(key=f"stay:{number}", at=seen_at))
            elif action == "release":
                keeper.release(Release(key=f"stay:{number}"))
            elif action == "case":
                moments = (
                    CaseMoment(name="first", at=seen_at - timedelta(seconds=number * 20), box_xyxy_px=(1, 1, 50, 50)),
                    CaseMoment(name="last", at=seen_at, box_xyxy_px=(1, 1, 50, 50)),
                )
                case = build_case(subject_key=f"track:{len(handed_in)}", moments=moments, resolution_wh=(640, 360))
                keeper.collect(case)
                handed_in.add(case.case_id)
            elif action == "wait":
                clock.pass_s(number * 4)
                keeper.tick()
            elif action == "forget":
                keeper.forget_holds()
            else:
                work()
        clock.pass_s(16)
        keeper.tick()  # a camera that shows nothing more
        work()
        assert {case_id for _, case_id in outbox.ready_after(0)} == handed_in
        assert keeper.open_cases == 0
        keeper.forget_holds()
        clock.pass_s(31)
        keeper.tick()
        work()
        keeper.tick()
        assert list((Path(name) / "holds").rglob("*.mp4")) == []
        outbox.close()
