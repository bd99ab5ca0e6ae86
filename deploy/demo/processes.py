"""The product's own processes as children of the demo."""

import sys
from pathlib import Path

import httpx

from deploy.local.process import LocalServer

MATTHAN = Path(sys.executable).parent / "matthan"


class MatthanProcess(LocalServer):
    """A long-running ``matthan`` command.

    Args:
        name: of the log file.
        arguments: what follows ``matthan``.
        ready_url: answers with a status below 500 when the process is up.
        folder: where its log goes.
        stop_limit_s: how long it may take to drain.
    """

    def __init__(
        self, name: str, arguments: list[str], *, ready_url: str, folder: Path, stop_limit_s: float = 5.0
    ) -> None:
        super().__init__(name, data_dir=folder, start_limit_s=60.0, stop_limit_s=stop_limit_s)
        self._arguments = arguments
        self._ready_url = ready_url

    def _choose_ports(self) -> None:
        """The configuration files name them."""

    def _command(self) -> list[str]:
        return [str(MATTHAN), *self._arguments]

    def _is_ready(self) -> bool:
        try:
            return httpx.get(self._ready_url, timeout=2, trust_env=False).is_server_error is False
        except httpx.HTTPError:
            return False
