"""What every evidence store promises; run on a directory and on a real S3 server."""

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from api.errors import EvidenceLost, OffsetMismatch, StoreUnavailable
from api.evidence_store.directory import DirectoryEvidenceStore
from api.evidence_store.port import EvidenceStore
from api.evidence_store.s3 import PART_BYTES, S3EvidenceStore, s3_client

CASE, NAME = "case-1", "clip.mp4"
Reopen = Callable[[], EvidenceStore]


@pytest.fixture(params=["directory", pytest.param("s3", marks=pytest.mark.server)])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Opens the same store anew, as a restarted centre does."""
    if request.param == "directory":
        return lambda: DirectoryEvidenceStore(tmp_path / "evidence")
    server = request.getfixturevalue("s3")
    bucket = f"evidence-{uuid.uuid4().hex}"
    server.client().create_bucket(Bucket=bucket)

    def open_bucket() -> EvidenceStore:
        client = s3_client(
            endpoint_url=server.endpoint_url,
            region="us-east-1",
            access_key=server.access_key,
            secret_key=server.secret_key,
        )
        return S3EvidenceStore(client, bucket=bucket, prefix="matthan")

    return open_bucket


def whole(store: EvidenceStore, size: int) -> bytes:
    return b"".join(store.read(CASE, NAME, start_byte=0, end_byte=size))


def test_pieces_become_one_file_across_restarts(reopen: Reopen) -> None:
    pieces = [b"a" * 10, b"b" * 1, b"c" * 300_000]
    offset = 0
    for piece in pieces:
        assert reopen().held_bytes(CASE, NAME) == offset
        reopen().append(CASE, NAME, offset_bytes=offset, content=piece)
        offset += len(piece)
        assert reopen().sha256(CASE, NAME) == hashlib.sha256(b"".join(pieces)[:offset]).hexdigest()
    reopen().publish(CASE, [NAME])
    assert reopen().held_bytes(CASE, NAME) == offset
    assert whole(reopen(), offset) == b"".join(pieces)


def test_a_file_that_arrives_cannot_be_read(reopen: Reopen) -> None:
    store = reopen()
    store.append(CASE, NAME, offset_bytes=0, content=b"half")
    with pytest.raises(EvidenceLost):
        whole(store, 4)


def test_bytes_go_to_the_end_and_nowhere_else(reopen: Reopen) -> None:
    store = reopen()
    store.append(CASE, NAME, offset_bytes=0, content=b"0123")
    for offset in (0, 3, 5):
        with pytest.raises(OffsetMismatch) as refused:
            store.append(CASE, NAME, offset_bytes=offset, content=b"x")
        assert refused.value.offset_bytes == 4
    store.append(CASE, NAME, offset_bytes=4, content=b"4567")
    store.publish(CASE, [NAME])
    with pytest.raises(OffsetMismatch) as refused:
        store.append(CASE, NAME, offset_bytes=0, content=b"x")
    assert refused.value.offset_bytes == 8
    assert whole(store, 8) == b"01234567"


def test_publishing_again_is_safe_and_keeps_the_hash(reopen: Reopen) -> None:
    store = reopen()
    store.append(CASE, NAME, offset_bytes=0, content=b"0123")
    for _ in range(2):
        store.publish(CASE, [NAME])
        assert store.sha256(CASE, NAME) == hashlib.sha256(b"0123").hexdigest()
    assert whole(store, 4) == b"0123"


def test_a_discarded_file_begins_anew_whether_it_was_published_or_not(reopen: Reopen) -> None:
    store = reopen()
    for content in (b"first", b"the second"):
        store.append(CASE, NAME, offset_bytes=0, content=content)
        if content == b"first":
            store.publish(CASE, [NAME])
        store.discard(CASE, [NAME, "never-came.jpg"])
        assert store.held_bytes(CASE, NAME) == 0
        with pytest.raises(EvidenceLost):
            whole(store, 5)


def test_lost_bytes_are_reported(reopen: Reopen) -> None:
    store = reopen()
    with pytest.raises(OffsetMismatch):
        store.append(CASE, NAME, offset_bytes=7, content=b"x")
    store.discard(CASE, [NAME])
    with pytest.raises(EvidenceLost):
        store.sha256(CASE, NAME)
    with pytest.raises(EvidenceLost):
        store.publish(CASE, [NAME])
    with pytest.raises(EvidenceLost):
        whole(store, 3)


OTHER, AS_NAME = "case-2", "clip-of-both.mp4"


def shared_whole(store: EvidenceStore, size: int) -> bytes:
    return b"".join(store.read(OTHER, AS_NAME, start_byte=0, end_byte=size))


def test_a_shared_file_arrives_and_is_published_byte_for_byte(reopen: Reopen) -> None:
    reopen().append(CASE, NAME, offset_bytes=0, content=b"01234567")
    reopen().publish(CASE, [NAME])
    reopen().share(CASE, NAME, with_id=OTHER, as_name=AS_NAME)
    assert reopen().held_bytes(OTHER, AS_NAME) == 8
    assert reopen().sha256(OTHER, AS_NAME) == hashlib.sha256(b"01234567").hexdigest()
    with pytest.raises(EvidenceLost):
        shared_whole(reopen(), 8)
    reopen().publish(OTHER, [AS_NAME])
    assert shared_whole(reopen(), 8) == whole(reopen(), 8) == b"01234567"


def test_each_has_a_shared_file_until_it_is_discarded_there(reopen: Reopen) -> None:
    store = reopen()
    store.append(CASE, NAME, offset_bytes=0, content=b"both")
    store.publish(CASE, [NAME])
    for _ in range(2):  # may be done again, also after it was published
        store.share(CASE, NAME, with_id=OTHER, as_name=AS_NAME)
        store.publish(OTHER, [AS_NAME])
    store.discard(CASE, [NAME])
    assert store.held_bytes(CASE, NAME) == 0
    assert shared_whole(store, 4) == b"both"
    store.discard(OTHER, [AS_NAME])
    assert store.held_bytes(OTHER, AS_NAME) == 0
    with pytest.raises(EvidenceLost):
        shared_whole(store, 4)


def test_sharing_takes_the_place_of_what_was_arriving(reopen: Reopen) -> None:
    store = reopen()
    for piece in (b"half of ", b"another"):
        store.append(OTHER, AS_NAME, offset_bytes=store.held_bytes(OTHER, AS_NAME), content=piece)
    store.append(CASE, NAME, offset_bytes=0, content=b"both")
    store.publish(CASE, [NAME])
    store.share(CASE, NAME, with_id=OTHER, as_name=AS_NAME)
    store.publish(OTHER, [AS_NAME])
    assert store.held_bytes(OTHER, AS_NAME) == 4
    assert shared_whole(store, 4) == b"both"


def test_only_what_was_published_is_shared(reopen: Reopen) -> None:
    store = reopen()
    with pytest.raises(EvidenceLost):
        store.share(CASE, NAME, with_id=OTHER, as_name=AS_NAME)
    store.append(CASE, NAME, offset_bytes=0, content=b"half")
    with pytest.raises(EvidenceLost):
        store.share(CASE, NAME, with_id=OTHER, as_name=AS_NAME)
    assert store.held_bytes(OTHER, AS_NAME) == 0


def test_a_large_file_is_shared_whole(reopen: Reopen) -> None:
    store, piece = reopen(), bytes(range(256)) * 36_000  # 9 MiB, more than one part
    store.append(CASE, NAME, offset_bytes=0, content=piece)
    assert len(piece) > PART_BYTES
    store.publish(CASE, [NAME])
    store.share(CASE, NAME, with_id=OTHER, as_name=AS_NAME)
    store.publish(OTHER, [AS_NAME])
    assert hashlib.sha256(shared_whole(store, len(piece))).digest() == hashlib.sha256(piece).digest()


def test_any_span_can_be_read(reopen: Reopen) -> None:
    store = reopen()
    store.append(CASE, NAME, offset_bytes=0, content=bytes(range(100)))
    store.publish(CASE, [NAME])
    for start, end in ((0, 100), (0, 1), (99, 100), (10, 20), (5, 5)):
        assert b"".join(store.read(CASE, NAME, start_byte=start, end_byte=end)) == bytes(range(start, end))
    with pytest.raises(EvidenceLost):
        list(store.read(CASE, NAME, start_byte=90, end_byte=101))


def test_of_an_empty_file_nothing_is_stored_and_nothing_lost(reopen: Reopen) -> None:
    assert b"".join(reopen().read(CASE, "empty.json", start_byte=0, end_byte=0)) == b""


def test_files_of_different_cases_and_like_names_are_kept_apart(reopen: Reopen) -> None:
    store = reopen()
    places = [("case-1", "a.jpg"), ("case-2", "a.jpg"), ("case-1", "a-1.jpg")]
    for number, (case_id, name) in enumerate(places):
        store.append(case_id, name, offset_bytes=0, content=bytes([number]))
        store.publish(case_id, [name])
    for number, (case_id, name) in enumerate(places):
        assert b"".join(store.read(case_id, name, start_byte=0, end_byte=1)) == bytes([number])


def test_a_file_larger_than_one_part_is_joined(reopen: Reopen) -> None:
    store, piece = reopen(), bytes(range(256)) * 16_384  # 4 MiB
    count = 3
    for number in range(count):
        store.append(CASE, NAME, offset_bytes=number * len(piece), content=piece)
    size = count * len(piece)
    assert size > PART_BYTES
    store.publish(CASE, [NAME])
    assert whole(store, size) == piece * count


def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        DirectoryEvidenceStore(tmp_path / "file" / "evidence")


@pytest.mark.server
def test_a_bucket_that_is_away_is_told() -> None:
    client = s3_client(endpoint_url="http://127.0.0.1:9", region="us-east-1", access_key="a", secret_key="b")
    with pytest.raises(StoreUnavailable):
        S3EvidenceStore(client, bucket="none").append(CASE, NAME, offset_bytes=0, content=b"x")
