"""Cases go up from the centre's offsets; what is damaged is said; nothing holds up others or is tried in vain."""

import random
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.cases.evidence import CaseAnswer, CaseMessage, FileRole
from domain.errors import ConfigurationError, Conflict, Invalid, NotAllowed, NotFound, TransportError
from domain.fleet.health import ProblemCode
from edge.delivery.centre import CHUNK_BYTES, Centre, CentreBusy, CentreDoor, CentreUnreachable
from edge.delivery.uploader import Uploader
from edge.evidence.package import Content, seal, write_package
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.outbox.values import FileState, OutboxFile
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import ManualClock
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore

CLIP = random.Random(5).randbytes(10_000)
OVERLAY = b'{"schema_version":"1.0"}'


class Bench:
    """An outbox with cases that are ready, and a centre."""

    def __init__(self, folder: Path, url: str) -> None:
        self.clock = ManualClock()
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            folder / "data", clock=self.clock, problems=self.problems, min_free_bytes=0, reserve_bytes=4096
        )
        self.signer: BoxSigner = generate_key(folder / "key")
        self.door = CentreDoor(Centre(url=url, api_key=API_KEY, timeout_s=5.0))
        self.uploader = self.new_uploader(self.door)

    def new_uploader(self, door: CentreDoor, chunk_bytes: int = 4000) -> Uploader:
        return Uploader(
            outbox=self.outbox,
            door=door,
            clock=self.clock,
            randomness=random.Random(1),
            problems=self.problems,
            chunk_bytes=chunk_bytes,
        )

    def add_case(self, number: int = 1, *, clip: bytes = CLIP) -> list[OutboxFile]:
        case = build_case(subject_key=f"track:{number}")
        contents = [
            Content(name="clip.mp4", role=FileRole.CLIP, content=clip),
            Content(name="overlay.json", role=FileRole.OVERLAY, content=OVERLAY),
        ]
        message = seal(case, contents, (), created_at=NOON, signer=self.signer)
        self.outbox.record(case)
        write_package(self.outbox.package_folder(case.case_id), message, contents)
        self.outbox.make_ready(message)
        return list(self.outbox.files_of(case.case_id))

    def unsent(self) -> int:
        return self.outbox.status().unsent_cases


@pytest.fixture
def peer() -> Iterator[HttpPeer]:
    with HttpPeer(PeerStore()) as peer:
        yield peer


@pytest.fixture
def bench(tmp_path: Path, peer: HttpPeer) -> Iterator[Bench]:
    bench = Bench(tmp_path, peer.url)
    yield bench
    bench.uploader.close()
    bench.outbox.close()


def pieces(peer: HttpPeer, name: str = "clip.mp4") -> list[int]:
    return [size for method, path, size in peer.requests if method == "PATCH" and path.endswith(name)]


def offered(peer: HttpPeer) -> list[str]:
    return [path.split("?")[0].rsplit("/", 1)[1] for method, path, _ in peer.requests if method == "PUT"]


def test_a_case_is_offered_completed_and_leaves(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case()
    assert bench.uploader.upload_next()
    assert bytes(peer.store.files[clip.case_id, "clip.mp4"]) == CLIP
    assert list(peer.store.on_record) == [clip.case_id]
    assert bench.unsent() == 0
    assert list(bench.outbox.packages.iterdir()) == []
    assert pieces(peer) == [4000, 4000, 2000]
    assert [method for method, _, _ in peer.requests] == ["PUT", "PATCH", "PATCH", "PATCH", "PATCH", "PUT"]
    assert not bench.uploader.upload_next()


def test_small_files_go_at_once_where_the_centre_takes_them_so(bench: Bench, peer: HttpPeer) -> None:
    peer.pieces_bytes = len(CLIP) + len(OVERLAY)
    uploader = bench.uploader = bench.new_uploader(bench.door, CHUNK_BYTES)
    clip, _ = bench.add_case()
    assert uploader.upload_next()
    assert [(method, path.rsplit("/", 1)[1]) for method, path, _ in peer.requests][1:-1] == [("PATCH", "files")]
    assert bytes(peer.store.files[clip.case_id, "clip.mp4"]) == CLIP
    assert (list(peer.store.on_record), bench.unsent()) == ([clip.case_id], 0)


def test_what_is_too_much_at_once_goes_one_by_one(bench: Bench, peer: HttpPeer) -> None:
    peer.pieces_bytes = len(CLIP) + len(OVERLAY) - 1
    uploader = bench.uploader = bench.new_uploader(bench.door, CHUNK_BYTES)
    bench.add_case()
    assert uploader.upload_next()
    assert pieces(peer) == [len(CLIP)]
    assert bench.unsent() == 0


def test_of_files_that_go_at_once_a_damaged_one_is_left_out(bench: Bench, peer: HttpPeer) -> None:
    peer.pieces_bytes = CHUNK_BYTES
    uploader = bench.uploader = bench.new_uploader(bench.door, CHUNK_BYTES)
    clip, overlay = bench.add_case()
    overlay.path.write_bytes(b"{")
    assert uploader.upload_next()
    assert peer.store.lost[clip.case_id] == ("overlay.json",)


def test_several_files_over_a_line_that_breaks_get_there(bench: Bench, peer: HttpPeer) -> None:
    peer.pieces_bytes, peer.faults = CHUNK_BYTES, 0.6
    uploader = bench.uploader = bench.new_uploader(bench.door, CHUNK_BYTES)
    clip, _ = bench.add_case()
    for _ in range(200):
        if bench.unsent() == 0:
            break
        with suppress(TransportError):
            uploader.upload_next()
        bench.clock.pass_s(10_000)
    assert bytes(peer.store.files[clip.case_id, "clip.mp4"]) == CLIP


def test_an_upload_goes_on_where_the_centre_is(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case()
    peer.store.files[clip.case_id, "clip.mp4"] = bytearray(CLIP[:7000])
    bench.uploader.upload_next()
    assert pieces(peer) == [3000]
    assert bench.unsent() == 0


def test_a_case_that_is_on_record_already_just_leaves(bench: Bench, peer: HttpPeer) -> None:
    clip, overlay = bench.add_case()
    peer.store.files[clip.case_id, "clip.mp4"] = bytearray(CLIP)
    peer.store.files[clip.case_id, "overlay.json"] = bytearray(OVERLAY)
    message = bench.outbox.message(clip.case_id)
    assert message is not None
    peer.store.offer(message)
    bench.uploader.upload_next()
    assert (bench.unsent(), pieces(peer), overlay.path.exists()) == (0, [], False)


def test_a_line_that_breaks_in_the_middle_is_taken_up_again(bench: Bench, peer: HttpPeer) -> None:
    bench.add_case()
    peer.randomness = random.Random(4)
    peer.faults = 0.7
    for _ in range(200):
        with suppress(TransportError):
            if not bench.uploader.upload_next() and not bench.unsent():
                break
        bench.clock.pass_s(120)
    assert bench.unsent() == 0
    assert peer.store.mismatches == 0
    assert sum(pieces(peer)) > len(CLIP)


def test_a_line_too_slow_for_large_pieces_gets_smaller_ones(bench: Bench) -> None:
    sizes: list[int] = []
    store = PeerStore()

    def slow(request: httpx.Request) -> httpx.Response:
        case_id = uuid.UUID(request.url.path.split("/")[5])
        if request.method == "PUT":
            answer = store.offer(request.content)
            assert answer is not None
            return httpx.Response(200, content=answer.model_dump_json())
        if len(request.content) > 100:
            sizes.append(len(request.content))
        if len(request.content) > 200_000:
            raise httpx.ReadTimeout("too slow", request=request)
        name, offset = request.url.path.rsplit("/", 1)[1], int(request.headers["Upload-Offset"])
        status, now = store.append(case_id, name, offset, request.content)
        return httpx.Response(status, headers={"Upload-Offset": str(now)})

    door = CentreDoor(Centre(url="http://centre", api_key="k"), transport=httpx.MockTransport(slow))
    uploader = bench.new_uploader(door, CHUNK_BYTES)
    bench.add_case(clip=bytes(1_000_000))
    for _ in range(20):
        bench.clock.pass_s(200)
        with suppress(TransportError):
            uploader.upload_next()
    uploader.close()
    assert bench.unsent() == 0
    assert sizes[:6] == [1_000_000, 1_000_000, 1_000_000, 524_288, 262_144, 131_072]


@pytest.mark.parametrize("status", [500, 502])
def test_a_case_that_breaks_the_centre_lets_the_others_through(bench: Bench, peer: HttpPeer, status: int) -> None:
    bad, _ = bench.add_case(1)
    for number in range(2, 5):
        bench.add_case(number)
    offer = peer.store.offer

    def answer(payload: bytes, lost: Collection[str] = ()) -> CaseAnswer | None:
        if str(bad.case_id).encode() in payload:
            raise ConnectionResetError
        return offer(payload, lost)

    peer.store.offer = answer  # type: ignore[method-assign]
    peer.fault_status = status
    for _ in range(8):
        with suppress(TransportError):
            bench.uploader.upload_next()
    assert bench.unsent() == 1
    assert offered(peer).count(str(bad.case_id)) == 1


def test_a_fault_of_ours_with_one_case_is_named_tried_again_and_holds_up_nobody(bench: Bench, peer: HttpPeer) -> None:
    bad, _ = bench.add_case(1)
    bench.add_case(2)
    message, faults = bench.outbox.message, [RuntimeError("a bug")]

    def read(case_id: uuid.UUID) -> bytes | None:
        if case_id == bad.case_id and faults:
            raise faults.pop()
        return message(case_id)

    bench.outbox.message = read  # type: ignore[method-assign]
    while bench.uploader.upload_next():
        pass
    assert bench.unsent() == 1
    (problem,) = bench.problems.problems()
    assert (problem.code, "a bug" in problem.text) == (ProblemCode.CASE_NOT_DELIVERED, True)
    bench.clock.pass_s(120)
    assert bench.uploader.upload_next()
    assert (bench.unsent(), bench.problems.texts()) == (0, ())


def test_a_centre_that_is_away_or_busy_keeps_the_order(bench: Bench, peer: HttpPeer) -> None:
    first, _ = bench.add_case(1)
    bench.add_case(2)
    peer.faults = 2.0  # 503 for everything
    for _ in range(3):
        with pytest.raises(CentreBusy, match="503"):
            bench.uploader.upload_next()
    assert set(offered(peer)) == {str(first.case_id)}


def test_a_file_damaged_on_the_box_is_reported_and_the_case_goes_without_it(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case()
    clip.path.write_bytes(CLIP[:-1] + b"x")
    seen: list[tuple[str, ...]] = []
    mark = bench.outbox.mark_damaged

    def marked(case_id: uuid.UUID, name: str) -> None:
        mark(case_id, name)
        seen.append((name,))

    bench.outbox.mark_damaged = marked  # type: ignore[method-assign]
    assert bench.uploader.upload_next()
    assert seen == [("clip.mp4",)]
    assert peer.store.mismatches == 1
    assert peer.store.lost[clip.case_id] == ("clip.mp4",)
    assert bench.unsent() == 0
    assert bench.problems.texts() == ()


def test_a_file_that_is_gone_or_cut_short_is_damaged_too(bench: Bench, peer: HttpPeer) -> None:
    clip, overlay = bench.add_case()
    clip.path.write_bytes(CLIP[:100])
    overlay.path.unlink()
    bench.uploader.upload_next()
    assert peer.store.lost[clip.case_id] == ("clip.mp4", "overlay.json")
    assert {method for method, _, _ in peer.requests} == {"PUT"}
    assert bench.unsent() == 0


def test_a_message_that_the_centre_refuses_is_a_named_problem_tried_rarely_and_holds_up_nobody(
    bench: Bench, peer: HttpPeer
) -> None:
    refused, _ = bench.add_case(1)
    for number in range(2, 5):
        bench.add_case(number)
    other = build_message(build_case(subject_key="track:1"), Ed25519PrivateKey.generate())
    answer = CaseAnswer(case_id=refused.case_id, message_sha256=other.sha256(), received_at=NOON)
    peer.store.on_record[refused.case_id] = answer
    while bench.uploader.upload_next():
        pass
    assert bench.unsent() == 1
    (problem,) = bench.problems.problems()
    assert problem.code == ProblemCode.CASE_REFUSED
    assert "another case of this id" in problem.text
    for _ in range(24 * 60):
        bench.clock.pass_s(60)
        bench.uploader.upload_next()
    assert 4 <= offered(peer).count(str(refused.case_id)) <= 110, "a day of refusals"
    del peer.store.on_record[refused.case_id]
    bench.clock.pass_s(6 * 3600)
    bench.uploader.upload_next()
    assert (bench.unsent(), bench.problems.texts()) == (0, ())


def test_a_sound_file_that_the_centre_never_gets_right_is_tried_ever_more_rarely_and_reported(
    bench: Bench, peer: HttpPeer
) -> None:
    clip, _ = bench.add_case()
    append, spoils = peer.store.append, True

    def spoil(case_id: uuid.UUID, name: str, offset: int, content: bytes) -> tuple[int, int]:
        return append(case_id, name, offset, bytes(len(content)) if spoils else content)

    peer.store.append = spoil  # type: ignore[method-assign]
    tries = 0
    for _ in range(60):
        tries += bench.uploader.upload_next()
        bench.clock.pass_s(60)
    assert 3 <= tries <= 15
    assert any("does not arrive" in text for text in bench.problems.texts())
    spoils = False
    bench.clock.pass_s(3600)
    bench.uploader.upload_next()
    assert bench.unsent() == 0
    assert bench.problems.texts() == ()
    assert bytes(peer.store.files[clip.case_id, "clip.mp4"]) == CLIP


def test_a_package_that_the_centre_gave_up_meanwhile_begins_anew(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case()
    append, given_up = peer.store.append, False

    def give_up_once(case_id: uuid.UUID, name: str, offset: int, content: bytes) -> tuple[int, int]:
        nonlocal given_up
        if offset and not given_up:
            given_up = True
            peer.store.messages.clear()
            peer.store.files.clear()
        return append(case_id, name, offset, content)

    peer.store.append = give_up_once  # type: ignore[method-assign]
    bench.uploader.upload_next()
    assert bytes(peer.store.files[clip.case_id, "clip.mp4"]) == CLIP
    assert bench.unsent() == 0


def test_a_case_damaged_on_the_disk_is_left_alone(bench: Bench, peer: HttpPeer) -> None:
    damaged, _ = bench.add_case(1)
    bench.add_case(2)
    message = bench.outbox.message
    bench.outbox.message = lambda case_id: None if case_id == damaged.case_id else message(case_id)  # type: ignore[method-assign]
    while bench.uploader.upload_next():
        pass
    assert damaged.case_id not in peer.store.messages
    assert bench.unsent() == 1


def test_a_refused_key_is_reported_and_shows_up_nowhere(
    bench: Bench, peer: HttpPeer, caplog: pytest.LogCaptureFixture
) -> None:
    bench.add_case()
    caplog.set_level("DEBUG")
    uploader = bench.new_uploader(CentreDoor(Centre(url=peer.url, api_key="secret-of-the-box")))
    with pytest.raises(NotAllowed) as error:
        uploader.upload_next()
    uploader.close()
    assert "secret-of-the-box" not in str(error.value)
    assert "secret-of-the-box" not in caplog.text
    assert "secret-of-the-box" not in repr(Centre(url=peer.url, api_key="secret-of-the-box"))


def test_the_outbox_wakes_the_uploader_which_looks_at_nothing_meanwhile(bench: Bench, peer: HttpPeer) -> None:
    looks = 0
    ready_after = bench.outbox.ready_after

    def counted(position: int, limit: int = 500) -> list[tuple[int, uuid.UUID]]:
        nonlocal looks
        looks += 1
        return ready_after(position, limit)

    bench.outbox.ready_after = counted  # type: ignore[method-assign]
    bench.uploader.start()
    for number in range(3):
        bench.add_case(number)
        deadline = time.monotonic() + 60
        while bench.unsent():
            assert time.monotonic() < deadline
            time.sleep(0.005)
    bench.uploader.close()
    assert len(peer.store.on_record) == 3
    assert looks <= 10
    assert not bench.uploader._thread.is_alive()


def test_a_backlog_is_read_once_however_long_it_is(bench: Bench) -> None:
    door = CentreDoor(Centre(url="http://c", api_key="k"), transport=httpx.MockTransport(_put_on_record))
    uploader = bench.new_uploader(door)
    for number in range(1200):
        case = build_case(subject_key=f"track:{number}")
        bench.outbox.record(case)
        bench.outbox.make_ready(seal(case, [], (), created_at=NOON, signer=bench.signer))
    read = 0
    ready_after = bench.outbox.ready_after

    def counted(position: int, limit: int = 500) -> list[tuple[int, uuid.UUID]]:
        nonlocal read
        found = ready_after(position, limit)
        read += len(found)
        return found

    bench.outbox.ready_after = counted  # type: ignore[method-assign]
    while uploader.upload_next():
        pass
    uploader.close()
    assert (bench.unsent(), read) == (0, 1200)


def _put_on_record(request: httpx.Request) -> httpx.Response:
    message = CaseMessage.model_validate_json(request.content)
    answer = CaseAnswer(case_id=message.case.case_id, message_sha256=message.sha256(), received_at=NOON)
    return httpx.Response(200, content=answer.model_dump_json())


FILE = OutboxFile(
    case_id=build_case().case_id,
    name="clip.mp4",
    path=Path("clip.mp4"),
    size_bytes=10,
    sha256="0" * 64,
    state=FileState.WAITING,
)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(404), NotFound),
        (httpx.Response(409), Conflict),
        (httpx.Response(422, json={"type": "about:blank"}), Invalid),
        (httpx.Response(422, text="not JSON"), Invalid),
        (httpx.Response(400), Invalid),
        (httpx.Response(413), Invalid),
        (httpx.Response(401), NotAllowed),
        (httpx.Response(403), NotAllowed),
        (httpx.Response(408), TransportError),
        (httpx.Response(429, headers={"Retry-After": "7"}), CentreBusy),
        (httpx.Response(503), CentreBusy),
        (httpx.Response(500), TransportError),
        (httpx.Response(302, headers={"Location": "http://elsewhere/"}), TransportError),
        (httpx.Response(204), TransportError),
        (httpx.Response(204, headers={"Upload-Offset": "much"}), TransportError),
        (httpx.Response(204, headers={"Upload-Offset": "-1"}), TransportError),
        (httpx.Response(204, headers={"Upload-Offset": "0"}), TransportError),
        (httpx.Response(204, headers={"Upload-Offset": "2"}), TransportError),
        (httpx.ConnectError("refused"), CentreUnreachable),
        (httpx.ReadTimeout("slow"), TransportError),
        (httpx.RemoteProtocolError("nonsense"), TransportError),
    ],
)
def test_every_answer_of_the_centre_has_its_error(answer: httpx.Response | Exception, error: type[Exception]) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    door = CentreDoor(Centre(url="http://centre", api_key="k"), transport=httpx.MockTransport(respond))
    with pytest.raises(error):
        door.send(FILE, 0, b"x")
    door.close()


@pytest.mark.parametrize(
    ("retry_after", "wait_s"), [("7", 7.0), ("0", 0.0), ("999999", 3600.0), ("Wed, 21 Oct", 0.0), ("-3", 0.0)]
)
def test_a_busy_centre_says_how_long_to_wait(retry_after: str, wait_s: float) -> None:
    answer = httpx.Response(429, headers={"Retry-After": retry_after})
    door = CentreDoor(Centre(url="http://centre", api_key="k"), transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(CentreBusy) as busy:
        door.offer(FILE.case_id, b"{}", ())
    door.close()
    assert busy.value.retry_after_s == wait_s


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"case_id": "x"}'])
def test_an_answer_that_says_nothing_is_none(content: bytes) -> None:
    answer = httpx.Response(200, content=content)
    door = CentreDoor(Centre(url="http://centre", api_key="k"), transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(TransportError):
        door.offer(FILE.case_id, b"{}", ())
    door.close()


def test_requests_are_as_the_contract_says() -> None:
    seen: list[httpx.Request] = []
    answer = CaseAnswer(case_id=FILE.case_id, message_sha256="0" * 64, received_at=NOON)

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.method == "PUT":
            return httpx.Response(200, content=answer.model_dump_json())
        return httpx.Response(204, headers={"Upload-Offset": "9", "Upload-Complete": "?1"})

    door = CentreDoor(Centre(url="http://centre/", api_key="k"), transport=httpx.MockTransport(respond))
    assert door.send(FILE, 8, b"x") == 9
    assert door.offer(FILE.case_id, b"{}", ["clip.mp4", "a.json"]) == answer
    door.close()
    patch, put = seen
    assert (patch.method, put.method) == ("PATCH", "PUT")
    assert str(patch.url) == f"http://centre/api/v1/edge/cases/{FILE.case_id}/files/clip.mp4"
    assert patch.headers["Upload-Offset"] == "8"
    assert patch.headers["Content-Type"] == "application/partial-upload"
    assert str(put.url) == f"http://centre/api/v1/edge/cases/{FILE.case_id}?lost=a.json&lost=clip.mp4"
    assert put.content == b"{}"
    assert {request.headers["Authorization"] for request in seen} == {"Bearer k"}
    assert CHUNK_BYTES == 4 * 1024 * 1024


def test_a_wrong_authority_file_is_the_installers_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="certificate authority"):
        CentreDoor(Centre(url="https://centre", api_key="k", ca_file=tmp_path / "missing.pem"))
