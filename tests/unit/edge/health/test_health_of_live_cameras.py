"""Whatever goes wrong with a live camera is named on the health page (503), in the heartbeat and in metrics."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from domain.errors import DetectionError
from tests.builders.live_box import LiveBox
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import CodedPicture, Recipe, coded_pictures, steady
from tests.builders.watching import wait_until

pytestmark = pytest.mark.server

FPS, GROUP, TICKS = 25, 25, 3600  # stamps of one picture's time
YEAR_S = 365 * 86_400.0


@pytest.fixture(scope="module")
def pictures() -> list[CodedPicture]:
    return coded_pictures(steady(100), Recipe(keyframe_every=GROUP))


def codes(box: LiveBox) -> set[str]:
    return {one["code"] for one in box.health()[1]["problems"]}


def test_a_camera_whose_pictures_are_judged_is_well(pictures: list[CodedPicture]) -> None:
    with (
        ScriptedCamera(Script(pictures=pictures, report_offset_s=0.0)) as camera,
        LiveBox(camera.url, judged_within_s=15) as box,
    ):
        box.wait_until_well()
        document = box.health()[1]["cameras"]["cam-1"]
        assert (document["state"], document["judged_s_ago"] < 5) == ("live", True)
        assert box.metrics()['matthan_judged_ago_seconds{camera="cam-1"}'] < 5


@pytest.mark.parametrize(
    ("stamps", "words"),
    [
        (lambda _picture, _ms: 0, "the same time stamp"),
        (lambda _picture, ms: ms // 1000 * 90_000, "the same time stamp"),
        (lambda _picture, ms: ms * 945, "faster or slower"),
        (lambda _picture, ms: ms * 9, "faster or slower"),
    ],
    ids=["constant", "whole seconds", "ten times too fast", "ten times too slow"],
)
def test_a_camera_with_unusable_stamps_is_judged_by_arrival_and_that_is_named(
    pictures: list[CodedPicture], stamps: object, words: str
) -> None:
    script = Script(pictures=pictures, stamps=stamps)  # type: ignore[arg-type]
    with ScriptedCamera(script) as camera, LiveBox(camera.url, judged_within_s=5) as box:
        box.wait_for_problem("stamps_unusable", words)
        judged = box.judged
        wait_until(lambda: box.judged > judged + 20)
        assert -0.1 < box.age_s() < 2.0
        wait_until(lambda: codes(box) == {"stamps_unusable"})
        assert box.metrics()['matthan_clock_epochs_total{camera="cam-1"}'] == 1.0


@pytest.mark.parametrize(("omitted", "words"), [({8}, "parameter sets"), ({7, 8}, "parameter sets")])
def test_a_camera_without_parameter_sets_is_named(pictures: list[CodedPicture], omitted: set[int], words: str) -> None:
    script = Script(pictures=pictures, sets_in_sdp=False, omits_units=frozenset(omitted))
    with ScriptedCamera(script) as camera, LiveBox(camera.url) as box:
        box.wait_for_problem("undecodable", words)
        box.wait_for_problem("not_judged")
        assert box.health()[1]["cameras"]["cam-1"]["state"] == "live", "packets come all the same"
        script.omits_units = frozenset()
        wait_until(lambda: box.judged > 5 and not codes(box) & {"undecodable", "not_judged"})


def test_a_camera_that_never_sends_a_keyframe_is_named(pictures: list[CodedPicture]) -> None:
    script = Script(pictures=pictures, omits_units=frozenset({5}))
    with ScriptedCamera(script) as camera, LiveBox(camera.url) as box:
        assert "no keyframe" in box.wait_for_problem("undecodable")["text"]


def test_a_camera_that_falls_silent_is_named_until_it_is_back(pictures: list[CodedPicture]) -> None:
    script = Script(pictures=pictures, stall_after=30)
    with ScriptedCamera(script) as camera, LiveBox(camera.url) as box:
        box.wait_for_problem("camera_stalled")
        script.stall_after = None
        box.wait_until_well()


def test_a_camera_that_is_gone_is_named_and_logged_once_a_change(
    pictures: list[CodedPicture], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    camera = ScriptedCamera(Script(pictures=pictures))
    with camera, LiveBox(camera.url) as box:
        box.wait_until_well()
        camera.kill()
        box.wait_for_problem("camera_lost", "refused the connection")
        box.wait_for_problem("not_judged")
        camera.start()
        box.wait_until_well()
    told = [record.getMessage() for record in caplog.records if getattr(record, "problem", "") == "not_judged"]
    assert len(told) == 2, "its begin and its end"


def test_lost_pictures_are_named(pictures: list[CodedPicture]) -> None:
    script = Script(pictures=pictures, drops=lambda picture, _: picture == 32)
    with ScriptedCamera(script) as camera, LiveBox(camera.url, judged_within_s=15) as box:
        box.wait_for_problem("damaged_stretch")
        wait_until(lambda: box.metrics()['matthan_frames_lost_total{camera="cam-1"}'] == 1.0)
        metrics = box.metrics()
        assert metrics['matthan_damaged_stretches_total{camera="cam-1"}'] == 1.0
        assert metrics['matthan_rtp_packets_lost_total{camera="cam-1"}'] >= 1.0


@pytest.mark.parametrize(
    ("offset_s", "words"),
    [(-56 * YEAR_S, "never set: it is 56 years behind"), (7 * 3600.0, "7 hours ahead"), (-90.0, "90 s behind")],
)
def test_a_camera_whose_clock_is_wrong_is_named_with_how_far_and_its_rules_with_why(
    pictures: list[CodedPicture], offset_s: float, words: str
) -> None:
    script = Script(pictures=pictures, report_offset_s=offset_s)
    with ScriptedCamera(script) as camera, LiveBox(camera.url, judged_within_s=15) as box:
        assert words in box.wait_for_problem("camera_clock_wrong")["text"]
        assert "are suspended" in box.wait_for_problem("rules_suspended")["text"]
        wait_until(lambda: box.judged > 0)
        assert -1.0 < box.age_s() < 5.0, "pictures keep the box's time"


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=7)])
def test_the_box_s_own_clock_being_set_ends_acts_and_is_said_once(
    pictures: list[CodedPicture], caplog: pytest.LogCaptureFixture, step: timedelta
) -> None:
    caplog.set_level(logging.INFO)
    with ScriptedCamera(Script(pictures=pictures)) as camera, LiveBox(camera.url, judged_within_s=15) as box:
        box.wait_until_well()
        run = box.pipeline.cameras["cam-1"].run
        box.clock.offset = step
        box.wait_for_problem("box_clock_stepped", "back by 1:00:00" if step < timedelta() else "ahead by 7:00:00")
        seen = len(box.detector.seen_at)
        wait_until(lambda: len(box.detector.seen_at) > seen + 20)
        assert -0.1 < box.age_s() < 2.0, "times are right at once"
        times = box.detector.seen_at[seen + 2 :]
        assert times == sorted(set(times))
        assert box.pipeline.cameras["cam-1"].run is not run, "tracks and rules begin anew"
        assert ("end", "epoch") in box.evidence.calls
        assert codes(box) == {"box_clock_stepped"}, "no rule is suspended"
        assert box.metrics()["matthan_box_clock_steps_total"] == 1.0
    epochs = [record for record in caplog.records if getattr(record, "action", "") == "epoch_began"]
    assert [abs(record.shift_s - step.total_seconds()) < 1.0 for record in epochs] == [True]  # type: ignore[attr-defined]
    assert sum(getattr(record, "problem", "") == "box_clock_stepped" for record in caplog.records) == 1


def test_a_single_odd_stamp_is_no_epoch(pictures: list[CodedPicture]) -> None:
    script = Script(
        pictures=pictures, stamps=lambda picture, ms: ms * 90 + (90_000 * 9_800 if picture % 20 == 19 else 0)
    )
    with ScriptedCamera(script) as camera, LiveBox(camera.url, judged_within_s=15, analysed_fps=25) as box:
        wait_until(lambda: box.judged > 60, 30.0)
        metrics = box.metrics()
        assert metrics['matthan_stamp_outliers_total{camera="cam-1"}'] >= 2.0
        assert metrics['matthan_clock_epochs_total{camera="cam-1"}'] == 0.0
        assert -0.1 < box.age_s() < 2.0
        assert "stamps_unusable" not in codes(box)


def test_analysis_that_is_behind_is_named(pictures: list[CodedPicture]) -> None:
    with (
        ScriptedCamera(Script(pictures=pictures)) as camera,
        LiveBox(camera.url, judged_within_s=15, analysed_fps=25) as box,
    ):
        box.detector.takes_s = 0.3
        assert "less than half" in box.wait_for_problem("analysis_behind")["text"]


def test_a_network_that_fails_is_named_and_is_no_empty_street(pictures: list[CodedPicture]) -> None:
    with ScriptedCamera(Script(pictures=pictures)) as camera, LiveBox(camera.url) as box:
        box.detector.fails = DetectionError("no memory left")
        box.wait_for_problem("detection_failing")
        box.wait_for_problem("not_judged")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Script(pictures=[], answers=False), "accepts the connection but does not answer within 1.5 s"),
        (Script(pictures=[], answer=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>login</html>"), "camera"),
        (Script(pictures=[], status="453 Not Enough Bandwidth"), "not enough bandwidth"),
        (Script(pictures=[], status="500 Internal Server Error"), "error of its own"),
        (Script(pictures=[], status="404 Not Found"), "no stream of this name"),
        (Script(pictures=[], media="audio"), "offers no video"),
        (Script(pictures=[], user="operator", password="secret"), "user or password"),
    ],
    ids=["silent", "web page", "busy", "error", "path", "audio only", "password"],
)
def test_a_camera_that_gives_no_stream_is_named_with_its_own_reason_and_remedy(script: Script, words: str) -> None:
    with ScriptedCamera(script) as camera, LiveBox(camera.url) as box:
        problem = box.wait_for_problem("camera_lost", words)
        assert problem["remedy"].endswith((".", ")."))


def test_an_address_where_nobody_answers_is_told_from_a_camera_that_does_not_answer() -> None:
    with unanswering_address() as port, LiveBox(f"rtsp://127.0.0.1:{port}/street") as box:
        box.wait_for_problem("camera_lost", "nobody answers at the camera's address within 1.5 s")


@contextmanager
def unanswering_address() -> Iterator[int]:
    """A port whose queue of connections is full: the system lets nobody in and says nothing, as where no camera is."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port, links = listener.getsockname()[1], []
        for _ in range(4):
            link = socket.socket()
            link.setblocking(False)
            with suppress(BlockingIOError):
                link.connect(("127.0.0.1", port))
            links.append(link)
        yield port
        for link in links:
            link.close()


def test_nothing_of_the_health_of_cameras_needs_the_analysis_thread(pictures: list[CodedPicture]) -> None:
    with ScriptedCamera(Script(pictures=pictures)) as camera, LiveBox(camera.url) as box:
        box.wait_until_well()
        held = threading.Event()
        box.pipeline.request(lambda: held.wait(20.0) and None)
        box.wait_for_problem("not_judged")
        held.set()
        box.wait_until_well()
