"""A camera that does what a test wants: RTSP over TCP with digest, TLS, sender reports, stalls, floods and deaths."""

import base64
import hashlib
import secrets
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from deploy.local.process import LOOPBACK, free_port
from tests.builders.synthetic_video import CodedPicture

_NTP_EPOCH_S = 2_208_988_800
_MTU = 1400
_SSRC = 0x4D415454


@dataclass(kw_only=True)
class Script:
    """What the camera sends and how it behaves; may be changed while it runs."""

    pictures: Sequence[CodedPicture]
    codec: str = "h264"
    user: str | None = None
    password: str = ""
    sets_in_sdp: bool = True
    tls: ssl.SSLContext | None = None
    report_offset_s: float | None = None  # sender reports by a clock so far from ours; None: no reports
    rtp_start: int = 1000
    stall_after: int | None = None  # pictures after which it falls silent, the socket open
    flood: bool = False  # sends as fast as the socket takes
    describe_delay_s: float = 0.0
    status: str | None = None  # answers DESCRIBE with this, e.g. "404 Not Found"
    loop_gap_ms: int = 40
    in_step_s: float | None = None  # begins to play when the wall clock is a multiple of this: two cameras in step
    drops: Callable[[int, int], bool] | None = None  # (picture, its RTP packet), both counted from 0: never sent
    stamps: Callable[[int, int], int] | None = None  # (picture, media ms) to its RTP stamp in ticks of 1/90000 s
    omits_units: frozenset[int] = frozenset()  # NAL types that are never sent
    answers: bool = True  # False: takes the connection and says nothing
    answer: bytes | None = None  # what it says instead of RTSP before it hangs up
    media: str = "video"  # "audio": offers nothing else
    requests: list[str] = field(default_factory=list)


class ScriptedCamera:
    """Listens on a loopback port, one thread a client."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.port = free_port()
        self._clients: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._nonce = secrets.token_hex(16)
        self.pictures_sent = 0
        self.fmtp_pictures: Sequence[CodedPicture] | None = None  # where the description's parameter sets come from

    @property
    def url(self) -> str:
        """Its stream, without credentials."""
        return f"{'rtsps' if self.script.tls else 'rtsp'}://{LOOPBACK}:{self.port}/street"

    def start(self) -> None:
        """Listen; on the same port each time."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, self.port))
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def kill(self) -> None:
        """Drop everything at once, as a power cut does."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for client in list(self._clients):
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()
        self._clients.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._guarded, args=(client,), daemon=True).start()

    def _guarded(self, client: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if self.script.tls is not None:
                client = self.script.tls.wrap_socket(client, server_side=True)
            self._clients.add(client)
            self._serve(client)
        client.close()
        self._clients.discard(client)

    def _serve(self, client: socket.socket) -> None:
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                more = client.recv(4096)
                if not more:
                    return
                buffer += more
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            request = head.decode()
            self.script.requests.append(request)
            if self._misbehaves(client):
                return
            method = request.split(" ", 1)[0]
            sequence = next(
                line.split(":")[1].strip() for line in request.splitlines() if line.lower().startswith("cseq")
            )
            if not self._answer(client, method, sequence, request):
                return

    def _misbehaves(self, client: socket.socket) -> bool:
        if not self.script.answers:
            self._hang(client)
            return True
        if self.script.answer is not None:
            client.sendall(self.script.answer)
            return True
        return False

    def _answer(self, client: socket.socket, method: str, sequence: str, request: str) -> bool:
        def reply(status: str, *headers: str, body: str = "") -> None:
            lines = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *headers]
            lines += [f"Content-Length: {len(body)}"] if body else []
            client.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

        if method == "OPTIONS":
            reply("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif not self._may(request):
            reply("401 Unauthorized", f'WWW-Authenticate: Digest realm="street", nonce="{self._nonce}"')
        elif method == "DESCRIBE" and self.script.status:
            reply(self.script.status)
        elif method == "DESCRIBE":
            time.sleep(self.script.describe_delay_s)
            reply("200 OK", "Content-Type: application/sdp", f"Content-Base: {self.url}/", body=self._sdp())
        elif method == "SETUP":
            reply("200 OK", "Session: 12345678", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        elif method == "PLAY":
            reply("200 OK", "Session: 12345678", "Range: npt=0.000-")
            self._play(client)
            return False
        else:
            reply("200 OK", "Session: 12345678")
        return True

    def _may(self, request: str) -> bool:
        if self.script.user is None:
            return True
        line = next((line for line in request.splitlines() if line.startswith("Authorization: Digest")), "")
        given = dict(part.strip().split("=", 1) for part in line.partition("Digest ")[2].split(",") if "=" in part)
        values = {name: value.strip('"') for name, value in given.items()}
        method, uri = request.split(" ", 2)[:2]

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - what RFC 2617 digest is

        ha1 = md5(f"{self.script.user}:street:{self.script.password}")
        wanted = md5(":".join([ha1, self._nonce, md5(f"{method}:{values.get('uri', uri)}")]))
        return values.get("username") == self.script.user and values.get("response") == wanted

    def _sdp(self) -> str:
        name = {"h264": "H264", "hevc": "H265"}[self.script.codec]
        lines = ["v=0", f"o=- 0 0 IN IP4 {LOOPBACK}", "s=street", "c=IN IP4 0.0.0.0", "t=0 0"]
        if self.script.media == "audio":
            return "\r\n".join([*lines, "m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=control:trackID=1", ""])
        lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 {name}/90000"]
        if self.script.sets_in_sdp:
            lines.append("a=fmtp:96 " + self._fmtp())
        lines += ["a=control:trackID=0", ""]
        return "\r\n".join(lines)

    def _fmtp(self) -> str:
        first = list(_units((self.fmtp_pictures or self.script.pictures)[0].payload))
        if self.script.codec == "h264":
            sets = [base64.b64encode(unit).decode() for unit in first if unit[0] & 31 in {7, 8}]
            return "packetization-mode=1;sprop-parameter-sets=" + ",".join(sets)
        named = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
        return ";".join(
            f"{named[unit[0] >> 1 & 63]}={base64.b64encode(unit).decode()}"
            for unit in first
            if unit[0] >> 1 & 63 in named
        )

    def _play(self, client: socket.socket) -> None:
        threading.Thread(target=self._listen, args=(client,), daemon=True).start()
        if self.script.in_step_s is not None:
            time.sleep(self.script.in_step_s - time.time() % self.script.in_step_s)
        began_s, sequence, offset_ms, sent = time.monotonic(), 0, 0, 0
        while True:
            pictures = self.script.pictures
            for order, picture in enumerate(pictures):
                if self.script.stall_after is not None and sent >= self.script.stall_after:
                    self._hang(client)
                    return
                media_ms = offset_ms + picture.pts_ms
                due_s = began_s + (offset_ms + sorted(p.pts_ms for p in pictures)[order]) / 1000
                if not self.script.flood:
                    time.sleep(max(0.0, due_s - time.monotonic()))
                ticks = self.script.stamps(sent, media_ms) if self.script.stamps else media_ms * 90
                stamp = (self.script.rtp_start + ticks) & 0xFFFFFFFF
                if self.script.report_offset_s is not None and sent % 25 == 0:
                    _send(client, 1, self._report(stamp))
                packets = list(_payloads(picture.payload, self.script.codec, self.script.omits_units))
                for i, payload in enumerate(packets):
                    if self.script.drops is not None and self.script.drops(sent, i):
                        sequence += 1
                        continue
                    marker = 0x80 if i == len(packets) - 1 else 0
                    head = struct.pack(">BBHII", 0x80, 96 | marker, sequence & 0xFFFF, stamp, _SSRC)
                    _send(client, 0, head + payload)
                    sequence += 1
                sent += 1
                self.pictures_sent += 1
            offset_ms += max(picture.pts_ms for picture in pictures) + self.script.loop_gap_ms

    def _listen(self, client: socket.socket) -> None:
        """Take what the client says while playing (receiver reports, TEARDOWN), so that it never blocks."""
        with suppress(OSError, ValueError):
            while client.recv(4096):
                pass

    def _hang(self, client: socket.socket) -> None:
        while client in self._clients:
            time.sleep(0.05)

    def _report(self, stamp: int) -> bytes:
        now_s = time.time() + (self.script.report_offset_s or 0.0) + _NTP_EPOCH_S
        whole = int(now_s)
        fraction = int((now_s - whole) * 2**32)
        return struct.pack(">BBHIIIIII", 0x80, 200, 6, _SSRC, whole, fraction, stamp, 0, 0)


def _send(client: socket.socket, channel: int, data: bytes) -> None:
    client.sendall(struct.pack(">cBH", b"$", channel, len(data)) + data)


def _units(payload: bytes) -> Iterator[bytes]:
    for unit in payload.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01"):
        if unit:
            yield unit


def _payloads(picture: bytes, codec: str, omitted: frozenset[int] = frozenset()) -> Iterator[bytes]:
    """RTP payloads of one picture: single NAL units, or fragments of those too large (RFC 6184, RFC 7798)."""
    head = 1 if codec == "h264" else 2
    for unit in _units(picture):
        if (unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63) in omitted:
            continue
        if len(unit) <= _MTU:
            yield unit
            continue
        for at in range(head, len(unit), _MTU):
            piece = unit[at : at + _MTU]
            flags = (0x80 if at == head else 0) | (0x40 if at + _MTU >= len(unit) else 0)
            if codec == "h264":
                yield bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F]) + piece
            else:
                yield bytes([unit[0] & 0x81 | 49 << 1, unit[1], flags | unit[0] >> 1 & 0x3F]) + piece
