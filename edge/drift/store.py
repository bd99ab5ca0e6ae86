"""Where a box keeps its cameras' days: one JSON file a camera, replaced in one step."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import ConfigurationError
from edge.drift.profile import DayProfile
from plumbing.files import make_private_folder, replace_private

KEPT_DAYS = 60


def profiles_dir(data_dir: Path) -> Path:
    """Where a box's profiles are in its data folder."""
    return data_dir / "profiles"


class CameraDays(BaseModel):
    """Finished days and the one that runs, oldest first."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Annotated[int, Field(ge=1, le=1)] = 1
    camera_id: str
    days: list[DayProfile] = []


class ProfileStore:
    """The folder of a box's profiles.

    Args:
        directory: is made when something is first written.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def camera_ids(self) -> tuple[str, ...]:
        """Cameras that have a profile, by name."""
        return tuple(sorted(path.stem for path in self._directory.glob("*.json")))

    def read(self, camera_id: str) -> CameraDays:
        """What is kept of a camera; empty when nothing is.

        Raises:
            ConfigurationError: the file is there and cannot be understood.
        """
        path = self._path(camera_id)
        try:
            return CameraDays.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return CameraDays(camera_id=camera_id)
        except (OSError, ValidationError) as e:
            raise ConfigurationError(f"the profile {path} cannot be read; move it away to begin a new one: {e}") from e

    def write(self, days: CameraDays) -> None:
        """Replace what is kept of a camera; days beyond the newest ``KEPT_DAYS`` are dropped.

        Raises:
            FileError: the file cannot be written; the old one stays.
        """
        kept = days.model_copy(update={"days": days.days[-KEPT_DAYS:]})
        make_private_folder(self._directory)
        replace_private(self._path(days.camera_id), kept.model_dump_json().encode())

    def _path(self, camera_id: str) -> Path:
        return self._directory / f"{camera_id}.json"
