"""What a camera remembers beyond any one rule, configuration, tracker or process."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, JsonValue

from domain.cases.case import Case
from domain.geometry import SizeWh
from domain.instants import seconds_between
from domain.seen.scene import Scene
from rules.acts.told_act import ToldAct
from rules.acts.told_acts import PLACE_FREE_S, ToldActs

_KEEP_EVERY_S = 5.0


class _Document(BaseModel):
    """The memory on disk."""

    model_config = ConfigDict(extra="forbid")

    schema_version: int = 1
    camera_id: str
    seen_until: datetime
    resolution_wh: SizeWh
    told: list[ToldAct]
    kept: dict[str, JsonValue]


class CameraMemory:
    """Acts that have become cases, and acts in progress. Belongs to the camera; only its analysis thread uses it."""

    def __init__(self) -> None:
        self.told = ToldActs()
        self.kept: dict[str, JsonValue] = {}  # stays in progress, by the uses of rules that judge them
        self.seen_until: datetime | None = None  # the newest scene
        self.resolution_wh: SizeWh | None = None
        self.revision = 0  # rises whenever a copy on disk has fallen behind
        self._kept_at: datetime | None = None

    def see(self, scene: Scene) -> None:
        """A scene is about to be processed; after a long span without any, nobody looked meanwhile."""
        old_wh, new_wh = self.resolution_wh, scene.resolution_wh
        if old_wh is not None and old_wh != new_wh:
            self.told.rescale(new_wh[0] / old_wh[0], new_wh[1] / old_wh[1])
        if self.seen_until is not None and seconds_between(self.seen_until, scene.at) > PLACE_FREE_S:
            self.told.resume(self.seen_until, scene.at)
        self.seen_until, self.resolution_wh = scene.at, new_wh
        self.told.update(scene)

    def resume(self, scene: Scene) -> datetime | None:
        """A new engine begins with this scene; returns since when nobody looked, None where nobody ever did."""
        since = self.seen_until
        if since is not None:
            self.told.resume(since, scene.at)
            self.seen_until = scene.at
        return since

    def add_case(self, case: Case) -> None:
        """A case of an earlier process, found elsewhere than in its memory."""
        self.told.add_case(case)
        self.seen_until = max(self.seen_until or case.ended_at, case.ended_at)
        self.resolution_wh = self.resolution_wh or case.resolution_wh

    def begin_epoch(self, shift: timedelta, kept: dict[str, JsonValue]) -> None:
        """The clock was set: acts in progress end, those that became cases stay known.

        Args:
            shift: by which times are later than they would have been.
            kept: what the next engine must know all the same, in the new time.
        """
        self.kept, self._kept_at = kept, None
        self.told.shift(shift)
        self.seen_until = None if self.seen_until is None else self.seen_until + shift
        self.revision += 1

    def is_time_to_keep(self, now: datetime) -> bool:
        """Whether acts in progress should be taken down again."""
        return self._kept_at is None or abs(seconds_between(self._kept_at, now)) >= _KEEP_EVERY_S

    def keep(self, kept: dict[str, JsonValue], now: datetime) -> None:
        """Take down acts in progress."""
        self.kept, self._kept_at = kept, now
        self.revision += 1

    def document(self, camera_id: str) -> bytes:
        """The memory as JSON; empty before the first scene."""
        if self.seen_until is None or self.resolution_wh is None:
            return b""
        document = _Document.model_construct(  # our own values, checked when they are read: checking costs most of it
            camera_id=camera_id,
            seen_until=self.seen_until,
            resolution_wh=self.resolution_wh,
            told=list(self.told.acts),
            kept=self.kept,
        )
        return document.model_dump_json().encode()

    @classmethod
    def from_document(cls, content: bytes, camera_id: str) -> "CameraMemory":
        """Read what ``document`` wrote in an earlier process; track ids mean nothing any more.

        Raises:
            ValueError: it is damaged, of another version or of another camera.
        """
        document = _Document.model_validate_json(content)
        if document.schema_version != 1 or document.camera_id != camera_id:
            raise ValueError(f"it is of version {document.schema_version} and camera {document.camera_id}")
        for act in document.told:
            act.track_ids = ()
        memory = cls()
        memory.told = ToldActs(document.told)
        memory.kept, memory.seen_until = document.kept, document.seen_until
        memory.resolution_wh = document.resolution_wh
        return memory
