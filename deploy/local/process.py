"""One server as a child process: started, ready, killable, restartable, never left behind."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

LOOPBACK = "127.0.0.1"
_FIRST_PORT, _LAST_PORT = 20_000, 32_000  # below the range the kernel hands to outgoing connections
_PR_SET_PDEATHSIG = 1
_POLL_S = 0.02


class ServerNotReady(RuntimeError):
    """A local server died while starting, or was not ready in time; the message ends with its last log lines."""


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on and that no outgoing connection will be given.

    Raises:
        ServerNotReady: no free port was found in 200 tries.
    """
    for _ in range(200):
        port = random.randint(_FIRST_PORT, _LAST_PORT)  # noqa: S311 - a port, not a secret
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise ServerNotReady(f"no free port between {_FIRST_PORT} and {_LAST_PORT} on {LOOPBACK}")


def accepts(port: int) -> bool:
    """Whether something accepts TCP connections on a port of the loopback."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def _die_with_parent(parent_pid: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def set_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:
            os._exit(1)

    return set_death_signal


class LocalServer(ABC):
    """A server process on the loopback.

    ``with`` starts it and returns when it answers; it is stopped at the end of the block and, should this process die
    in any way, killed by the kernel. Start it from a thread that outlives it: Linux ties the child to the thread that
    started it. A restart uses the same ports and the same data.
    """

    def __init__(self, name: str, *, data_dir: Path, start_limit_s: float = 30.0, stop_limit_s: float = 5.0) -> None:
        self.name = name
        self.host = LOOPBACK
        self.data_dir = data_dir.resolve()
        self.log_path = self.data_dir / f"{name}.log"
        self._start_limit_s = start_limit_s
        self._stop_limit_s = stop_limit_s
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _command(self) -> list[str]:
        """The server's command line."""

    @abstractmethod
    def _choose_ports(self) -> None:
        """Take free ports; called before the first start, and again when a port was snatched away meanwhile."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether the server answers as its users need it."""

    def _prepare(self) -> None:  # noqa: B027 - not every server needs it
        """Write configuration and data directories; called before every start."""

    def _run_as(self) -> tuple[int, int] | None:
        """User and group ids to run under, None for our own."""
        return None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start on the ports chosen before and wait until it answers; does nothing while it runs.

        Raises:
            ServerNotReady: it ended, or did not answer in time.
        """
        if self.pid is None:
            self.launch()
            self.wait_until_ready()

    def launch(self) -> None:
        """Start without waiting."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._prepare()
        with self.log_path.open("ab") as log:
            self._process = self._spawn(log)

    def wait_until_ready(self) -> None:
        """Wait until it answers.

        Raises:
            ServerNotReady: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + self._start_limit_s
        while True:
            if self._process is None or self._process.poll() is not None:
                code = self._process.returncode if self._process is not None else None
                raise ServerNotReady(f"{self.name} ended with code {code}:\n{self.log_tail()}")
            if self._is_ready():
                return
            if time.monotonic() > deadline:
                self.kill()
                raise ServerNotReady(f"{self.name} was not ready in {self._start_limit_s:g} s:\n{self.log_tail()}")
            time.sleep(_POLL_S)

    def _spawn(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        ids = self._run_as()
        return subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=ids[0] if ids else None,
            group=ids[1] if ids else None,
            extra_groups=[] if ids else None,
            start_new_session=True,  # a Ctrl-C in the terminal is for the one who started us
            preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509 - only way to tie a child's life to ours
        )

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL to all its processes); the data stay."""
        self._signal_all(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end; kill it when it has not within its limit (5 s unless said otherwise)."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self._stop_signal())
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self._stop_limit_s)
        self.kill()

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGTERM

    def pause(self) -> None:
        """Freeze it: sockets stay open and nothing comes (a stall)."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def log_tail(self, lines: int = 30) -> str:
        """The last lines that it wrote."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        """Choose ports and start; two more tries where another process took a port in between."""
        for attempt in range(3):
            self._choose_ports()
            try:
                self.start()
            except ServerNotReady:
                if attempt == 2 or self.pid is not None:  # noqa: PLR2004 - the third try
                    raise
            else:
                break
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()
