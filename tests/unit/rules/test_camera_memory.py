"""The camera's memory: one act is one case over reloads, failures and restarts, for every rule, without its help."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, ZoneKind
from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.law.catalogue import built_in_catalogue
from domain.seen.detections import Detections
from domain.seen.timeline import SignalState
from edge.run.camera_run import CameraRun
from edge.run.run_maker import RunMaker
from rules.acts import told_acts
from rules.acts.memory import CameraMemory
from tests.builders.drives import CameraBuilder, at, box_at, detections, every, seen_at


def one_way() -> CameraConfig:
    lane = ((0, 0), (1, 0), (1, 1), (0, 1))
    builder = CameraBuilder().zone("lane", ZoneKind.LANE, *lane, direction_norm=((0.5, 0.9), (0.5, 0.1)))
    return builder.rule("WRONG_WAY").build()


def pavement() -> CameraConfig:
    builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (1, 0), (1, 1), (0, 1))
    return builder.rule("PARK_PAVEMENT", threshold_s=60.0).build()


def junction() -> CameraConfig:
    return CameraBuilder().rule("RED_LIGHT").rule("STOP_LINE").build()


def going(speed_px_s: float, start_px: float) -> Iterable[tuple[float, Detections]]:
    """One motorcycle up or down the picture, five pictures a second."""
    for second in every(0.2, 0, 12):
        bottom_px = start_px + speed_px_s * second
        seen = [(box_at(900, bottom_px), "motorcycle")] if 130 < bottom_px < 1070 else []
        yield second, detections(seen)


def standing(until_s: float) -> Iterable[tuple[float, Detections]]:
    """One car that does not move."""
    for second in every(0.2, 0, until_s):
        yield second, detections([(box_at(400, 500), "car")])


class Camera:
    """A camera whose tracking and rules are built anew as a box does it.

    Args:
        config: of the camera.
    """

    def __init__(self, config: CameraConfig) -> None:
        self.config = config
        self.memory = CameraMemory()
        self.cases: list[Case] = []
        self.run = self.build(None)

    def build(self, before: CameraRun | None) -> CameraRun:
        """A new tracker, a new engine, the same memory."""
        maker = RunMaker(
            box_id="box-1",
            catalogue=built_in_catalogue(),
            detector=None,
            make_tracker=lambda ids: SteadyTracker(ids=ids),
            memory_of=lambda _: self.memory,
        )
        run = maker.make(self.config, before)
        if before is None:
            run.report_signal("S1", at(-60), SignalState.GREEN)
            run.report_signal("S1", at(-30), SignalState.RED)
        return run

    def reload(self) -> None:
        """The camera's file was saved again."""
        self.finish()
        self.run = self.build(self.run)

    def fail(self) -> None:
        """Tracking or rules broke; nobody ends them."""
        self.run = self.build(self.run)

    def set_clock(self, step_s: float) -> None:
        """Times are so much later from now on."""
        self.cases += [item for item in self.run.end_epoch(timedelta(seconds=step_s)) if isinstance(item, Case)]
        self.run = self.build(self.run)

    def restart(self) -> None:
        """The process died; ids begin again."""
        self.memory = CameraMemory.from_document(self.memory.document(self.config.id), self.config.id)
        self.run = self.build(None)

    def see(self, second: float, seen: Detections) -> None:
        """One picture."""
        found = self.run.judge(seen_at(second, seen)) or ()
        self.cases += [item for item in found if isinstance(item, Case)]

    def finish(self) -> None:
        """The end."""
        self.cases += [item for item in self.run.finish() if isinstance(item, Case)]


BREAKS = ("reload", "fail", "restart")


class TestAnActIsOneCase:
    @pytest.mark.parametrize("what", BREAKS)
    @pytest.mark.parametrize("down_s", [0.0, 1.0, 4.0])
    @pytest.mark.parametrize("after_s", [3.0, 3.4, 4.0, 5.0, 6.0])
    def test_that_goes_on_after_a_break(self, what: str, down_s: float, after_s: float) -> None:
        """A vehicle goes on against the direction; the break comes just after its case, or later."""
        camera = Camera(one_way())
        broken = False
        for second, seen in going(80, 200):
            if not broken and second >= after_s:
                broken = True
                getattr(camera, what)()
            if not broken or second >= after_s + down_s:
                camera.see(second, seen)
        camera.finish()
        assert len(camera.cases) == 1

    @pytest.mark.parametrize("what", BREAKS)
    @pytest.mark.parametrize("after_s", [4.0, 4.6, 5.2, 6.6, 7.0])
    def test_over_the_line(self, what: str, after_s: float) -> None:
        """What was not yet clear when the rules broke is unknown; it is never two.

        It is clear at 6.8 s: 3.5 s after it was last seen before the line, nobody was left behind.
        """
        camera = Camera(junction())
        for second, seen in going(-100, 880):
            if second == after_s:
                getattr(camera, what)()
            camera.see(second, seen)
        camera.finish()
        assert len(camera.cases) == (1 if after_s > 6.8 else 0)

    @pytest.mark.parametrize("what", BREAKS)
    @pytest.mark.parametrize("built_s", [40.0, 59.8, 60.2, 61.0])
    def test_that_ripens_between_building_an_engine_and_its_first_picture(self, what: str, built_s: float) -> None:
        """The next engine is built by another thread while the old one still judges."""
        camera = Camera(pavement())
        following = None
        for second, seen in standing(150):
            if following is None and second >= built_s:
                following = camera.build(camera.run)
            if second == 61.2 and following is not None:
                camera.finish()
                camera.run = following
            if second == 100:
                getattr(camera, what)()
            camera.see(second, seen)
        (case,) = camera.cases
        assert case.began_at == at(0)

    @pytest.mark.parametrize("stays", [True, False])
    def test_whose_case_was_lost_before_it_was_stored_is_a_case_again_if_the_vehicle_still_stands(
        self, stays: bool
    ) -> None:
        """No copy was kept while the case waited for a full disk; then the process was killed."""
        camera = Camera(pavement())
        copy, lost = b"", list[Case]()
        for second, seen in standing(110.0):
            if abs(second - 40.0) < 0.05:
                copy = camera.memory.document("cam-1")
            if abs(second - 80.0) < 0.05:
                lost, camera.cases = camera.cases, []
                camera.memory = CameraMemory.from_document(copy, "cam-1")
                camera.run = camera.build(None)
            camera.see(second, seen if stays or second < 80.0 else detections([]))
        camera.finish()
        assert len(lost) == 1
        assert [case.case_id for case in camera.cases] == ([lost[0].case_id] if stays else [])

    def test_another_vehicle_after_the_break_is_another_case(self) -> None:
        camera = Camera(one_way())
        for second, seen in going(80, 200):
            camera.see(second, seen)
        camera.reload()
        for second, seen in going(80, 200):
            camera.see(second + 13, seen)
        assert len(camera.cases) == 2


class TestOnDisk:
    def test_the_same_memory_gives_the_same_document(self) -> None:
        camera = Camera(pavement())
        for second, seen in standing(70):
            camera.see(second, seen)
        document = camera.memory.document("cam-1")
        camera.restart()
        again = json.loads(camera.memory.document("cam-1"))
        told = json.loads(document)["told"]
        assert [{**act, "track_ids": []} for act in told] == again["told"]
        assert again["kept"] == json.loads(document)["kept"]

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"camera_id": "cam-1"}', b"\x00" * 64])
    def test_a_damaged_document_is_a_value_error(self, content: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - any text will do
            CameraMemory.from_document(content, "cam-1")

    def test_of_another_camera_is_refused(self) -> None:
        camera = Camera(pavement())
        camera.see(0.0, detections([]))
        with pytest.raises(ValueError, match="camera cam-1"):
            CameraMemory.from_document(camera.memory.document("cam-1"), "cam-2")

    def test_what_a_rule_cannot_read_is_counted_and_begins_again(self) -> None:
        camera = Camera(pavement())
        for second, seen in standing(30):
            camera.see(second, seen)
        camera.finish()
        camera.memory.kept = {"PARK_PAVEMENT:0": {"stays": "no"}}
        camera.run = camera.build(camera.run)
        for second, seen in standing(70):
            camera.see(second + 31, seen)
        (case,) = camera.cases
        assert case.began_at == at(31)
        assert camera.run.refusals["PARK_PAVEMENT", "kept_unreadable"] == 1

    def test_its_size_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert told_acts._MAX_ACTS * 200 < 2**17  # bytes, as measured here of fewer acts
        monkeypatch.setattr(told_acts, "_MAX_ACTS", 64)
        camera = Camera(one_way())
        for index in range(90):
            for second in every(0.5, 0, 3):
                seen = [(box_at(900, 200 + 100 * second), "motorcycle")]
                camera.see(round(index * 12 + second, 3), detections(seen))
        camera.finish()
        assert len(camera.cases) == 90
        assert len(camera.memory.told) <= 64
        assert len(camera.memory.document("cam-1")) < 64 * 200


def test_the_same_input_gives_the_same_bytes_however_often_it_is_broken() -> None:
    def cases() -> list[bytes]:
        camera = Camera(pavement())
        for index, (second, seen) in enumerate(standing(120)):
            if index % 70 == 69:
                camera.restart()
            camera.see(second, seen)
        return [canonical_bytes(case) for case in camera.cases]

    assert cases() == cases()
    assert len(cases()) == 1


class TestAClockThatIsSet:
    @pytest.mark.parametrize("step_s", [-3600.0, -20.0, 25_200.0])
    def test_a_stay_that_is_a_case_is_no_second_one(self, step_s: float) -> None:
        camera = Camera(pavement())
        for second, seen in standing(70):
            camera.see(second, seen)
        assert len(camera.cases) == 1
        camera.set_clock(step_s)
        for second, seen in standing(200):
            camera.see(70.2 + step_s + second, seen)
        camera.finish()
        assert len(camera.cases) == 1

    @pytest.mark.parametrize("step_s", [-3600.0, 25_200.0])
    @pytest.mark.parametrize("blind", ["no pictures", "clock off"])
    def test_a_stay_that_is_a_case_is_no_second_one_though_nobody_looked_for_a_minute_before(
        self, blind: str, step_s: float
    ) -> None:
        """As after a power cut: first the camera is away or its clock is off, then the box's clock is set."""
        camera = Camera(pavement())
        for second, seen in standing(70):
            camera.see(second, seen)
        for second, seen in standing(60) if blind == "clock off" else ():
            assert camera.run.judge(replace(seen_at(70.2 + second, seen), clock_error_ms=60_000.0)) == ()
        for second, seen in standing(1):
            camera.see(131 + second, seen)
        camera.set_clock(step_s)
        for second, seen in standing(100):
            camera.see(133 + step_s + second, seen)
        camera.finish()
        assert len(camera.cases) == 1

    @pytest.mark.parametrize("step_s", [-3600.0, 25_200.0])
    def test_a_stay_in_progress_ends_and_what_follows_is_its_own(self, step_s: float) -> None:
        camera = Camera(pavement())
        for second, seen in standing(40):
            camera.see(second, seen)
        camera.set_clock(step_s)
        for second, seen in standing(70):
            camera.see(40.2 + step_s + second, seen)
        camera.finish()
        (case,) = camera.cases
        assert case.began_at >= at(40.2 + step_s), "no second is claimed on both sides of the step"

    def test_signals_of_before_say_nothing_of_now(self) -> None:
        camera = Camera(junction())
        camera.see(0, detections([]))
        camera.set_clock(-3600.0)
        assert camera.run.report_signal("S1", at(-3590), SignalState.GREEN), "reports of the new time are taken"
