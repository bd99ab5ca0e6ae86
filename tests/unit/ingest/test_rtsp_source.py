"""RTSP cameras that behave well and badly; the camera is scripted, the client is the real one."""

import codecs
import datetime as dt
import io
import ipaddress
import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.camera import Stream
from domain.errors import ClipUnavailable, ConfigurationError, SourceUnavailable
from domain.fleet.health import StreamState
from ingest.live.credentials import Credentials, credentials_of
from ingest.live.rtsp import RtspSource
from ingest.live.rtsp_link import RtspPatience
from tests.builders.metronome import Metronome
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import CodedPicture, Recipe, coded_pictures, number_of, steady
from tests.builders.watching import HealthLog, WallClock, read_frames, wait_until

pytestmark = pytest.mark.server

HASTY = RtspPatience(
    open_timeout_s=2.0,
    stalled_after_s=0.6,
    given_up_after_s=1.2,
    first_pause_s=0.02,
    absent_pause_s=0.1,
    troubled_pause_s=0.3,
)
#: Where pictures are looked at: a busy machine's pause is no stall.
CALM = RtspPatience(
    open_timeout_s=2.0,
    stalled_after_s=3.0,
    given_up_after_s=5.0,
    first_pause_s=0.02,
    absent_pause_s=0.1,
    troubled_pause_s=0.3,
)
SECRET = "p@ss:/w?rd%ünïque"


@pytest.fixture(scope="module")
def pictures() -> list[CodedPicture]:
    return coded_pictures(steady(75), Recipe(keyframe_every=25))


@pytest.fixture
def health() -> HealthLog:
    return HealthLog()


@pytest.fixture
def watch(health: HealthLog) -> Iterator[Callable[..., RtspSource]]:
    """Opens sources on scripted cameras and closes them all."""
    sources: list[RtspSource] = []

    def open_one(camera: ScriptedCamera, **options: object) -> RtspSource:
        settings: dict[str, object] = {"patience": HASTY, "on_health": health, "rng": random.Random(1)} | options
        source = RtspSource(camera_id="cam-1", url=camera.url, clock=WallClock(), **settings)  # type: ignore[arg-type]
        sources.append(source)
        return source

    yield open_one
    for source in sources:
        source.close()


def test_frames_come_in_order_near_now_and_their_clips_show_them(
    pictures: list[CodedPicture], watch: Callable[..., RtspSource], health: HealthLog, metronome: Metronome
) -> None:
    with ScriptedCamera(Script(pictures=pictures)) as camera:
        source = watch(camera, patience=CALM)
        frames = read_frames(source, 30)
        assert -0.05 < metronome.age_s(frames[-1].captured_at) < 1.0
        numbers = [number_of(frame.image_bgr) for frame in frames]
        for frame, number in zip(frames, numbers, strict=True):
            offset = frame.captured_at - frames[0].captured_at
            assert offset / timedelta(milliseconds=40) == pytest.approx(number - numbers[0], abs=0.3)
        assert all(frame.clock_error_ms is None for frame in frames), "no sender report, nothing known"
        clip = source.cut_clip(frames[5].captured_at, frames[20].captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            shown = [number_of(picture.to_ndarray(format="bgr24")) for picture in container.decode(video=0)]
        for frame, number in zip(frames[5:21], numbers[5:21], strict=True):
            assert shown[clip.frame_times.index(frame.captured_at)] == number
        assert health.states == [StreamState.CONNECTING, StreamState.LIVE]


@pytest.mark.parametrize("sets_in_sdp", [True, False])
@pytest.mark.parametrize(("encoder", "codec"), [("libx264", "h264"), ("libx265", "hevc")])
def test_both_codecs_with_parameter_sets_in_the_description_or_in_the_stream(
    watch: Callable[..., RtspSource], encoder: str, codec: str, sets_in_sdp: bool
) -> None:
    pictures = coded_pictures(steady(50), Recipe(codec=encoder, keyframe_every=10))
    with ScriptedCamera(Script(pictures=pictures, codec=codec, sets_in_sdp=sets_in_sdp)) as camera:
        source = watch(camera)
        frames = read_frames(source, 15)
        clip = source.cut_clip(frames[2].captured_at, frames[12].captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            assert len(list(container.decode(video=0))) == len(clip.frame_times) >= 11


def test_a_camera_with_parameter_sets_in_the_description_only_gives_clips_that_play(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture]
) -> None:
    def without_sets(picture: CodedPicture) -> CodedPicture:
        units = [u for u in picture.payload.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01") if u]
        kept = [u for u in units if u[0] & 31 not in {7, 8}]
        return replace(picture, payload=b"".join(b"\x00\x00\x00\x01" + u for u in kept))

    script = Script(pictures=pictures)
    camera = ScriptedCamera(script)
    camera.fmtp_pictures = list(pictures)
    script.pictures = [without_sets(picture) for picture in pictures]
    with camera:
        source = watch(camera, patience=CALM)
        frames = read_frames(source, 10)
        clip = source.cut_clip(frames[0].captured_at, frames[9].captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            assert len(list(container.decode(video=0))) == len(clip.frame_times)


def test_b_frames_are_shown_in_order_and_clips_agree(watch: Callable[..., RtspSource]) -> None:
    pictures = coded_pictures(steady(75), Recipe(keyframe_every=25, b_frames=2))
    with ScriptedCamera(Script(pictures=pictures)) as camera:
        source = watch(camera, patience=CALM)
        frames = read_frames(source, 40)
        numbers = [number_of(frame.image_bgr) for frame in frames]
        assert all(b - a in {1, 2, 3, -74, -73} for a, b in pairwise(numbers)), numbers
        clip = source.cut_clip(frames[10].captured_at, frames[20].captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            shown = [number_of(picture.to_ndarray(format="bgr24")) for picture in container.decode(video=0)]
        for frame, number in zip(frames[10:21], numbers[10:21], strict=True):
            assert shown[clip.frame_times.index(frame.captured_at)] == number


def test_a_sender_that_stamps_b_frames_in_decoding_order_is_put_right(watch: Callable[..., RtspSource]) -> None:
    pictures = coded_pictures(steady(75), Recipe(keyframe_every=25, b_frames=2))
    wrong = [replace(picture, pts_ms=i * 40) for i, picture in enumerate(pictures)]
    with ScriptedCamera(Script(pictures=wrong)) as camera:
        source = watch(camera, patience=CALM)
        frames = read_frames(source, 60)[15:]
        numbers = [number_of(frame.image_bgr) for frame in frames]
        steps = [(b - a) % 75 for a, b in pairwise(numbers)]
        assert max(steps) <= 3
        clip = source.cut_clip(frames[5].captured_at, frames[20].captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            shown = [number_of(picture.to_ndarray(format="bgr24")) for picture in container.decode(video=0)]
        for frame, number in zip(frames[5:21], numbers[5:21], strict=True):
            assert shown[clip.frame_times.index(frame.captured_at)] == number


@pytest.mark.parametrize(("offset_s", "believed"), [(-0.3, True), (0.4, True), (-7200.0, False), (30.0, False)])
def test_sender_reports_set_the_time_unless_that_clock_is_far_off(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture], offset_s: float, believed: bool
) -> None:
    with ScriptedCamera(Script(pictures=pictures, report_offset_s=offset_s)) as camera:
        source = watch(camera)
        before = datetime.now(UTC)
        frame = read_frames(source, 3)[-1]
        assert frame.clock_error_ms is not None
        assert frame.clock_error_ms / 1000 == pytest.approx(abs(offset_s), abs=0.25)
        shift_s = (frame.captured_at - before).total_seconds()
        assert shift_s == pytest.approx(offset_s if believed else 0.0, abs=0.7)


def test_rtp_stamps_that_wrap_do_not_disturb_capture_times(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture]
) -> None:
    with ScriptedCamera(Script(pictures=pictures, rtp_start=2**32 - 45_000)) as camera:
        frames = read_frames(watch(camera, patience=CALM), 40)
        gaps_s = [(b.captured_at - a.captured_at).total_seconds() for a, b in pairwise(frames)]
        assert all(0.03 < gap_s < 15 for gap_s in gaps_s), (
            "a turn of the stamps is half a day; who reads late skips some"
        )


def test_a_size_that_changes_in_flight_is_followed_and_clips_hold_one_size(watch: Callable[..., RtspSource]) -> None:
    small = coded_pictures(steady(25), Recipe(size_wh=(320, 192), keyframe_every=25))
    large = coded_pictures(steady(25), Recipe(size_wh=(640, 368), keyframe_every=25, first_number=25))
    both = [*small, *(replace(picture, pts_ms=picture.pts_ms + 1000) for picture in large)]
    with ScriptedCamera(Script(pictures=both)) as camera:
        source = watch(camera)
        frames = read_frames(source, 60)
        assert {frame.resolution_wh for frame in frames} == {(320, 192), (640, 368)}
        clip = source.cut_clip(frames[0].captured_at, frames[-1].captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            assert len({(picture.width, picture.height) for picture in container.decode(video=0)}) == 1


def test_a_camera_that_comes_back_with_another_codec_is_followed_and_its_clips_do_not_mix(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture], health: HealthLog
) -> None:
    script = Script(pictures=pictures)
    with ScriptedCamera(script) as camera:
        source = watch(camera)
        first = read_frames(source, 5)[0]
        changed_s = time.monotonic()
        camera.kill()
        script.pictures, script.codec = coded_pictures(steady(50), Recipe(codec="libx265", size_wh=(640, 368))), "hevc"
        camera.start()
        health.wait_for(StreamState.LIVE, after_s=changed_s)
        source.read(0.0)
        last = read_frames(source, 15)[-1]
        assert last.resolution_wh == (640, 368)
        clip = source.cut_clip(first.captured_at, last.captured_at)
        with av.open(io.BytesIO(clip.content)) as container:
            assert len(list(container.decode(video=0))) == len(clip.frame_times)


def test_digest_credentials_open_the_camera_and_appear_nowhere(
    watch: Callable[..., RtspSource],
    pictures: list[CodedPicture],
    health: HealthLog,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    script = Script(pictures=pictures, user="operator", password=SECRET)
    with ScriptedCamera(script) as camera:
        source = watch(camera, credentials=Credentials(username="operator", password=SECRET))
        assert read_frames(source, 3)
        assert any("Authorization: Digest" in request for request in script.requests)
        script.password = "another now"
        camera.kill()
        camera.start()
        health.wait_for(StreamState.LOST, reason="refused the user or password (401)")
    told = capfd.readouterr()
    said = [caplog.text, repr(source), str(health.events), told.out, told.err, *script.requests]
    for text in said:
        for hidden in (SECRET, "p%40ss", "nique", "operator:"):
            assert hidden not in text
    assert not any(SECRET in str(vars(record)) or "p%40ss" in str(vars(record)) for record in caplog.records)
    assert not any(SECRET in thread.name for thread in threading.enumerate())


def test_a_hook_for_unhandled_errors_of_threads_is_never_reached_with_a_secret(
    watch: Callable[..., RtspSource], health: HealthLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    camera = ScriptedCamera(Script(pictures=[], status="500 Internal Server Error"))
    with camera:
        watch(camera, credentials=Credentials(username="operator", password=SECRET))
        health.wait_for(StreamState.LOST)
    assert not seen


def test_a_password_file_saved_with_a_mark_by_its_editor_opens_the_camera(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture], tmp_path: Path
) -> None:
    (tmp_path / "password").write_bytes(codecs.BOM_UTF8 + f"{SECRET}\r\n".encode())
    stream = Stream(url="rtsp://cam/", username="operator", password_file="password")
    with ScriptedCamera(Script(pictures=pictures, user="operator", password=SECRET)) as camera:
        assert read_frames(watch(camera, credentials=credentials_of(stream, {}, folder=tmp_path)), 3)


def test_credentials_come_from_the_environment_or_a_file_and_are_checked(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    by_file = Stream(url="rtsp://cam/", username="u", password_file=str(tmp_path / "password"))
    by_env = Stream(url="rtsp://cam/", username="u", password_env="CAM_PASSWORD")
    for found in (credentials_of(by_file, {}), credentials_of(by_env, {"CAM_PASSWORD": SECRET})):
        assert found is not None
        assert found.password == SECRET
        assert SECRET not in repr(found)
        assert found.within("rtsp://cam:554/a?b=1").startswith("rtsp://u:p%40ss%3A%2Fw%3Frd%25")
    assert credentials_of(Stream(url="rtsp://cam/"), {}) is None
    with pytest.raises(ConfigurationError, match="CAM_PASSWORD"):
        credentials_of(by_env, {})
    with pytest.raises(ConfigurationError, match="cannot be read"):
        credentials_of(Stream(url="rtsp://cam/", username="u", password_file=str(tmp_path / "absent")), {})
    with pytest.raises(ConfigurationError, match="127 bytes"):
        Credentials(username="u", password="x" * 126)
    with pytest.raises(ConfigurationError, match="colon"):
        Credentials(username="u:v", password="x")


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """What a camera brings: a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = dt.datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "camera.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + cert.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_tls_with_digest(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture], certificate: ssl.SSLContext
) -> None:
    script = Script(pictures=pictures, tls=certificate, user="operator", password=SECRET)
    with ScriptedCamera(script) as camera:
        assert camera.url.startswith("rtsps://")
        source = watch(camera, credentials=Credentials(username="operator", password=SECRET))
        assert len(read_frames(source, 3)) == 3


def test_a_killed_camera_is_lost_at_once_and_live_soon_after_its_return_for_ever(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture], health: HealthLog, metronome: Metronome
) -> None:
    with ScriptedCamera(Script(pictures=pictures)) as camera:
        source = watch(camera)
        last = read_frames(source, 3)[-1]
        for round_ in range(3):
            killed_s = time.monotonic()
            camera.kill()
            noticed_s, _ = health.wait_for(StreamState.LOST, after_s=killed_s)
            assert metronome.seconds(killed_s, noticed_s) < 0.5
            failed = source.counters.failed_attempts
            wait_until(lambda failed=failed: source.counters.failed_attempts >= failed + 4)
            returned_s = time.monotonic()
            camera.start()
            live_s, _ = health.wait_for(StreamState.LIVE, after_s=returned_s)
            assert metronome.seconds(returned_s, live_s) < 1.0
            wait_until(lambda: source.state is StreamState.LIVE)
            source.read(0.0)
            frames = read_frames(source, 3)
            assert frames[0].captured_at > last.captured_at
            assert frames[0].index > last.index
            last = frames[-1]
            assert source.counters.reconnects == round_ + 1
        told = [event.reason for _, event in health.events if event.state is StreamState.LOST]
        assert len(told) <= 6, "attempts that fail for the same reason are not told again and again"


def test_a_stream_that_falls_silent_is_stalled_then_connected_anew(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture], health: HealthLog, metronome: Metronome
) -> None:
    script = Script(pictures=pictures, stall_after=10)
    with ScriptedCamera(script) as camera:
        watch(camera)
        live_s, _ = health.wait_for(StreamState.LIVE)
        stalled_s, event = health.wait_for(StreamState.STALLED)
        assert stalled_s - live_s > 0.5
        assert metronome.seconds(live_s, stalled_s) < 3.0
        assert "no packets" in event.reason
        script.stall_after = None
        health.wait_for(StreamState.CONNECTING, after_s=stalled_s)
        health.wait_for(StreamState.LIVE, after_s=stalled_s)


def test_defaults_call_a_silent_stream_stalled_within_ten_seconds() -> None:
    patience = RtspPatience()
    assert patience.stalled_after_s <= patience.given_up_after_s < 10
    assert patience.open_timeout_s + patience.stalled_after_s <= 10
    with pytest.raises(ValueError, match="stalled_after_s"):
        RtspPatience(stalled_after_s=9, given_up_after_s=8)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (Script(pictures=[], status="404 Not Found"), "no stream of this name (404)"),
        (Script(pictures=[], status="403 Forbidden"), "does not allow this user (403)"),
        (Script(pictures=[], status="503 Service Unavailable"), "answered with an error"),
    ],
)
def test_a_camera_that_refuses_is_lost_with_the_reason(
    watch: Callable[..., RtspSource], health: HealthLog, script: Script, told: str
) -> None:
    with ScriptedCamera(script) as camera:
        watch(camera)
        health.wait_for(StreamState.LOST, reason=told)


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"$\x00\xff\xff" + b"\x00" * 70_000])
def test_something_that_is_no_camera_hanging_or_talking_nonsense_is_lost_and_close_is_prompt(
    watch: Callable[..., RtspSource], health: HealthLog, metronome: Metronome, words: bytes
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    links: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                link, _ = listener.accept()
                links.append(link)
                link.sendall(words)

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    camera = ScriptedCamera(Script(pictures=[]))
    camera.port = listener.getsockname()[1]
    source = watch(camera)
    wait_until(lambda: bool(links))
    if words == b"":
        began_s = time.monotonic()
        source.close()
        assert metronome.since(began_s) < 0.6, "a thread that hangs in the operating system is not waited for"
    else:
        health.wait_for(StreamState.LOST)
        source.close()
    listener.shutdown(socket.SHUT_RDWR)  # ends the waiting for another connection
    server.join()
    listener.close()
    for link in links:
        link.close()


def test_a_flooding_camera_neither_grows_nor_delays_another(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture], metronome: Metronome
) -> None:
    calm_camera, wild_camera = (
        ScriptedCamera(Script(pictures=pictures)),
        ScriptedCamera(Script(pictures=pictures, flood=True)),
    )
    with calm_camera, wild_camera:
        wild = watch(wild_camera, ring_bytes=200_000)
        calm = watch(calm_camera)
        read_frames(calm, 2)
        wait_until(lambda: wild.counters.packets_received > 350)
        ages_s = []
        for _ in range(25):
            frame = read_frames(calm, 1)[0]
            ages_s.append(metronome.age_s(frame.captured_at))
        assert sorted(ages_s)[len(ages_s) // 2] < 0.5
        counters = wild.counters
        assert counters.ring_bytes <= 200_000
        assert counters.frames_dropped > 0
        sent = wild_camera.pictures_sent
        assert counters.packets_received <= sent


def test_a_slow_reader_gets_the_newest_frame_and_the_rest_is_counted(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture]
) -> None:
    with ScriptedCamera(Script(pictures=pictures)) as camera:
        source = watch(camera)
        first = read_frames(source, 1)[0]
        wait_until(lambda: source.counters.frames_decoded >= first.index + 30)
        frame = source.read(0.0)
        assert frame is not None
        assert frame.index >= first.index + 28
        counters = source.counters
        assert counters.frames_dropped >= 27
        assert counters.frames_delivered + counters.frames_dropped <= counters.frames_decoded


def test_analysed_fps_thins_before_anything_is_converted(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture]
) -> None:
    with ScriptedCamera(Script(pictures=pictures)) as camera:
        frames = read_frames(watch(camera, analysed_fps=5.0), 6)
        gaps = [b.captured_at - a.captured_at for a, b in pairwise(frames)]
        assert all(gap >= timedelta(milliseconds=190) for gap in gaps)


def test_a_damaged_packet_shows_nothing_until_the_next_keyframe(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture]
) -> None:
    broken = [
        replace(p, payload=b"\x00\x00\x00\x01\x41" + b"\xff" * 40) if i == 30 else p for i, p in enumerate(pictures)
    ]
    with ScriptedCamera(Script(pictures=broken)) as camera:
        source = watch(camera)
        frames = read_frames(source, 60)
        numbers = {number_of(frame.image_bgr) for frame in frames}
        assert source.counters.damaged_stretches == 1
        assert not numbers & set(range(31, 50))


def test_a_listener_that_fails_does_not_end_the_stream(
    watch: Callable[..., RtspSource], pictures: list[CodedPicture]
) -> None:
    def fail(_event: object) -> None:
        raise RuntimeError("the listener is broken")

    with ScriptedCamera(Script(pictures=pictures)) as camera:
        assert len(read_frames(watch(camera, on_health=fail), 3)) == 3


def test_closing_twice_and_reading_afterwards(watch: Callable[..., RtspSource], pictures: list[CodedPicture]) -> None:
    with ScriptedCamera(Script(pictures=pictures)) as camera:
        source = watch(camera)
        frame = read_frames(source, 1)[0]
        source.close()
        source.close()
        with pytest.raises(SourceUnavailable, match="closed"):
            source.read(0.0)
        with pytest.raises(ClipUnavailable):
            source.cut_clip(frame.captured_at, frame.captured_at)
        wait_until(lambda: not [t for t in threading.enumerate() if t.name in {"rtsp-cam-1", "watch-cam-1"}])
