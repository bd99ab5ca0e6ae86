"""The demo's streets: the clips that its RTSP server publishes, and what the box knows of a composed one beforehand."""

from datetime import datetime

from deploy.demo.composed.earlier import live_through
from deploy.demo.composed.empty_ground import learned_ground
from deploy.demo.composed.junction import JUNCTION_CLIP, junction_clip
from deploy.demo.composed.stall import STALL_CLIP, empty_pictures, stall_clip, standing_clip
from deploy.demo.footage import AVENUE, PAVEMENT, write_clips
from deploy.demo.place import BOX_DATA, BOX_ID, STALL_CAMERA_FILE, Place
from edge.configuration.camera_files import read_camera_file
from edge.networks.surface_network import SURFACE

CLIPS = (PAVEMENT.file_name, AVENUE.file_name, JUNCTION_CLIP, STALL_CLIP)


def make_clips(place: Place) -> None:
    """Cut two clips out of the film, and compose two where no earlier demo did."""
    write_clips(place.clips)
    (place.clips / JUNCTION_CLIP).hardlink_to(junction_clip(place.composed))
    (place.clips / STALL_CLIP).hardlink_to(stall_clip(place.composed))


def live_through_stall(place: Place, *, now: datetime) -> None:
    """Give the box what twelve and a half minutes of the composed pavement would have left on its disk.

    The stall was set up, and its ward reminded; from now on it stands.

    Args:
        place: with clips and camera files, rules and all.
        now: when the demo starts, UTC.
    """
    camera = read_camera_file(place.cameras / STALL_CAMERA_FILE)
    clip = place.clips / STALL_CLIP
    network = SURFACE.open()
    live_through(camera, clip, place.root / BOX_DATA, box_id=BOX_ID, network=network, until=now)
    clip.unlink()
    clip.hardlink_to(standing_clip(place.composed))


def learn_ground(place: Place, *, now: datetime) -> None:
    """Give the box what ten minutes of the composed pavement without anybody would have taught it.

    Args:
        place: with clips and camera files.
        now: when the demo starts, UTC.
    """
    camera = read_camera_file(place.cameras / STALL_CAMERA_FILE)
    pictures = empty_pictures(place.clips / STALL_CLIP)
    ground = learned_ground(camera, pictures, network=SURFACE.open(), until=now)
    path = place.learned_ground / f"{camera.id}.json"
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(ground)
