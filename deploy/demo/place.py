"""Where the demo keeps what it makes, and the files it writes for box and centre."""

import json
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.run.learned.kinds import SURFACES

BOX_ID = "demo-box"
BOX_DATA = "box"
CAMERA_FILES = ("pavement.yaml", "avenue.yaml", "junction.yaml", "stall.yaml")
STALL_CAMERA_FILE = "stall.yaml"
SIGNAL_CAMERA, SIGNAL = "demo-avenue", "drill-signal"
JUNCTION_CAMERA = "demo-junction"
STALL_CAMERA = "demo-stall"
_MARK = ".matthan-demo"
_CAMERAS = Path(__file__).parent / "cameras"


class NotOurFolder(RuntimeError):
    """The folder holds something that no demo made, so it is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The demo's data folder; everything that it leaves behind lies below it.

    Args:
        root: the folder.
    """

    root: Path

    def make_fresh(self) -> None:
        """Remove what an earlier demo left, but for its composed clips, and make the folder for this one.

        Raises:
            NotOurFolder: the folder holds something else.
        """
        if self.root.exists():
            if not (self.root / _MARK).exists() and any(self.root.iterdir()):
                raise NotOurFolder(f"{self.root} is not empty and was not made by a demo; name another with --data")
            for path in set(self.root.iterdir()) - {self.composed}:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.root.mkdir(parents=True, mode=0o700, exist_ok=True)
        for folder in (self.clips, self.secrets, self.cameras, self.logs):
            folder.mkdir(mode=0o700)
        (self.root / _MARK).touch()

    @property
    def clips(self) -> Path:
        """What the RTSP server publishes."""
        return self.root / "clips"

    @property
    def composed(self) -> Path:
        """Clips that take seconds to compose: kept from demo to demo."""
        return self.root / "composed"

    @property
    def learned_ground(self) -> Path:
        """Where the box keeps what it learned of its cameras' ground."""
        return self.root / BOX_DATA / SURFACES

    @property
    def broker(self) -> Path:
        """The MQTT broker's data."""
        return self.root / "broker"

    @property
    def secrets(self) -> Path:
        """Keys and passwords of this run, each in a file that only the owner can read."""
        return self.root / "secrets"

    @property
    def cameras(self) -> Path:
        """The box's camera files."""
        return self.root / "cameras"

    @property
    def logs(self) -> Path:
        """What centre and box say."""
        return self.root / "logs"

    @property
    def pulled(self) -> Path:
        """Where the police's pull puts packages."""
        return self.root / "police"

    @property
    def signal_feed(self) -> Path:
        """The simulated controller's reports."""
        return self.root / "signals.jsonl"

    @property
    def box_file(self) -> Path:
        """Settings of the box."""
        return self.root / "box.yaml"

    @property
    def centre_file(self) -> Path:
        """Settings of the centre."""
        return self.root / "centre.yaml"

    def new_secret(self, name: str) -> str:
        """Make a random secret and keep it in a file of that name."""
        return self.keep_secret(name, secrets.token_urlsafe(12))

    def keep_secret(self, name: str, text: str) -> str:
        """Keep a secret in a file that only the owner can read."""
        path = self.secrets / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return text

    def write_cameras(self, *, rtsp_port: int, with_rules: bool, names: Iterable[str] = CAMERA_FILES) -> None:
        """Put camera files in place, with the RTSP server's port.

        Args:
            rtsp_port: of the running server.
            with_rules: False: version 1, which only watches; True: version 2, with the rules of the files.
            names: of the files; all of them unless said otherwise.
        """
        for name in names:
            text = (_CAMERAS / name).read_text(encoding="utf-8").replace("127.0.0.1:8554", f"127.0.0.1:{rtsp_port}")
            if with_rules:
                text = text.replace("\nversion: 1\n", "\nversion: 2\n")
            else:
                text = text.partition("\nrules:")[0] + "\nrules: []\n"
            part = self.root / name
            part.write_text(text, encoding="utf-8")
            part.replace(self.cameras / name)

    def write_yaml(self, path: Path, settings: dict[str, Any]) -> None:
        """Write settings; JSON is YAML, too."""
        path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
