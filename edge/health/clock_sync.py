"""What the system says of the box's own clock: chronyc or timedatectl, asked in a thread of its own."""

import logging
import subprocess
import threading
from collections.abc import Mapping
from typing import Final, NamedTuple

logger = logging.getLogger(__name__)

_EVERY_S: Final = 60.0
_ANSWER_WITHIN_S: Final = 5.0
_CHRONY_FIELDS: Final = 14
_SWITCHED_OFF: Final = "nothing keeps the box's clock right: time synchronisation is switched off"
_NOT_KNOWN: Final = "it is not known whether the box's clock is kept right: neither chronyc nor timedatectl answers"


class Reading(NamedTuple):
    """What was found."""

    synchronised: bool | None  # None: not known
    text: str


class ClockSync:
    """Asks the system every minute whether something keeps the clock right.

    Args:
        environ: where the programs are looked for (``PATH``).
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {**environ, "LC_ALL": "C"}
        self._reading = Reading(synchronised=None, text="the box's clock was not looked at yet")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="clock-sync", daemon=True)

    @property
    def synchronised(self) -> bool | None:
        """Whether something keeps the clock right; None: not known."""
        return self._reading.synchronised

    @property
    def text(self) -> str:
        """The same in words."""
        return self._reading.text

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def close(self) -> None:
        """Ask no more; an answer under way is not waited for."""
        self._stop.set()

    def read(self) -> Reading:
        """Ask once; takes ten seconds at most and raises nothing."""
        tracking = self._run("chronyc", "-c", "tracking")
        if tracking is not None and (found := _from_chrony(tracking)) is not None:
            return found
        shown = self._run("timedatectl", "show", "--property=NTP", "--property=NTPSynchronized")
        found = None if shown is None else _from_timedatectl(shown)
        return found or Reading(synchronised=None, text=_NOT_KNOWN)

    def _ask(self) -> None:
        while not self._stop.is_set():
            self._reading = self.read()
            self._stop.wait(_EVERY_S)

    def _run(self, *command: str) -> str | None:
        try:
            done = subprocess.run(
                command,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ANSWER_WITHIN_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _from_chrony(tracking: str) -> Reading | None:
    """What ``chronyc -c tracking`` means.

    Examples:
        >>> line = "C0A80001,192.168.0.1,3,1767596400.1,-0.000123,0,0,0,0,0,0.01,0.001,64.2,Normal"
        >>> _from_chrony(line)
        Reading(synchronised=True, text='chrony keeps the clock right by 192.168.0.1')
        >>> _from_chrony("00000000,,0,0,0,0,0,0,0,0,1,1,0,Not synchronised").synchronised
        False
    """
    fields = tracking.strip().split(",")
    if len(fields) != _CHRONY_FIELDS:
        return None
    if fields[-1] == "Not synchronised":
        return Reading(synchronised=False, text="chrony runs, but has no server that it follows")
    return Reading(synchronised=True, text=f"chrony keeps the clock right by {fields[1] or fields[0]}"[:200])


def _from_timedatectl(shown: str) -> Reading | None:
    r"""What ``timedatectl show`` means.

    Examples:
        >>> _from_timedatectl("NTP=no\nNTPSynchronized=no\n").text
        "nothing keeps the box's clock right: time synchronisation is switched off"
        >>> _from_timedatectl("NTP=yes\nNTPSynchronized=yes\n").synchronised
        True
    """
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    match values.get("NTPSynchronized"), values.get("NTP"):
        case "yes", _:
            return Reading(synchronised=True, text="the system's time service keeps the clock right")
        case "no", "yes":
            return Reading(synchronised=False, text="the system's time service runs, but reaches no server")
        case "no", _:
            return Reading(
                synchronised=False, text="nothing keeps the box's clock right: time synchronisation is switched off"
            )
    return None
