"""An RTSP server that plays files in a loop: aio-rtsp-toolkit."""

import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from deploy.local.nats_broker import installed_program
from deploy.local.process import LOOPBACK, LocalServer, ServerNotReady, free_port


class RtspServer(LocalServer):
    """Plays the video files of a folder (mp4 or mkv; H.264 or H.265; over TCP, no login).

    Args:
        directory: the folder that is published; the server's log is kept beside it, not in it.
        files: names that must be there, checked at start.
    """

    def __init__(self, directory: Path, files: Iterable[str] = ()) -> None:
        super().__init__("rtsp-server", data_dir=directory)
        self.directory = directory.resolve()
        self.log_path = self.directory.parent / f"{self.directory.name}.rtsp-server.log"
        self._files = tuple(files)
        self.port = 0
        self._control_port = 0

    def url(self, name: str, *, loop: bool = True) -> str:
        """Stream address of a file, played for ever or once."""
        return f"rtsp://{LOOPBACK}:{self.port}/{quote(name)}" + ("?play_count=0" if loop else "")

    def _choose_ports(self) -> None:
        self.port, self._control_port = free_port(), free_port()

    def _prepare(self) -> None:
        missing = [name for name in self._files if not (self.directory / name).is_file()]
        if missing:
            raise ServerNotReady(f"not in {self.directory}: {', '.join(missing)}")

    def _command(self) -> list[str]:
        ports = ["--host", LOOPBACK, "--port", str(self.port), "--control-port", str(self._control_port)]
        return [installed_program("rtsp-server"), "--dir", str(self.directory), *ports]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as link:
                link.sendall(f"OPTIONS rtsp://{LOOPBACK}:{self.port}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
                return link.recv(64).startswith(b"RTSP/1.0 200")
        except OSError:
            return False
