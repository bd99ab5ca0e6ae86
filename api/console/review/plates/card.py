"""The subject's plate as the console shows it: pure, from the stored case to characters, pictures and reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.cases.case_rows import StoredCase, StoredFile
from api.console.review.dossier import hue_time, media_url
from api.console.review.plates.words import format_colour, format_kind, format_reason, printed, province
from api.console.words import Language, translate
from domain.cases.evidence import EvidenceFile, FileRole
from domain.coordinates import BoxPx, SizeWh
from domain.plates.reading import PlateRead, PlateReading
from domain.plates.reasons import MAY_BE_COVERED

WEAK_BELOW = 0.9
"""A character that the reader is less sure of is marked, so that the reviewer looks at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateCharacter:
    """One sign of the agreed text."""

    sign: str
    confidence: float | None  # None: a separator, which nobody read

    @property
    def weak(self) -> bool:
        """Whether it needs a second look."""
        return self.confidence is not None and self.confidence < WEAK_BELOW


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatePicture:
    """A picture that shows the plate."""

    url: str
    at: str  # Hue time
    mark_share: tuple[float, float, float, float] | None = None  # left, top, width, height as shares of the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """One read in one picture."""

    at: str  # Hue time
    text: str
    confidence: str
    fate: str  # kept, or why it was dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateCard:
    """All that the console shows of a plate."""

    characters: tuple[PlateCharacter, ...]  # empty: unread
    about: str  # kind and colour, "" when neither is known
    reason: str  # why it is unread, "" when it is not
    may_be_covered: bool  # an offence of its own: it stands out
    crops: tuple[PlatePicture, ...]  # best first
    full: PlatePicture | None  # the picture that the best crop was cut from
    reads: tuple[ReadRow, ...]
    networks: str  # which looked
    by_hand: str = ""  # as whoever looks, or whoever confirmed, entered it
    entries: tuple[str, ...] = ()  # who entered what, when

    @property
    def weak_places(self) -> tuple[int, ...]:
        """Places of weak characters, counted from 1 as a person reads, separators left out."""
        read = [character for character in self.characters if character.confidence is not None]
        return tuple(place for place, character in enumerate(read, 1) if character.weak)


def plate_card(stored: StoredCase, files: Sequence[StoredFile], language: Language) -> PlateCard:
    """What is known of a case's plate; pictures that are not wholly here are left out."""
    plate = stored.case.plate
    here = [entry.file for entry in files if entry.complete]
    crops = [file for file in here if file.role is FileRole.PLATE_CROP and file.at is not None]
    crops.sort(key=lambda file: file.name)
    why_unread = plate.reason or translate(language, "unknown")
    return PlateCard(
        characters=_characters(printed(stored.case) or "", plate.character_confidences),
        about=_about(plate, language),
        reason="" if plate.status == "agreed" else format_reason(language, why_unread),
        may_be_covered=plate.reason == MAY_BE_COVERED,
        crops=tuple(_picture(stored, file) for file in crops),
        full=_full(stored, crops[0], here) if crops else None,
        reads=tuple(_row(read, language) for read in plate.reads),
        by_hand=stored.plate_by_hand or "",
        entries=tuple(f"{each.text} · {each.actor} · {hue_time(each.entered_at)}" for each in stored.entries),
        networks=", ".join(f"{model.name} ({model.sha256[:8]})" for model in plate.models),
    )


def _characters(text: str, confidences: Sequence[float]) -> tuple[PlateCharacter, ...]:
    """Each sign with its own confidence; separators have none."""
    left = iter(confidences)
    return tuple(PlateCharacter(sign=sign, confidence=next(left, None) if sign.isalnum() else None) for sign in text)


def _about(plate: PlateReading, language: Language) -> str:
    parts = [] if plate.kind is None else [format_kind(language, plate.kind)]
    parts += [] if plate.colour is None else [format_colour(language, plate.colour)]
    parts += [name] if plate.text and (name := province(plate.text)) else []
    return " · ".join(parts)


def _picture(
    stored: StoredCase, file: EvidenceFile, mark: tuple[float, float, float, float] | None = None
) -> PlatePicture:
    at = hue_time(file.at, ms=True) if file.at else ""
    return PlatePicture(url=media_url(stored, file.name), at=at, mark_share=mark)


def _full(stored: StoredCase, best: EvidenceFile, here: Sequence[EvidenceFile]) -> PlatePicture | None:
    """The full picture of the very frame that the best crop is of, the read's plate marked in it."""
    same = [f for f in here if f.role is FileRole.STILL_FULL and (f.clip, f.at) == (best.clip, best.at)]
    read = next((read for read in stored.case.plate.reads if read.at == best.at), None)
    mark = _share(read.box_xyxy_px, stored.case.resolution_wh) if read else None
    return _picture(stored, same[0], mark) if same else None


def _share(box_xyxy_px: BoxPx, resolution_wh: SizeWh) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box_xyxy_px
    width, height = resolution_wh
    return (x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height)


def _row(read: PlateRead, language: Language) -> ReadRow:
    weakest = min(read.character_confidences, default=None)
    return ReadRow(
        at=hue_time(read.at, ms=True),
        text=read.text or "-",
        confidence="-" if weakest is None else f"{weakest:.0%}",
        fate=translate(language, "read_kept")
        if read.dropped_because is None
        else format_reason(language, read.dropped_because),
    )
