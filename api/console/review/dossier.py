"""One case as the console shows it: pure, from the stored case to words, clips and stills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.cases.blind import ENTERED, JUDGED
from api.cases.case_reader import HistoryEvent
from api.cases.case_rows import StoredCase, StoredFile
from api.cases.objection_words import SHA256
from api.cases.redaction_misses import MISSED, TAKEN_BACK
from api.console.review.plates.words import printed, printed_text
from api.console.review.remarks import remark_text
from api.console.review.watching import decisive_parts
from api.console.words import Language, translate
from api.exports.rows import ANSWERED, ASKED
from domain.cases.act_words import INTERNAL_UNITS, MEASURED_IN_WORDS
from domain.cases.case import Case
from domain.cases.checklist import checklist
from domain.cases.evidence import OVERLAY_FILE, EvidenceFile, FileRole
from domain.cases.reviewers import PERSONS_UNKNOWN
from domain.cases.states import Action, CaseState
from domain.cases.words import BLOCKER_WORDS, STATE_WORDS
from domain.event import Measurement
from domain.instants import HUE_TIME, seconds_between
from domain.law.rejection import rejection_reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class StillCard:
    """One still of a decisive moment."""

    url: str
    crop_url: str | None
    title: str
    at: str  # Hue time
    clip: str | None  # the clip that it was decoded from
    offset_s: float | None  # where in that clip


def hue_time(at: datetime, *, ms: bool = False) -> str:
    """An instant on Hue's wall clock.

    Examples:
        >>> from datetime import UTC
        >>> hue_time(datetime(2026, 1, 5, 7, 0, 0, 250_000, tzinfo=UTC), ms=True)
        '14:00:00.250 05/01/2026'
    """
    local = at.astimezone(HUE_TIME)
    clock = local.strftime("%H:%M:%S") + (f".{local.microsecond // 1000:03d}" if ms else "")
    return f"{clock} {local.strftime('%d/%m/%Y')}"


def hue_minute(at: datetime) -> str:
    """The minute in which an instant lies on Hue's wall clock; what is due then is due no earlier.

    Examples:
        >>> from datetime import UTC
        >>> hue_minute(datetime(2026, 1, 5, 7, 0, 59, tzinfo=UTC))
        '14:00 05/01/2026'
    """
    return at.astimezone(HUE_TIME).strftime("%H:%M %d/%m/%Y")


def offence_name(stored: StoredCase, language: Language) -> str:
    """The offence in the reader's language."""
    violation = stored.case.violation
    return violation.name_vi if language == "vi" else violation.name_en


def sentence(stored: StoredCase, language: Language) -> str:
    """The act in one plain sentence: who is suspected of what, where and when."""
    case = stored.case
    kind = translate(language, f"kind.{case.subject.vehicle_kind}")
    plate = plate_of(stored) or translate(language, "plate_unread")
    where = ", ".join(part for part in (case.site.road, case.site.direction) if part)
    return f"{kind[:1].upper()}{kind[1:]} {plate} · {where} · {hue_time(case.began_at)}"


def plate_of(stored: StoredCase) -> str | None:
    """The plate as people write it: entered by hand (with a sign for it), or as the networks read it; None: unread."""
    if stored.plate_by_hand is None:
        return printed(stored.case)
    on = stored.began_at.astimezone(HUE_TIME).date()
    return f"{printed_text(stored.plate_by_hand, on)} ✎"


def media_url(stored: StoredCase, name: str, acts: int = 0) -> str:
    """Where the browser fetches one file of the package.

    Args:
        stored: the case.
        name: of the file.
        acts: how often somebody asked for its originals: browsers keep what they played under the same address.
    """
    return f"/api/v1/cases/{stored.case_id}/files/{name}" + (f"?acts={acts}" if acts else "")


def clips(
    stored: StoredCase, files: Sequence[StoredFile], language: Language, *, acts: int = 0
) -> list[dict[str, Any]]:
    """The clips that are wholly here, the main one first, with marks at the decisive moments; acts: see media_url."""
    found = []
    for entry in files:
        file = entry.file
        if file.role is not FileRole.CLIP or not entry.complete:
            continue
        started_at = file.started_at  # None: a citizen's other video, of which nobody knows when it was filmed
        moments = [
            (seconds_between(started_at, still.file.at), translate(language, f"moment.{still.file.moment}"))
            for still in files
            if _shows_moment(still.file) and still.file.clip == file.name and started_at and still.file.at
        ]
        is_main = file.name == "clip.mp4"
        named = ", ".join(title for _, title in moments) or file.name
        found.append(
            {
                "name": file.name,
                "title": translate(language, "clip") if is_main else f"{translate(language, 'clip_of')}: {named}",
                "url": media_url(stored, file.name, acts),
                "started_at_ms": int(started_at.timestamp() * 1000) if started_at else None,
                "marks": [{"offset_s": offset_s, "title": title} for offset_s, title in moments],
                "decisive": decisive_parts([offset_s for offset_s, _ in moments], _length_s(file)),
            }
        )
    return sorted(found, key=lambda clip: (clip["name"] != "clip.mp4", clip["name"]))


def overlay_url(stored: StoredCase, files: Sequence[StoredFile]) -> str | None:
    """Where the overlay data is, None while it is not wholly here."""
    here = any(entry.name == OVERLAY_FILE and entry.complete for entry in files)
    return media_url(stored, OVERLAY_FILE) if here else None


def stills(stored: StoredCase, files: Sequence[StoredFile], language: Language, *, acts: int = 0) -> list[StillCard]:
    """The stills in order of time, a crop only beside the still of its own moment and instant; acts: see media_url."""
    here = [entry.file for entry in files if entry.complete]
    starts = {file.name: file.started_at for file in here if file.role is FileRole.CLIP}
    crops = {(file.moment, file.at): file.name for file in here if file.role is FileRole.STILL_CROP}
    full = [file for file in here if _shows_moment(file) and file.at is not None]
    cards = []
    for file in sorted(full, key=lambda still: (still.at or stored.received_at, still.name)):
        start = starts.get(file.clip or "")
        crop = crops.get((file.moment, file.at))
        cards.append(
            StillCard(
                url=media_url(stored, file.name, acts),
                crop_url=media_url(stored, crop, acts) if crop else None,
                title=translate(language, f"moment.{file.moment}"),
                at=hue_time(file.at, ms=True) if file.at else "",
                clip=file.clip if start else None,
                offset_s=seconds_between(start, file.at) if start and file.at else None,
            )
        )
    return cards


def facts(stored: StoredCase, language: Language) -> list[tuple[str, str]]:
    """What is known of the act in units that people have; the detector's score is kept from the reviewer."""
    case = stored.case
    rows = [
        ("when", hue_time(case.began_at, ms=True)),
        ("where", stored.where),
        ("vehicle", translate(language, f"kind.{case.subject.vehicle_kind}")),
        ("plate", plate_of(stored) or translate(language, "unread")),
        ("law", case.violation.legal_ref),
    ]
    return [(translate(language, name), value) for name, value in rows] + _measured(case, language, internal=False)


def technical_facts(stored: StoredCase, language: Language) -> list[tuple[str, str]]:
    """What made the case and where, and measurements in units of the picture, which mean nothing to most people."""
    case = stored.case
    position = case.site.position
    error = translate(language, "unknown") if case.clock_error_ms is None else f"± {case.clock_error_ms:.0f} ms"
    made_by = case.provenance
    detector = made_by.detector.name if made_by.detector else "-"
    rows = [
        ("mode", translate(language, case.mode.value)),
        ("clock_error", error),
        ("camera", f"{case.site.camera_name} ({case.site.camera_id})"),
        ("camera_owner", case.site.camera_owner or translate(language, "unknown")),
        ("camera_serial", case.site.camera_serial or translate(language, "unknown")),
        ("legal_class", translate(language, f"legal_class.{case.site.legal_class}")),
        ("box", case.box_id),
        ("position", f"{position.latitude_deg:.5f}, {position.longitude_deg:.5f}"),
        ("offence", offence_name(stored, language)),
        ("made_by", f"{made_by.rule} v{made_by.rule_version} · {detector} · {made_by.tracker}"),
    ]
    return [(translate(language, name), value) for name, value in rows] + _measured(case, language, internal=True)


def _measured(case: Case, language: Language, *, internal: bool) -> list[tuple[str, str]]:
    return [
        (translate(language, f"measure.{name}"), _measurement(name, value, language))
        for name, value in case.measurements.items()
        if name.endswith(INTERNAL_UNITS) is internal
    ]


def proofs(stored: StoredCase, language: Language) -> list[tuple[str, str, bool]]:
    """What the case must contain: (name, what proves it, whether it is there)."""
    none = translate(language, "no_proof")
    return [
        (each.item.words.of(language), each.proof or none, not each.missing)
        for each in checklist(stored.case, stored.manifest, stored.plate_by_hand)
    ]


def warnings(stored: StoredCase, history: Sequence[HistoryEvent], language: Language) -> list[tuple[str, bool]]:
    """What the reviewer must know before deciding: (text, whether it stands against confirming)."""
    blocked_by = [BLOCKER_WORDS[blocker].of(language) for blocker in stored.blocked_by]
    found = [(words[:1].upper() + words[1:], True) for words in blocked_by]
    found += [
        (f"{translate(language, 'missing_item')}: {each.item.words.of(language)}", True)
        for each in checklist(stored.case, stored.manifest, stored.plate_by_hand)
        if each.missing and each.item.blocks
    ]
    returned = next((event for event in reversed(history) if event.action == Action.RETURN), None)
    if returned is not None and stored.state in {CaseState.RETURNED, CaseState.QUEUED}:
        why = " · ".join(event_details(returned, language))
        found.insert(0, (f"{translate(language, 'returned_because')}: {why}", True))
    if stored.state in {CaseState.DETECTED, CaseState.QUEUED}:
        found += [(gap, True) for gap in stored.manifest.gaps]
    found += [(remark_text(remark, language), False) for remark in stored.manifest.remarks]
    if not stored.case.violation.signed_off_by_police:
        found.append((translate(language, "unsigned_catalogue"), False))
    return found


def event_details(event: HistoryEvent, language: Language) -> list[str]:
    """What stands beside an event in the history: reasons, notes, what was watched."""
    details = [str(event.body[key]) for key in ("file", "what") if event.body.get(key)]
    details += (
        [translate(language, f"readable.{event.body['readable']}")] if event.action in {MISSED, TAKEN_BACK} else []
    )
    if event.action == ENTERED:
        details.append(str(event.body["text"]))
    if event.action == Action.LEAD_ENDED:
        return [*details, STATE_WORDS[CaseState(event.body["lead_state"])].of(language)]
    if event.action == ANSWERED:
        details.append(translate(language, f"export_answer.{event.body['answer']}"))
    details += [str(event.body["recipient"])] if event.action == ASKED else []
    if (code := event.body.get("reason_code")) and event.action == Action.TRANSFER:
        details.append(STATE_WORDS[CaseState(code)].of(language))
    elif code:
        reason = rejection_reasons().get(code)
        details.append(str(code) if reason is None else reason.vi if language == "vi" else reason.en)
    if event.action == JUDGED:
        details.append(translate(language, f"judgement.{event.body['judgement']}"))
    if note := event.body.get("note"):
        details.append(str(note))
    elif SHA256 in event.body:
        details.append(event.objection or translate(language, "words_over"))
    details += [translate(language, PERSONS_UNKNOWN)] if event.body.get(PERSONS_UNKNOWN) else []
    if event.action == Action.CONFIRM:
        watched = event.body.get("watched")
        details.append(
            f"{translate(language, 'watched_of')}: {watched['played_s']:.0f} / {watched['of_s']:.0f} s"
            if isinstance(watched, dict)
            else translate(language, "not_in_player")
        )
    return details


def _length_s(clip: EvidenceFile) -> float:
    return seconds_between(clip.started_at, clip.ended_at) if clip.started_at and clip.ended_at else 0.0


def _shows_moment(file: EvidenceFile) -> bool:
    """Whether it is a full picture of a decisive moment; the one that a plate was read in belongs to the plate."""
    return file.is_whole_picture and file.moment is not None


def _measurement(name: str, value: Measurement, language: Language) -> str:
    if isinstance(value, bool):
        return translate(language, "yes" if value else "no")
    if isinstance(value, float):
        shown = f"{value:.2f}"
        return shown.replace(".", ",") if language == "vi" else shown
    if name in MEASURED_IN_WORDS:
        return ", ".join(translate(language, f"value.{part}") for part in str(value).split(", "))
    return str(value)
