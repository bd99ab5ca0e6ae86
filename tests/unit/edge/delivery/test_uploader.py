"""Evidence goes up from the centre's offset; what is damaged is said; nothing is tried for ever in vain."""

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseAcknowledgement, FileRole
from domain.errors import ConfigurationError, Conflict, IntegrityError, Invalid, NotAllowed, NotFound, TransportError
from edge.box.problems import ProblemBoard
from edge.delivery.centre import CHUNK_BYTES, Centre, CentreDoor
from edge.delivery.uploader import Uploader
from edge.evidence.package import Content, seal, write_package
from edge.outbox.outbox import Outbox
from edge.outbox.values import FileState, OutboxFile
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import ManualClock
from tests.builders.cases import NOON, build_case
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore

CLIP = random.Random(5).randbytes(10_000)
OVERLAY = b'{"schema_version":"1.0"}'


class Bench:
    """An outbox with acknowledged cases, and a centre that knows them."""

    def __init__(self, folder: Path, url: str, store: PeerStore) -> None:
        self.store = store
        self.clock = ManualClock()
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            folder / "data", clock=self.clock, problems=self.problems, min_free_bytes=0, reserve_bytes=4096
        )
        self.signer: BoxSigner = generate_key(folder / "key")
        self.uploader = self.new_uploader(url)

    def new_uploader(self, url: str, api_key: str = API_KEY) -> Uploader:
        return Uploader(
            outbox=self.outbox,
            door=CentreDoor(Centre(url=url, api_key=api_key, timeout_s=5.0)),
            clock=self.clock,
            randomness=random.Random(1),
            problems=self.problems,
            chunk_bytes=4000,
        )

    def add_case(self, number: int = 1, *, told: bool = True, clip: bytes = CLIP) -> list[OutboxFile]:
        case = build_case(subject_key=f"track:{number}")
        contents = [
            Content(name="clip.mp4", role=FileRole.CLIP, content=clip),
            Content(name="overlay.json", role=FileRole.OVERLAY, content=OVERLAY),
        ]
        message = seal(case, contents, (), created_at=NOON, signer=self.signer)
        self.outbox.record(case)
        write_package(self.outbox.package_folder(case.case_id), message, contents)
        self.outbox.make_ready(message)
        if told:
            self.store.take(canonical_bytes(message))
        self.outbox.acknowledge(
            CaseAcknowledgement(case_id=case.case_id, message_sha256=message.sha256(), received_at=NOON)
        )
        return list(self.outbox.files_of(case.case_id))


@pytest.fixture
def peer() -> Iterator[HttpPeer]:
    with HttpPeer(PeerStore()) as peer:
        yield peer


@pytest.fixture
def bench(tmp_path: Path, peer: HttpPeer) -> Iterator[Bench]:
    bench = Bench(tmp_path, peer.url, peer.store)
    yield bench
    bench.uploader.close()
    bench.outbox.close()


def test_every_file_goes_up_in_pieces_and_the_case_leaves(bench: Bench, peer: HttpPeer) -> None:
    bench.add_case()
    assert bench.uploader.upload_next()
    assert bytes(next(held for (_, name), held in peer.store.files.items() if name == "clip.mp4")) == CLIP
    assert peer.store.missing() == []
    assert bench.outbox.status().unsent_cases == 0
    assert list(bench.outbox.packages.iterdir()) == []
    assert [size for method, path, size in peer.requests if path.endswith("clip.mp4")] == [0, 4000, 4000, 2000]
    assert not bench.uploader.upload_next()


def test_an_upload_goes_on_where_the_centre_is(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case()
    peer.store.files[clip.case_id, "clip.mp4"] = bytearray(CLIP[:7000])
    bench.uploader.upload_next()
    assert [size for _, path, size in peer.requests if path.endswith("clip.mp4")] == [0, 3000]
    assert peer.store.missing() == []


@pytest.mark.parametrize("offset", ["-1", "-9999999", "x", "", "1.5"])
def test_an_offset_that_cannot_be_spoils_nothing_here(bench: Bench, offset: str) -> None:
    bench.add_case()
    answer = httpx.Response(200, headers={"Upload-Offset": offset, "Upload-Complete": "?0"})
    door = CentreDoor(Centre(url="http://centre", api_key=API_KEY), transport=httpx.MockTransport(lambda _: answer))
    uploader = Uploader(
        outbox=bench.outbox, door=door, clock=bench.clock, randomness=random.Random(1), problems=bench.problems
    )
    with pytest.raises(TransportError, match="Upload-Offset"):
        uploader.upload_next()
    uploader.close()
    (case_id,) = bench.outbox.acknowledged()
    assert {file.state for file in bench.outbox.files_of(case_id)} == {FileState.WAITING}


def test_a_line_that_breaks_in_the_middle_is_taken_up_again(bench: Bench, peer: HttpPeer) -> None:
    bench.add_case()
    peer.faults = 1.0  # every request breaks or is refused for now
    for _ in range(4):
        with pytest.raises(TransportError):
            bench.uploader.upload_next()
        bench.clock.pass_s(10)
    peer.faults = 0.0
    assert bench.uploader.upload_next()
    assert peer.store.missing() == []
    assert peer.store.mismatches == 0


def test_a_line_too_slow_for_large_pieces_gets_smaller_ones(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "http://unused", PeerStore())
    sizes: list[int] = []
    held = bytearray()

    def slow(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            sizes.append(len(request.content))
            if len(request.content) > 200_000:
                raise httpx.ReadTimeout("too slow", request=request)
            held.extend(request.content)
        complete = "?1" if len(held) == 1_000_000 else "?0"
        headers = {"Upload-Offset": str(len(held)), "Upload-Complete": complete}
        return httpx.Response(200 if request.method == "HEAD" else 204, headers=headers)

    uploader = Uploader(
        outbox=bench.outbox,
        door=CentreDoor(Centre(url="http://centre", api_key="k"), transport=httpx.MockTransport(slow)),
        clock=bench.clock,
        randomness=random.Random(1),
        problems=bench.problems,
    )
    bench.add_case(clip=bytes(1_000_000))
    for _ in range(20):
        bench.clock.pass_s(10)
        with suppress(TransportError):
            uploader.upload_next()
    uploader.close()
    bench.outbox.close()
    assert held == bytes(1_000_000)
    assert sizes[:5] == [1_000_000, 1_000_000, 1_000_000, 524_288, 262_144]


def test_a_centre_that_is_away_raises_and_the_other_cases_are_tried_too(bench: Bench, peer: HttpPeer) -> None:
    bench.add_case(1)
    bench.add_case(2)
    peer.faults = 2.0  # 503 for everything
    for _ in range(2):
        with pytest.raises(TransportError, match="503"):
            bench.uploader.upload_next()
    assert len({path.split("/")[5] for _, path, _ in peer.requests}) == 2


def test_a_file_damaged_on_the_box_is_said_and_not_sent_again(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case()
    clip.path.write_bytes(CLIP[:-1] + b"x")
    for _ in range(5):
        bench.uploader.upload_next()
        bench.clock.pass_s(4000)
    assert peer.store.mismatches == 1
    assert bench.problems.texts()[0] == (
        f"the file clip.mp4 of case {clip.case_id} is damaged on the box and cannot be sent"
    )
    assert {file.name: file.state for file in bench.outbox.files_of(clip.case_id)} == {
        "clip.mp4": FileState.DAMAGED,
        "overlay.json": FileState.UPLOADED,
    }
    assert bench.outbox.status().damaged_files == 1
    assert clip.path.exists()


def test_a_file_that_is_gone_or_cut_short_is_damaged_too(bench: Bench, peer: HttpPeer) -> None:
    clip, overlay = bench.add_case()
    clip.path.write_bytes(CLIP[:100])
    overlay.path.unlink()
    bench.uploader.upload_next()
    assert {file.state for file in bench.outbox.files_of(clip.case_id)} == {FileState.DAMAGED}
    assert {method for method, _, _ in peer.requests} == {"HEAD"}


def test_a_damaged_case_does_not_hold_up_the_next_one(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case(1)
    clip.path.unlink()
    bench.add_case(2)
    bench.uploader.upload_next()
    bench.uploader.upload_next()
    assert bench.outbox.status().acknowledged == 1
    assert [case_id for case_id, name in peer.store.complete if name == "clip.mp4"] != [clip.case_id]


def test_a_sound_file_that_the_centre_refuses_is_tried_ever_more_rarely_and_told(bench: Bench, peer: HttpPeer) -> None:
    clip, _ = bench.add_case()
    tries = 0
    for _ in range(60):
        peer.store.files[clip.case_id, "clip.mp4"] = bytearray(b"x" * 4000)  # the centre's own copy went wrong
        tries += bench.uploader.upload_next()
        bench.clock.pass_s(60)
    assert 3 <= tries <= 15
    assert any("does not arrive" in text for text in bench.problems.texts())
    peer.store.files.clear()
    bench.clock.pass_s(3600)
    bench.uploader.upload_next()
    assert bench.outbox.status().unsent_cases == 0
    bench.uploader.upload_next()
    assert bench.problems.texts() == ()


def test_a_case_that_the_centre_does_not_know_any_more_is_sent_again(bench: Bench) -> None:
    clip, _ = bench.add_case(told=False)
    bench.uploader.upload_next()
    assert [case_id for _, case_id in bench.outbox.ready_after(0)] == [clip.case_id]


def test_a_refused_key_is_told_and_shows_up_nowhere(
    bench: Bench, peer: HttpPeer, caplog: pytest.LogCaptureFixture
) -> None:
    bench.add_case()
    caplog.set_level("DEBUG")
    uploader = bench.new_uploader(peer.url, api_key="secret-of-the-box")
    with pytest.raises(NotAllowed) as error:
        uploader.upload_next()
    uploader.close()
    assert "secret-of-the-box" not in str(error.value)
    assert "secret-of-the-box" not in caplog.text
    assert "secret-of-the-box" not in repr(Centre(url=peer.url, api_key="secret-of-the-box"))


def test_the_thread_uploads_by_itself_and_ends_when_told(bench: Bench, peer: HttpPeer) -> None:
    bench.add_case()
    bench.uploader.start()
    for _ in range(500):
        if not bench.outbox.status().unsent_cases:
            break
        bench.uploader._stop.wait(0.02)
    bench.uploader.close()
    assert peer.store.missing() == []
    assert not bench.uploader._thread.is_alive()


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
        (httpx.Response(422, json={"type": "https://x/problems/hash-mismatch"}), IntegrityError),
        (httpx.Response(422, json={"type": "about:blank"}), Invalid),
        (httpx.Response(422, text="not JSON"), Invalid),
        (httpx.Response(400), Invalid),
        (httpx.Response(413), Invalid),
        (httpx.Response(401), NotAllowed),
        (httpx.Response(403), NotAllowed),
        (httpx.Response(408), TransportError),
        (httpx.Response(429), TransportError),
        (httpx.Response(500), TransportError),
        (httpx.Response(302, headers={"Location": "http://elsewhere/"}), TransportError),
        (httpx.Response(204), TransportError),
        (httpx.Response(204, headers={"Upload-Offset": "much"}), TransportError),
        (httpx.ConnectError("refused"), TransportError),
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


def test_a_request_is_as_the_contract_says() -> None:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204, headers={"Upload-Offset": "9", "Upload-Complete": "?1"})

    door = CentreDoor(Centre(url="http://centre/", api_key="k"), transport=httpx.MockTransport(respond))
    progress = door.send(FILE, 8, b"x")
    door.close()
    assert (progress.offset, progress.complete) == (9, True)
    (request,) = seen
    assert request.method == "PATCH"
    assert str(request.url) == f"http://centre/api/v1/edge/cases/{FILE.case_id}/files/clip.mp4"
    assert request.headers["Upload-Offset"] == "8"
    assert request.headers["Content-Type"] == "application/partial-upload"
    assert request.headers["Authorization"] == "Bearer k"
    assert CHUNK_BYTES == 4 * 1024 * 1024


def test_a_wrong_authority_file_is_the_installers_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="certificate authority"):
        CentreDoor(Centre(url="https://centre", api_key="k", ca_file=tmp_path / "missing.pem"))
