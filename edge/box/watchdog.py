"""Signs of life for systemd's watchdog, which ends a process that gives none; sd_notify(3) without its library."""

import logging
import socket
from collections.abc import Mapping

logger = logging.getLogger(__name__)


class Watchdog:
    """Sends signs of life where the process was started by a supervisor that wants them; else does nothing.

    Args:
        environ: ``NOTIFY_SOCKET`` names the supervisor's socket; a leading ``@`` is an abstract name.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name
        self._failed = False

    def sign(self) -> None:
        """Send one sign of life; never raises, since a supervisor that does not listen ends nothing."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
                line.sendto(b"WATCHDOG=1", self._address)
        except OSError as error:
            if not self._failed:
                extra = {"action": "watchdog_unheard", "reason": str(error)}
                logger.warning("The supervisor does not hear signs of life", extra=extra)
            self._failed = True
        else:
            self._failed = False
