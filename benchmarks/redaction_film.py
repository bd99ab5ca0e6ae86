"""What a copy of a citizen's film costs and leaves readable: makes it as a worker does, and lays it out to look at.

``python -m benchmarks.redaction_film FILM... --out FOLDER`` writes a contact sheet of twenty-four pictures of each copy
(never into this repository: they show real streets), and prints what it cost.
"""

import argparse
import io
import resource
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.pictures import tile
from detectors.plates.pipeline import PlatePipeline
from domain.geometry import ImageBgr
from edge.configuration.settings import ModelSettings, PlateSettings
from edge.networks.plate_networks import open_plate_pipeline
from edge.networks.street_network import open_network
from edge.reports.look import Look
from edge.reports.stills import DecodedStill, decode_film
from plumbing.system_clock import SystemClock

PICTURES, ACROSS = 24, 3
TILE_WH = (800, 600)


def cpu_s() -> float:
    """Of this process and those that it started and that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def sheet(film: bytes) -> ImageBgr:
    """Pictures of a copy, evenly spread."""
    with av.open(io.BytesIO(film), "r") as container:
        shown = [frame.to_ndarray(format="bgr24") for frame in container.decode(container.streams.video[0])]
    chosen = [shown[number * len(shown) // PICTURES] for number in range(PICTURES)]
    tiles = [tile(np.asarray(each, np.uint8), TILE_WH) for each in chosen]
    return np.vstack([np.hstack(tiles[row : row + ACROSS]) for row in range(0, PICTURES, ACROSS)])


def main() -> None:
    """Make the copies, lay them out, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    plates = open_plate_pipeline(PlateSettings(), Path())
    assert isinstance(plates, PlatePipeline)
    look = Look(open_network(ModelSettings(name="street-n"), Path()), plates, SystemClock())
    for path in options.films:
        began_s, pictures = cpu_s(), 0

        def counted(content: bytes = path.read_bytes()) -> Iterator[DecodedStill]:
            nonlocal pictures
            for picture in decode_film(content, within_s=3600.0):
                pictures += 1
                yield picture

        film = look.film(counted())
        if film is None:
            continue
        cv2.imwrite(str(options.out / f"{path.stem}.jpg"), sheet(film))
        print(f"{path.name}: {pictures} pictures, {len(film)} bytes, {cpu_s() - began_s:.1f} CPU s")


if __name__ == "__main__":
    main()
