"""Box and centre agree on the upload; the small peer of other tests behaves as the real centre does."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.principals import SYSTEM
from deploy.local.servers import LOOPBACK, free_port
from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseMessage
from domain.cases.roles import Role
from domain.errors import Conflict, IntegrityError, MatThanError, NotAllowed, NotFound
from edge.delivery.centre import CHUNK_BYTES, Centre, CentreDoor, Progress
from edge.outbox.values import FileState, OutboxFile
from tests.builders.cases import a_uuid, build_case, build_manifest, build_message
from tests.builders.centre import CentreBuilder
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
CONTENT = bytes(range(256)) * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A centre that answers."""

    url: str
    api_key: str
    take_in: Callable[[CaseMessage], object]

    def door(self, api_key: str | None = None) -> CentreDoor:
        return CentreDoor(Centre(url=self.url, api_key=api_key or self.api_key, timeout_s=10.0))


@pytest.fixture(scope="module", params=["peer", pytest.param("centre", marks=pytest.mark.server)])
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if request.param == "peer":
        store = PeerStore()
        with HttpPeer(store) as peer:
            yield Running(url=peer.url, api_key=API_KEY, take_in=lambda message: store.take(canonical_bytes(message)))
        return
    builder = CentreBuilder(tmp_path_factory.mktemp("centre"))
    _, secret = builder.centre.machines.create_key(SYSTEM, name="box-1", role=Role.EDGE, box_id="box-1")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(builder.app, host=LOOPBACK, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield Running(url=f"http://{LOOPBACK}:{port}", api_key=secret, take_in=builder.take_in)
    server.should_exit = True
    thread.join(20)
    builder.close()


@pytest.fixture
def door(centre: Running) -> Iterator[CentreDoor]:
    door = centre.door()
    yield door
    door.close()


@pytest.fixture
def file(centre: Running, request: pytest.FixtureRequest) -> OutboxFile:
    """A file of a case that the centre has just taken in."""
    case = build_case(subject_key=request.node.name)
    message = build_message(case, KEY, build_manifest(case, {"clip.mp4": CONTENT, "empty.json": b"{}"}))
    centre.take_in(message)
    listed = message.manifest.files[0]
    return OutboxFile(
        case_id=case.case_id,
        name=listed.name,
        path=Path("unused"),
        size_bytes=listed.size_bytes,
        sha256=listed.sha256,
        state=FileState.WAITING,
    )


def test_a_new_file_begins_at_nought_and_ends_complete(door: CentreDoor, file: OutboxFile) -> None:
    assert door.progress(file) == Progress(offset=0, complete=False)
    assert door.send(file, 0, CONTENT[:4000]) == Progress(offset=4000, complete=False)
    assert door.progress(file) == Progress(offset=4000, complete=False)
    assert door.send(file, 4000, CONTENT[4000:]) == Progress(offset=len(CONTENT), complete=True)
    assert door.progress(file) == Progress(offset=len(CONTENT), complete=True)


def test_an_offset_that_is_not_the_centres_is_refused_and_changes_nothing(door: CentreDoor, file: OutboxFile) -> None:
    door.send(file, 0, CONTENT[:4000])
    for offset in (0, 3999, 4001):
        with pytest.raises(Conflict):
            door.send(file, offset, CONTENT[offset : offset + 10])
    assert door.progress(file) == Progress(offset=4000, complete=False)


def test_a_file_that_does_not_fit_the_manifest_is_forgotten_and_may_come_again(
    door: CentreDoor, file: OutboxFile
) -> None:
    door.send(file, 0, CONTENT[:4000])
    with pytest.raises(IntegrityError):
        door.send(file, 4000, bytes(len(CONTENT) - 4000))
    assert door.progress(file) == Progress(offset=0, complete=False)
    assert door.send(file, 0, CONTENT).complete


def test_what_the_centre_does_not_know_is_not_found(door: CentreDoor, file: OutboxFile) -> None:
    for unknown in (replace(file, case_id=a_uuid(7)), replace(file, name="other.mp4")):
        with pytest.raises(NotFound):
            door.progress(unknown)
        with pytest.raises(NotFound):
            door.send(unknown, 0, b"x")


def test_a_wrong_key_is_not_let_in(centre: Running, file: OutboxFile) -> None:
    door = centre.door("wrong")
    with pytest.raises(NotAllowed):
        door.progress(file)
    with pytest.raises(NotAllowed):
        door.send(file, 0, b"x")
    door.close()


def test_a_piece_of_the_boxs_usual_size_is_taken(
    centre: Running, door: CentreDoor, request: pytest.FixtureRequest
) -> None:
    content = bytes(CHUNK_BYTES + 10)
    case = build_case(subject_key=request.node.name)
    message = build_message(case, KEY, build_manifest(case, {"clip.mp4": content}))
    centre.take_in(message)
    big = OutboxFile(
        case_id=case.case_id,
        name="clip.mp4",
        path=Path("unused"),
        size_bytes=len(content),
        sha256=message.manifest.files[0].sha256,
        state=FileState.WAITING,
    )
    assert door.send(big, 0, content[:CHUNK_BYTES]).offset == CHUNK_BYTES
    assert door.send(big, CHUNK_BYTES, content[CHUNK_BYTES:]).complete


def test_more_bytes_than_the_manifest_says_are_refused(door: CentreDoor, file: OutboxFile) -> None:
    with pytest.raises(MatThanError):
        door.send(file, 0, CONTENT + b"x")
    assert not door.progress(file).complete
