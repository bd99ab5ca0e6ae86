"""What a plate with taped characters is read as: ``python -m benchmarks.plates.taped --data ../shared/data``.

Gate photos and crops of plates that no network learned from, whole and with one to three characters under strips
composed over them: read once each, and in visits of several pictures; with and without the reader's word on where
characters stand. The limits of ``detectors/plates/spacing.py`` were chosen on the part ``val``.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

import cv2

from benchmarks.plates.hiding import covered
from benchmarks.plates.looks import Told
from benchmarks.plates.visits import KnownPlates, Still, stills, visit
from detectors.plates.corners import PlateCorners
from detectors.plates.pipeline import PlatePipeline
from detectors.plates.reader import PlatePicture, PlateReader
from detectors.plates.reads import PlateText
from detectors.plates.spacing import lacks_a_character
from detectors.sessions import open_session
from domain.model_ref import ModelRef
from domain.plates.grammar import plate_grammar
from domain.plates.reading import PlateLayout
from domain.plates.reasons import MAY_BE_COVERED
from edge.configuration.settings import PlateSettings
from edge.networks.plate_networks import find_plate_networks, open_reader

ON = date(2026, 1, 5)
FIRST_SEED, WIDTHS_PX = 6_000_000, (50.0, 140.0)  # of the plate in a visit's largest picture
_SHORT = {"two_lines": 4, "one_line": 7}  # characters of the last line


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """One read of one picture."""

    truth: str
    layout: PlateLayout
    text: PlateText
    lawful: str | None
    lawful_by_text: str | None  # were it not known where characters stand


def read_each(sources: Sequence[Still], corners: PlateCorners, reader: PlateReader, *, taped: bool) -> list[Single]:
    """Read every still, whole or taped."""
    grammar, singles = plate_grammar(), []
    for number, still in enumerate(sources):
        picture = covered(still.picture_bgr, still.plate_box_xyxy_px, "tape", number) if taped else still.picture_bgr
        shape = corners.locate(picture, still.plate_box_xyxy_px)
        text = reader.read([PlatePicture(picture_bgr=picture, shape=shape)])[0]
        lawful, by_text = (
            grammar.repaired(
                text.text, text.confidences, vehicle=still.vehicle, layout=shape.layout, on=ON, upper=upper
            )
            for upper in (text.upper, None)
        )
        if lacks_a_character(text, lawful):
            lawful = None
        singles.append(Single(truth=still.text, layout=shape.layout, text=text, lawful=lawful, lawful_by_text=by_text))
    return singles


class Placeless:
    """The reader without its word on where the characters stand: what reading was like without that."""

    def __init__(self, reader: PlateReader) -> None:
        self._reader = reader

    @property
    def model(self) -> ModelRef:
        """Which weights read."""
        return self._reader.model

    def read(self, plates: Sequence[PlatePicture]) -> list[PlateText]:
        """As the reader."""
        return [
            PlateText(tuple(replace(one, line=None, place=None) for one in text.characters))
            for text in self._reader.read(plates)
        ]


def visits_of(sources: Sequence[Still], corners: PlateCorners, reader: PlateReader, *, taped: bool) -> str:
    """How visits end whose plate's place is known: told right and wrong, by text alone and with line and place."""
    finder = KnownPlates()
    pipelines = [
        PlatePipeline(finder=finder, corners=corners, reader=one, grammar=plate_grammar())
        for one in (Placeless(reader), reader)
    ]
    ends = Counter[tuple[int, str]]()
    for number, still in enumerate(sources):
        picture = covered(still.picture_bgr, still.plate_box_xyxy_px, "tape", number) if taped else still.picture_bgr
        coming = visit(replace(still, picture_bgr=picture), FIRST_SEED + number, widths_px=WIDTHS_PX)
        finder.expect(coming)
        for which, pipeline in enumerate(pipelines):
            reading = pipeline.read(coming.sights, still.vehicle).reading
            flagged = "covered" if reading.reason == MAY_BE_COVERED else "unread"
            ends[which, flagged if reading.text is None else "right" if reading.text == still.text else "wrong"] += 1
    columns = [ends[which, end] for which in (0, 1) for end in ("right", "wrong", "covered")]
    shares = " | ".join(str(Told(told=count, of=len(sources))) for count in columns)
    return f"| {sources[0].vehicle}, {'taped' if taped else 'whole'} | {len(sources)} | {shares} |"


def row(name: str, singles: Sequence[Single]) -> str:
    """A line of the table."""
    of = len(singles)
    counts = [
        sum(one.lawful_by_text == one.truth for one in singles),
        sum(one.lawful_by_text not in (None, one.truth) for one in singles),
        sum(one.lawful == one.truth for one in singles),
        sum(one.lawful not in (None, one.truth) for one in singles),
    ]
    return f"| {name} | {of} | {' | '.join(str(Told(told=count, of=of)) for count in counts)} |"


def widest(singles: Sequence[Single], layout: PlateLayout) -> str:
    """How unevenly the order digits of whole short plates stand at most."""
    gaps, off_middle = [], []
    for one in singles:
        line = [character.place or 0.0 for character in one.text.characters[one.text.upper or 0 :]]
        if one.layout == layout and one.lawful_by_text == one.truth and len(line) == _SHORT[layout]:
            spaces = [after - before for before, after in pairwise(line[-4:])]
            gaps.append(max(spaces) / median(spaces))
            off_middle.append(abs((line[0] + line[-1]) / 2 - 0.5))
    return f"{len(gaps)} of {layout}, gap {max(gaps):.2f} times the median, off the middle {max(off_middle):.3f}"


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    data: Path = parser.parse_args().data
    networks = find_plate_networks(PlateSettings(), Path())
    corners = PlateCorners(spec=networks.corners, session=open_session(networks.corners))
    reader = open_reader(networks.reader)
    print("| part | pictures | by its text alone: right | wrong | with line and place: right | wrong |")
    print("|---|---|---|---|---|---|")
    notes = []
    for part in ("val", "test"):
        sources = stills(data, part)
        for vehicle in ("motorbike", "car"):
            some = [one for one in sources if one.vehicle == vehicle]
            whole = read_each(some, corners, reader, taped=False)
            print(row(f"{part}, {vehicle}, whole", whole))
            print(row(f"{part}, {vehicle}, taped", read_each(some, corners, reader, taped=True)))
            notes.append(f"{part}: {widest(whole, 'two_lines' if vehicle == 'motorbike' else 'one_line')}")
    print(
        "\n| test, visits | visits | by text alone: right | wrong | may be covered "
        "| with line and place: right | wrong | may be covered |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for vehicle in ("motorbike", "car"):
        some = [one for one in stills(data, "test") if one.vehicle == vehicle]
        for taped in (False, True):
            print(visits_of(some, corners, reader, taped=taped))
    print("\nWhole plates with four order digits, the most uneven: " + "; ".join(notes))


if __name__ == "__main__":
    main()
