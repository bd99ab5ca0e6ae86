"""Evidence in a bucket: ``PREFIX/CASE_ID/NAME`` when published; pieces under ``PREFIX/unfinished/`` before.

Objects cannot grow, so every piece of an upload is an object named by its offset; they are joined when the file is
published, by a multipart upload for large files, so a reader sees all of it or nothing. Give the bucket a lifecycle
rule that removes ``PREFIX/unfinished/`` after some weeks, for pieces that a broken upload leaves.
"""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from api.errors import EvidenceLost, OffsetMismatch, StoreUnavailable
from api.evidence_store.port import READ_CHUNK_BYTES
from domain.errors import ConfigurationError

PART_BYTES = 8 * 1024 * 1024  # S3 wants at least 5 MiB of every part but the last


class S3EvidenceStore:
    """Files in an S3 bucket that exists.

    Args:
        client: a boto3 S3 client.
        bucket: its name.
        prefix: before every key, without slashes at its ends; may be empty.
    """

    def __init__(self, client: Any, *, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def held_bytes(self, case_id: str, name: str) -> int:
        """See the port."""
        with _translated():
            pieces = self._pieces(case_id, name)
            return _end(pieces) if pieces else self._final_bytes(case_id, name) or 0

    def append(self, case_id: str, name: str, *, offset_bytes: int, content: bytes) -> None:
        """See the port."""
        with _translated():
            pieces = self._pieces(case_id, name)
            end = _end(pieces) if pieces else self._final_bytes(case_id, name) or 0
            if end != offset_bytes:
                raise OffsetMismatch(end)
            if content:
                key = f"{self._unfinished(case_id, name)}{offset_bytes:012d}"
                self._client.put_object(Bucket=self._bucket, Key=key, Body=content)

    def sha256(self, case_id: str, name: str) -> str:
        """See the port."""
        digest = hashlib.sha256()
        with _translated():
            pieces = self._pieces(case_id, name) or [(self._final(case_id, name), 0)]
            for content in self._contents(pieces):
                digest.update(content)
        return digest.hexdigest()

    def publish(self, case_id: str, names: Collection[str]) -> None:
        """See the port."""
        with _translated():
            for name in names:
                pieces = self._pieces(case_id, name)
                key = self._final(case_id, name)
                if not pieces and self._final_bytes(case_id, name) is None:
                    raise EvidenceLost(f"{name} is not here")
                parts = _joined(self._contents(pieces), PART_BYTES)
                if len(pieces) == 1:  # as of a small or a shared file
                    self._copy(pieces[0][0], key)
                elif pieces and _end(pieces) <= PART_BYTES:
                    self._client.put_object(Bucket=self._bucket, Key=key, Body=b"".join(parts))
                elif pieces:
                    self._multipart(key, parts)
                self._forget_pieces(case_id, name)

    def share(self, case_id: str, name: str, *, with_id: str, as_name: str) -> None:
        """See the port; the server copies, so no byte passes the centre."""
        with _translated():
            size = self._final_bytes(case_id, name)
            if size is None:
                raise EvidenceLost(f"{name} is not here")
            self._forget_pieces(with_id, as_name)
            self._copy(self._final(case_id, name), f"{self._unfinished(with_id, as_name)}{0:012d}")

    def discard(self, case_id: str, names: Collection[str]) -> None:
        """See the port."""
        with _translated():
            for name in names:
                self._forget_pieces(case_id, name)
                self._client.delete_object(Bucket=self._bucket, Key=self._final(case_id, name))

    def read(self, case_id: str, name: str, *, start_byte: int, end_byte: int) -> Iterator[bytes]:
        """See the port."""
        if end_byte <= start_byte:
            return iter(())
        with _translated():
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._final(case_id, name), Range=f"bytes={start_byte}-{end_byte - 1}"
            )
        if answer["ContentLength"] != end_byte - start_byte:
            answer["Body"].close()
            raise EvidenceLost(f"{name} is shorter than {end_byte} bytes")
        return _body(answer["Body"])

    def _copy(self, key: str, target: str) -> None:
        source = {"Bucket": self._bucket, "Key": key}
        self._client.copy_object(Bucket=self._bucket, Key=target, CopySource=source)

    def _multipart(self, key: str, parts: Iterator[bytes]) -> None:
        upload = self._client.create_multipart_upload(Bucket=self._bucket, Key=key)
        where = {"Bucket": self._bucket, "Key": key, "UploadId": upload["UploadId"]}
        try:
            done = [
                {"PartNumber": number, "ETag": self._client.upload_part(**where, PartNumber=number, Body=part)["ETag"]}
                for number, part in enumerate(parts, start=1)
            ]
            self._client.complete_multipart_upload(**where, MultipartUpload={"Parts": done})
        except BaseException:
            self._client.abort_multipart_upload(**where)
            raise

    def _pieces(self, case_id: str, name: str) -> list[tuple[str, int]]:
        """Keys and sizes of the pieces that follow one another from the first byte on."""
        by_offset = {int(key.rsplit("/", 1)[1]): (key, size) for key, size in self._listed(case_id, name)}
        pieces: list[tuple[str, int]] = []
        offset = 0
        while offset in by_offset:
            pieces.append(by_offset[offset])
            offset += by_offset[offset][1]
        return pieces

    def _forget_pieces(self, case_id: str, name: str) -> None:
        for key, _ in self._listed(case_id, name):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _final_bytes(self, case_id: str, name: str) -> int | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - an optional extra

        try:
            head = self._client.head_object(Bucket=self._bucket, Key=self._final(case_id, name))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code", "") in {"NoSuchKey", "404"}:
                return None
            raise
        return int(head["ContentLength"])

    def _contents(self, pieces: list[tuple[str, int]]) -> Iterator[bytes]:
        with _translated():
            for key, _ in pieces:
                yield self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _listed(self, case_id: str, name: str) -> list[tuple[str, int]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._unfinished(case_id, name)
        )
        return [(item["Key"], item["Size"]) for page in pages for item in page.get("Contents", ())]

    def _final(self, case_id: str, name: str) -> str:
        return f"{self._prefix}{case_id}/{name}"

    def _unfinished(self, case_id: str, name: str) -> str:
        return f"{self._prefix}unfinished/{case_id}/{name}/"


def s3_client(*, endpoint_url: str | None, region: str, access_key: str, secret_key: str) -> Any:
    """A boto3 client.

    Raises:
        ConfigurationError: the extra ``s3`` is not installed.
    """
    try:
        import boto3  # noqa: PLC0415 - an optional extra
        from botocore.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError("evidence in S3 needs the extra s3: pip install 'matthan[s3]'") from error
    config = Config(
        signature_version="s3v4", connect_timeout=5, read_timeout=60, retries={"max_attempts": 3, "mode": "standard"}
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    )


def _end(pieces: list[tuple[str, int]]) -> int:
    return sum(size for _, size in pieces)


def _joined(pieces: Iterator[bytes], part_bytes: int) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= part_bytes:
            yield bytes(waiting[:part_bytes])
            del waiting[:part_bytes]
    if waiting:
        yield bytes(waiting)


def _body(body: Any) -> Iterator[bytes]:
    try:
        with _translated():
            yield from body.iter_chunks(READ_CHUNK_BYTES)
    finally:
        body.close()


@contextmanager
def _translated() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an optional extra

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in {"NoSuchKey", "404", "InvalidRange"}:
            raise EvidenceLost("an evidence file that should be in the bucket is not") from error
        raise StoreUnavailable(f"the evidence bucket refused ({code})") from error
    except BotoCoreError as error:
        raise StoreUnavailable("the evidence bucket cannot be reached") from error
