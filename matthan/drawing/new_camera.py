"""The first file of a camera: what an installer knows on the spot; zones and rules follow."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from domain.camera import CameraConfig
from domain.errors import ConfigurationError
from plumbing.yaml_documents import read_yaml, validated


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCamera:
    """What must be known of a camera before its first picture."""

    camera_id: str
    name: str
    road: str
    ward: str
    latitude_deg: float
    longitude_deg: float
    heading_deg: float  # where the camera looks, clockwise from north
    url: str
    username: str  # empty: the camera asks for none
    password_env: str  # name of the environment variable that holds the password; empty with an empty username
    analysed_fps: float


def write_new_camera(path: Path, camera: NewCamera) -> None:
    """Write a camera's file; one that is there already stays.

    Raises:
        ConfigurationFaults: a value is wrong; nothing was written.
        ConfigurationError: the file exists or cannot be written.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(_text(camera), encoding="utf-8")
        try:
            validated(replace(read_yaml(beside), path=path), CameraConfig)
            os.link(beside, path)  # fails where the file exists, whoever made it meanwhile
        finally:
            beside.unlink()
    except FileExistsError as error:
        raise ConfigurationError(f"{path} exists already; choose another --out or change the file itself") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from error


def _text(camera: NewCamera) -> str:
    secret = ""
    if camera.username:
        secret = f"  username: {_quoted(camera.username)}\n  password_env: {_quoted(camera.password_env)}\n"
    return f"""\
# Next: matthan camera zones --camera THIS-FILE   (draw zones, lines and lamps with the mouse)
#       matthan check-config THIS-FILE            (names every mistake)
schema_version: 1
id: {_quoted(camera.camera_id)}
version: 1
name: {_quoted(camera.name)}
road: {_quoted(camera.road)}
ward: {_quoted(camera.ward)}
position: {{latitude_deg: {camera.latitude_deg!r}, longitude_deg: {camera.longitude_deg!r}}}
heading_deg: {camera.heading_deg!r}
# no case can be confirmed until these seven are filled in
direction: ""        # of the traffic in view
owner: ""            # who answers for the camera
serial: ""           # make and serial number
installed_on: null   # a date as 2024-05-31
checked_on: null     # likewise, when it was last checked
legal_class: unknown # police_device, supplied_by_organisation or supplied_by_citizen, once it is settled
legal_paper: ""      # that settles it: its number and date
stream:
  url: {_quoted(camera.url)}
{secret}  analysed_fps: {camera.analysed_fps!r}
reference_still_wh: [1920, 1080]   # set by the drawing page from the still itself
zones: []
lines: []
signals: []
rules: []
"""


def _quoted(text: str) -> str:
    """A YAML 1.2 double-quoted scalar."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in escaped) + '"'
