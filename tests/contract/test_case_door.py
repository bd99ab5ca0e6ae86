"""Box and centre agree on the upload; the small peer of other tests behaves as the real centre does."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.principals import SYSTEM
from deploy.local.servers import LOOPBACK, free_port
from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseAnswer, CaseMessage, MissingFile
from domain.cases.pieces import Piece
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from edge.delivery.centre import CHUNK_BYTES, Centre, CentreDoor
from edge.outbox.values import FileState, OutboxFile
from tests.builders.cases import build_case, build_manifest, build_message
from tests.builders.centre import CentreBuilder
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
CONTENT = bytes(range(256)) * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A centre that answers."""

    url: str
    api_key: str

    def door(self, api_key: str | None = None) -> CentreDoor:
        return CentreDoor(Centre(url=self.url, api_key=api_key or self.api_key, timeout_s=10.0))


@pytest.fixture(scope="module", params=["peer", pytest.param("centre", marks=pytest.mark.server)])
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if request.param == "peer":
        store = PeerStore()
        with HttpPeer(store) as peer:
            peer.pieces_bytes = 1024 * 1024
            yield Running(url=peer.url, api_key=API_KEY)
        return
    builder = CentreBuilder(tmp_path_factory.mktemp("centre"))
    _, secret = builder.centre.machines.create_key(SYSTEM, name="box-1", role=Role.EDGE, box_id="box-1")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(builder.app, host=LOOPBACK, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield Running(url=f"http://{LOOPBACK}:{port}", api_key=secret)
    server.should_exit = True
    thread.join(20)
    builder.close()


@pytest.fixture
def door(centre: Running) -> Iterator[CentreDoor]:
    door = centre.door()
    yield door
    door.close()


@pytest.fixture
def message(request: pytest.FixtureRequest) -> CaseMessage:
    """A case that the centre has never heard of."""
    case = build_case(subject_key=request.node.name)
    return build_message(case, KEY, build_manifest(case, {"clip.mp4": CONTENT, "empty.json": b""}))


def offer(door: CentreDoor, message: CaseMessage, lost: tuple[str, ...] = ()) -> CaseAnswer:
    return door.offer(message.case.case_id, canonical_bytes(message), lost)


def file_of(message: CaseMessage, name: str = "clip.mp4") -> OutboxFile:
    listed = message.manifest.files[0]
    return OutboxFile(
        case_id=message.case.case_id,
        name=name,
        path=Path("unused"),
        size_bytes=listed.size_bytes,
        sha256=listed.sha256,
        state=FileState.WAITING,
    )


def test_a_case_is_offered_completed_and_on_record_for_good(door: CentreDoor, message: CaseMessage) -> None:
    file = file_of(message)
    for offset in (0, 4000):
        answer = offer(door, message)
        assert answer.missing == (MissingFile(name="clip.mp4", offset_bytes=offset),)
        assert door.send(file, offset, CONTENT[offset : offset + 4000]) == offset + 4000
    assert door.send(file, 8000, CONTENT[8000:]) == len(CONTENT)
    answer = offer(door, message)
    assert (answer.on_record, answer.message_sha256, answer.missing) == (True, message.sha256(), ())
    assert offer(door, message) == offer(door, message, ("clip.mp4",)) == answer


def test_an_offset_that_is_not_the_centres_is_refused_and_changes_nothing(
    door: CentreDoor, message: CaseMessage
) -> None:
    offer(door, message)
    file = file_of(message)
    door.send(file, 0, CONTENT[:4000])
    for offset in (0, 3999, 4001):
        with pytest.raises(Conflict):
            door.send(file, offset, CONTENT[offset : offset + 10])
    assert offer(door, message).missing == (MissingFile(name="clip.mp4", offset_bytes=4000),)


def test_a_file_that_does_not_fit_the_manifest_is_forgotten_and_may_come_again(
    door: CentreDoor, message: CaseMessage
) -> None:
    offer(door, message)
    door.send(file_of(message), 0, bytes(len(CONTENT)))
    assert offer(door, message).missing == (MissingFile(name="clip.mp4", offset_bytes=0),)
    assert door.send(file_of(message), 0, CONTENT) == len(CONTENT)
    assert offer(door, message).on_record


def test_a_case_goes_without_a_file_that_is_damaged_on_the_box(door: CentreDoor, message: CaseMessage) -> None:
    assert not offer(door, message).on_record
    assert offer(door, message, ("clip.mp4",)).on_record


def test_another_message_for_a_case_on_record_is_refused(door: CentreDoor, message: CaseMessage) -> None:
    offer(door, message, ("clip.mp4",))
    manifest = message.manifest.model_copy(update={"gaps": ("another",)})
    with pytest.raises(Invalid, match="another case"):
        offer(door, build_message(message.case, KEY, manifest))


def test_what_the_centre_does_not_know_is_not_found(door: CentreDoor, message: CaseMessage) -> None:
    with pytest.raises(NotFound):
        door.send(file_of(message), 0, b"x")
    offer(door, message)
    with pytest.raises(NotFound):
        door.send(file_of(message, "other.mp4"), 0, b"x")


def test_a_wrong_key_is_not_let_in(centre: Running, message: CaseMessage) -> None:
    door = centre.door("wrong")
    with pytest.raises(NotAllowed):
        offer(door, message)
    with pytest.raises(NotAllowed):
        door.send(file_of(message), 0, b"x")
    door.close()


def test_a_piece_of_the_boxs_usual_size_is_taken(door: CentreDoor, message: CaseMessage) -> None:
    content = bytes(CHUNK_BYTES + 10)
    big = build_message(message.case, KEY, build_manifest(message.case, {"clip.mp4": content}))
    offer(door, big)
    assert door.send(file_of(big), 0, content[:CHUNK_BYTES]) == CHUNK_BYTES
    assert door.send(file_of(big), CHUNK_BYTES, content[CHUNK_BYTES:]) == len(content)
    assert offer(door, big).on_record


def test_more_bytes_than_the_manifest_says_are_refused(door: CentreDoor, message: CaseMessage) -> None:
    offer(door, message)
    with pytest.raises(Invalid):
        door.send(file_of(message), 0, CONTENT + b"x")
    assert not offer(door, message).on_record


def test_pieces_of_several_files_come_at_once(door: CentreDoor) -> None:
    case = build_case(subject_key="several at once")
    contents = {"clip.mp4": CONTENT, "overlay.json": b"{}", "still-0.jpg": CONTENT[:700]}
    message = build_message(case, KEY, build_manifest(case, contents))
    assert {file.name for file in offer(door, message).missing} == set(contents)
    assert door.pieces_bytes >= len(CONTENT)
    first = [Piece(name=name, offset_bytes=0, content=content[:500]) for name, content in contents.items()]
    door.send_pieces(case.case_id, first)
    with pytest.raises(Conflict):
        door.send_pieces(case.case_id, first)
    rest = {file.name: file.offset_bytes for file in offer(door, message).missing}
    assert rest == {"clip.mp4": 500, "still-0.jpg": 500}
    door.send_pieces(
        case.case_id, [Piece(name=name, offset_bytes=at, content=contents[name][at:]) for name, at in rest.items()]
    )
    assert offer(door, message).on_record
    with pytest.raises(NotFound):  # no package of it is arriving any more
        door.send_pieces(case.case_id, first)
