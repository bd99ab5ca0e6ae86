"""A controller pushes signals over real HTTP: what cannot be trusted makes its signal unknown, never stays red."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ConfigurationError
from domain.fleet.health import ProblemCode
from domain.instants import to_text
from domain.seen.timeline import SignalState, SignalTimeline
from edge.configuration.connections import signal_key_of
from edge.configuration.settings import SignalIntakeSettings
from edge.health.problems import ProblemBoard
from edge.signals import http_intake
from edge.signals.http_intake import MOST_AT_ONCE, MOST_OF_ONE_PEER, SignalIntake
from edge.signals.pushed_reports import MAX_BYTES, SILENT_AFTER_S, PushedReports
from tests.builders.box_fakes import ManualClock
from tests.builders.certificates import make_certificates

KEY = "k" * 32
MAX_AGE_S = 3.0


class Junction:
    """A box's intake with two cameras' signals."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.clock = ManualClock()
        self.problems = ProblemBoard(self.clock)
        self.timelines = {
            ("cam-1", "S1"): SignalTimeline(signal_id="S1", max_age_s=MAX_AGE_S),
            ("cam-1", "S2"): SignalTimeline(signal_id="S2", max_age_s=MAX_AGE_S),
            ("cam-2", "S1"): SignalTimeline(signal_id="S1"),  # of changes only
        }
        self.reports = PushedReports(
            timeline=lambda camera, signal: self.timelines.get((camera, signal)),
            problems=self.problems,
            clock=self.clock,
        )
        self.intake = SignalIntake(
            bind_address="127.0.0.1", port=0, key=KEY, reports=self.reports, certificate=certificate
        )

    def report(self, state: str = "red", *, camera: str = "cam-1", signal: str = "S1", ago_s: float = 0.0) -> Any:
        return {"camera": camera, "signal": signal, "t": to_text(self.at(-ago_s)), "state": state}

    def at(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)

    def push(self, *reports: Any, ahead_s: float = 0.0, key: str = KEY, body: bytes | None = None) -> tuple[int, Any]:
        sent = json.dumps({"sent_at": to_text(self.at(ahead_s)), "signals": reports}).encode() if body is None else body
        with closing(http.client.HTTPConnection("127.0.0.1", self.intake.port, timeout=10)) as line:
            line.request("POST", "/signals", sent, {"Authorization": f"Bearer {key}"})
            answer = line.getresponse()
            document = json.loads(answer.read())
        self.reports.hand_over()
        return answer.status, document

    def shown(self, signal: str = "S1", *, camera: str = "cam-1", in_s: float = 0.0) -> SignalState:
        return self.timelines[camera, signal].at(self.at(in_s)).state


@pytest.fixture
def junction() -> Iterator[Junction]:
    made = Junction()
    made.intake.start()
    yield made
    made.intake.close()


def test_what_is_pushed_is_shown_and_turns_unknown_when_the_controller_falls_silent(junction: Junction) -> None:
    status, answer = junction.push(junction.report("red"), junction.report("green", signal="S2"))
    assert (status, answer["accepted"], answer["refused"]) == (200, 2, [])
    assert (junction.shown(), junction.shown("S2")) == (SignalState.RED, SignalState.GREEN)
    junction.clock.pass_s(2.0)
    junction.push(junction.report("red"))
    junction.clock.pass_s(2.0)
    assert (junction.shown(), junction.shown("S2")) == (SignalState.RED, SignalState.UNKNOWN)
    junction.clock.pass_s(1.5)
    assert junction.shown() is SignalState.UNKNOWN


def test_the_beginning_of_red_is_the_controllers_instant(junction: Junction) -> None:
    junction.push(junction.report("green"))
    junction.clock.pass_s(1.0)
    junction.push(junction.report("red", ago_s=0.3))
    reading = junction.timelines["cam-1", "S1"].at(junction.at(0))
    assert (reading.since, reading.beginning_seen) == (junction.at(-0.3), True)


@pytest.mark.parametrize(
    ("ahead_s", "ago_s", "reason"),
    [
        pytest.param(0.6, 0.0, "clock_off", id="its clock is ahead"),
        pytest.param(-0.6, 0.0, "clock_off", id="its clock is behind, or the way is long"),
        pytest.param(0.0, 1.2, "late", id="late"),
        pytest.param(0.0, -0.7, "in_the_future", id="of the future"),
    ],
)
def test_what_cannot_be_trusted_makes_its_signal_unknown_at_once(
    junction: Junction, ahead_s: float, ago_s: float, reason: str
) -> None:
    """Else a red that ended unheard would accuse whoever starts on green."""
    junction.push(junction.report("red"), junction.report("red", signal="S2"))
    junction.clock.pass_s(0.5)
    status, answer = junction.push(junction.report("green", ago_s=ago_s), ahead_s=ahead_s)
    assert status == 409
    assert answer["refused"] == [{"camera": "cam-1", "signal": "S1", "reason": reason}]
    assert answer["clock_offset_ms"] == pytest.approx(-1000 * ahead_s)
    assert (junction.shown(in_s=0.1), junction.shown("S2")) == (SignalState.UNKNOWN, SignalState.RED)
    assert junction.problems.stands(ProblemCode.SIGNALS_REFUSED)
    junction.clock.pass_s(1.0)
    assert junction.push(junction.report("red"))[0] == 200
    reading = junction.timelines["cam-1", "S1"].at(junction.at(0))
    assert (reading.state, reading.beginning_seen) == (SignalState.RED, False), "when it began nobody knows"
    assert not junction.problems.stands(ProblemCode.SIGNALS_REFUSED)


def test_a_clock_that_is_a_little_off_is_told_to_the_controller_and_taken(junction: Junction) -> None:
    status, answer = junction.push(junction.report("red"), ahead_s=-0.2)
    assert (status, answer["clock_offset_ms"]) == (200, 200.0)


def test_a_signal_that_nobody_asks_for_or_that_would_never_fall_silent_is_named(junction: Junction) -> None:
    wanted = [junction.report(), junction.report(signal="S9"), junction.report(camera="cam-2")]
    status, answer = junction.push(*wanted)
    assert (status, answer["accepted"]) == (200, 1)
    assert [each["reason"] for each in answer["refused"]] == ["unknown_signal", "never_silent"]
    assert junction.shown(camera="cam-2") is SignalState.UNKNOWN
    assert junction.shown() is SignalState.RED


def test_a_push_that_overtakes_another_changes_nothing(junction: Junction) -> None:
    junction.push(junction.report("green"))
    status, _ = junction.push(junction.report("red", ago_s=0.4))
    assert status == 200
    assert junction.shown() is SignalState.GREEN


def test_silence_is_a_problem_that_ends(junction: Junction) -> None:
    junction.push(junction.report())
    junction.clock.pass_s(SILENT_AFTER_S + 1)
    junction.reports.hand_over()
    assert junction.problems.stands(ProblemCode.SIGNALS_SILENT)
    junction.push(junction.report(signal="S9"))
    assert junction.problems.stands(ProblemCode.SIGNALS_SILENT), "nothing of use came"
    junction.push(junction.report())
    assert not junction.problems.stands(ProblemCode.SIGNALS_SILENT)


@pytest.mark.parametrize("key", ["", "K" * 32, "k" * 31, "ké"])
def test_without_the_key_nothing_is_taken(junction: Junction, key: str) -> None:
    status, answer = junction.push(junction.report(), key=key.encode().decode("latin-1"))
    assert (status, answer["status"]) == (401, 401)
    assert junction.shown() is SignalState.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"sent_at": "now", "signals": []}',
        b'{"sent_at": "2026-01-05T05:00:00Z", "signals": []}',
        b'{"sent_at": "2026-01-05T05:00:00Z", "signals": [{"camera": "cam-1", "signal": "S1", "t": '
        b'"2026-01-05T05:00:00Z", "state": "blue"}]}',
    ],
)
def test_what_is_no_push_is_refused_with_a_reason(junction: Junction, body: bytes) -> None:
    status, answer = junction.push(body=body)
    assert status == 422
    assert answer["detail"]
    assert junction.push(junction.report())[0] == 200


def test_a_body_that_is_too_long_or_not_declared_is_not_read(junction: Junction) -> None:
    for name, value in (("Content-Length", str(MAX_BYTES + 1)), ("Transfer-Encoding", "chunked")):
        line = http.client.HTTPConnection("127.0.0.1", junction.intake.port, timeout=10)
        line.putrequest("POST", "/signals")
        line.putheader("Authorization", f"Bearer {KEY}")
        line.putheader(name, value)
        line.endheaders()  # and no body: the box hangs up, perhaps before that could be sent
        assert status_of(line) == 413
        line.close()
    for method, path in (("GET", "/signals"), ("POST", "/metrics")):
        line = http.client.HTTPConnection("127.0.0.1", junction.intake.port, timeout=10)
        line.request(method, path, b"{}" if method == "POST" else None, {"Authorization": f"Bearer {KEY}"})
        assert status_of(line) in {404, 405}
        line.close()


def test_idle_lines_beyond_the_limit_are_hung_up_on_and_a_controller_comes_in_when_they_leave(
    junction: Junction,
) -> None:
    idle = [
        socket.create_connection(("127.0.0.1", junction.intake.port), source_address=(f"127.0.0.{2 + number % 2}", 0))
        for number in range(MOST_AT_ONCE)
    ]
    for _ in range(200):  # until all idle ones are accepted
        if not pushed(junction):
            break
    assert not pushed(junction)
    for line in idle:
        line.close()
    for _ in range(200):
        if pushed(junction):
            break
    assert junction.shown() is SignalState.RED


def test_who_holds_all_lines_of_one_address_keeps_no_other_address_out(junction: Junction) -> None:
    idle = [
        socket.create_connection(("127.0.0.1", junction.intake.port), source_address=("127.0.0.2", 0))
        for _ in range(MOST_AT_ONCE)
    ]
    hung_up_on = idle[MOST_OF_ONE_PEER:]
    assert [line.recv(1) for line in hung_up_on] == [b""] * len(hung_up_on)
    assert pushed(junction)
    for line in idle:
        line.close()


def test_a_box_that_could_start_no_thread_for_a_while_listens_again(
    junction: Junction, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError(f"can't start {thread.name}")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start)
        for _ in range(MOST_OF_ONE_PEER + 1):
            with socket.create_connection(("127.0.0.1", junction.intake.port)) as line:
                assert line.recv(1) == b""
    assert pushed(junction)


@pytest.mark.parametrize("in_body", [False, True], ids=["headers without an end", "a body without an end"])
def test_a_request_that_trickles_is_given_up_however_long_its_bytes_keep_coming(
    junction: Junction, monkeypatch: pytest.MonkeyPatch, *, in_body: bool
) -> None:
    monkeypatch.setattr(http_intake, "_TIMEOUT_S", 0.3)
    head = f"POST /signals HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 60000\r\n"
    with socket.create_connection(("127.0.0.1", junction.intake.port)) as line:
        line.settimeout(0.02)
        line.sendall(head.encode() + (b"\r\n" if in_body else b"X: "))
        answer: bytes | None = None
        while answer is None:  # for ever, if the box does not end it
            with contextlib.suppress(TimeoutError):
                line.sendall(b"x")
                answer = received(line)
    assert answer == b""
    assert pushed(junction)


def received(line: socket.socket) -> bytes:
    try:
        return line.recv(1)
    except ConnectionError:
        return b""


def test_each_request_on_a_kept_line_has_a_time_of_its_own(junction: Junction, monkeypatch: pytest.MonkeyPatch) -> None:
    """Together they may take longer than one may."""
    monkeypatch.setattr(http_intake, "_TIMEOUT_S", 0.5)
    line = http.client.HTTPConnection("127.0.0.1", junction.intake.port, timeout=10)
    body = json.dumps({"sent_at": to_text(junction.at(0)), "signals": [junction.report()]})
    line.connect()
    first = line.sock
    ends_at_s = time.monotonic() + 1.2
    while time.monotonic() < ends_at_s:
        line.request("POST", "/signals", body, {"Authorization": f"Bearer {KEY}"})
        assert status_of(line) == 200
    assert line.sock is first
    line.close()


@pytest.mark.parametrize("order", [("red", "green"), ("green", "red")])
def test_two_states_of_one_signal_at_one_instant_are_refused_by_name_and_nothing_of_the_push_is_taken(
    junction: Junction, order: tuple[str, str]
) -> None:
    said = [junction.report(state) for state in order]
    status, answer = junction.push(junction.report(signal="S2"), *said)
    assert status == 422
    assert f"cam-1/S1 cannot be {order[0]} and {order[1]}" in answer["detail"]
    assert (junction.shown(), junction.shown("S2")) == (SignalState.UNKNOWN, SignalState.UNKNOWN)
    assert junction.push(said[0], said[0])[0] == 200, "the same thing twice is one thing"


def status_of(line: http.client.HTTPConnection) -> int:
    """Of the answer, which is read to its end: else its socket stays open."""
    answer = line.getresponse()
    answer.read()
    return answer.status


def pushed(junction: Junction) -> bool:
    try:
        return junction.push(junction.report())[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_it_speaks_tls_and_only_tls_with_a_certificate(tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    junction = Junction((made.cert_file, made.key_file))
    junction.intake.start()
    context = ssl.create_default_context(cafile=str(made.ca_file))
    line = http.client.HTTPSConnection("127.0.0.1", junction.intake.port, timeout=10, context=context)
    body = json.dumps({"sent_at": to_text(junction.clock.now()), "signals": [junction.report()]})
    line.request("POST", "/signals", body, {"Authorization": f"Bearer {KEY}"})
    assert status_of(line) == 200
    line.close()
    with pytest.raises((OSError, http.client.HTTPException)):
        junction.push(junction.report())
    junction.intake.close()
    wrong = (made.key_file, made.cert_file)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        Junction(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"key_env": "A", "key_file": "b"},
        {"key_env": "A", "bind_address": "192.168.7.1"},
        {"key_env": "A", "certificate_file": "a.pem"},
    ],
)
def test_settings_that_are_not_safe_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"key|certificate"):
        SignalIntakeSettings.model_validate(wrong)


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    intake = SignalIntakeSettings(key_env="KEY")
    with pytest.raises(ConfigurationError, match="32 characters"):
        signal_key_of(intake, tmp_path, {"KEY": "secret"})
    assert signal_key_of(intake, tmp_path, {"KEY": KEY}) == KEY


PUSHES = st.lists(
    st.tuples(
        st.sampled_from(["red", "green", "yellow"]),
        st.integers(0, 4000).map(lambda pause_ms: pause_ms / 1000),  # since the push before
        st.integers(-200, 2000).map(lambda late_ms: late_ms / 1000),  # how late it is, as exactly as a push can say
        st.sampled_from([0.0, 0.0, 0.0, 0.9, -0.9]),  # the clock's error
    ),
    max_size=25,
)


@given(pushes=PUSHES)
@settings(max_examples=80, deadline=None)
def test_a_state_is_shown_only_while_the_newest_push_was_right_and_fresh(
    pushes: list[tuple[str, float, float, float]],
) -> None:
    junction = Junction()
    newest: tuple[datetime, str] | None = None  # that was taken, and since when it is believed
    latest = junction.clock.now()  # instant of all that was taken: its clock may be a little ahead
    for state, pause_s, late_s, error_s in pushes:
        junction.clock.pass_s(pause_s)
        body = {"sent_at": to_text(junction.at(error_s)), "signals": [junction.report(state, ago_s=late_s)]}
        answer = junction.reports.take(json.dumps(body).encode())
        junction.reports.hand_over()
        at = junction.at(-late_s)
        if not answer.accepted:
            newest = None
        elif newest is None or at >= newest[0]:
            newest = (at, state)
        latest = max(latest, at) if answer.accepted else latest
        shown = junction.shown(in_s=max(0.0, (latest - junction.clock.now()).total_seconds()))
        if newest is None or junction.clock.now() - newest[0] > timedelta(seconds=MAX_AGE_S):
            assert shown is SignalState.UNKNOWN
        else:
            assert shown.value in {newest[1], "unknown"}
    junction.intake.close()
