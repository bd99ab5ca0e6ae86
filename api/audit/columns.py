"""Every column of every table: computed again by the check, or why no guard, queue or right depends on it.

A test fails while a column stands in neither list; another changes each of the first list by hand and wants it found.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Column(NamedTuple):
    """A column by table and name."""

    table: str
    name: str


_RECOMPUTED: Mapping[str, str] = {
    "cases": (
        "case_id state version box_id camera_id code rule_version mode shadow began_at ended_at received_at queue"
        " name_vi name_en legal_ref vehicle_kind camera_name road ward ward_key plate_status plate_text plate_kind"
        " plate_colour message_sha256 integrity must_items_missing gaps files_total files_missing package_sha256"
        " ready_at lease_id lease_holder lease_expires_at entered_at reason_code first_answer first_by second_look"
        " second_answer second_by first_plate plate_by_hand place_cell plate_key duplicates_open lead_id"
    ),
    "case_plates": "case_id actor text entered_at",
    "case_pairs": "later_id earlier_id grounds proposed_at judgement judged_by judged_at",
    "case_exports": (
        "export_id case_id content recipient reason_code note asked_by asked_at answer answered_by answered_at"
        " expires_at produced_at archive_sha256"
    ),
    "case_documents": "case_id case_json manifest_json signature_json",
    "case_counts": "shadow state cases",
    "evidence_files": "case_id name role size_bytes sha256 complete",
    "events": "seq at actor action case_id body prev_hash hash",
    "leases": "lease_id queue holder created_at expires_at",
    "boxes": "box_id name public_key_b64 key_id registered_at",
    "users": "username display_name person role wards queues organisation password_hash created_at disabled_at",
    "api_keys": "key_id secret_sha256 name role box_id wards queues organisation created_at revoked_at",
    "organisations": "organisation_id name created_at",
    "webhooks": "organisation_id url queues",
    "second_factors": "username secret_sealed confirmed_at",
    "recovery_codes": "code_sha256 username",
    "linked_identities": "username issuer subject linked_at",
    "sessions": "token_sha256 username created_at",
    "notices": "case_id number code_sha256 issued_at",
    "objection_words": "case_id words_sha256 salt words",
    "notice_visits": "token_sha256 case_id began_at",
}

RECOMPUTED = frozenset(Column(table, name) for table, names in _RECOMPUTED.items() for name in names.split())
"""Computed again from the stored messages and events."""

_ANSWER = "an answer is only given back to who asked; every step asks the cases, not this"
_HEALTH_OF_CENTRE = "what the centre's processes say of themselves; shown, and decides nothing"
_HEALTH = "what boxes say of themselves; shown, and decides nothing"
_DRAWN = "what boxes are asked to draw; each is on record with its hash, and a case names what ran when it was made"
_REFUSED = "a list of refusals; each stands on the record too"
_ARRIVING = "no case yet; what makes it one checks signature and hashes anew"
_SHARE = "how much a box may send; gives no right"
_SLOWS = "slows down guessing; gives no right"
_REMINDER = "for the ward, before anybody is fined: a case has its own evidence; what a person did is in the history"
_COUNTED = "numbers for those who watch rules and traffic: no case, no fine and no right follows from them"
_ALERT = "for operators, within seconds: no case, no fine and no right follows from it; who took one is in the history"

_HELD = "keeps two people from one work; a decision is guarded by the case's version"
_FLOOD = "which cases wait to be handed out; raising, lifting and closing it stand on the record"
_STANDING = "that a case came in as shadow stands in its own event; each fall and rise is on record too"
_REPORT = "no case and no fine follows from it by itself; files' hashes and answers are on record"
_PUBLISHED = "numbers for everybody, without a person; the hash of each error report is on record"
_REVIEWER = "how reviewers fare; no case, no fine and no right follows from it"

_LOOK_UPS = "a list for auditors; each look-up and each alarm stands on the record too"
_OWN_FILTER = "a person's own filters of the search page"

IRRELEVANT: Mapping[Column, str] = {
    **{Column("centre_problems", name): _HEALTH_OF_CENTRE for name in ("code", "subject", "since")},
    **{
        Column("idempotency_keys", name): _ANSWER for name in ("actor", "key", "request_sha256", "answer", "created_at")
    },
    **{
        Column("box_status", name): _HEALTH
        for name in (
            "box_id",
            "status",
            "heartbeat_at",
            "received_at",
            "software_version",
            "unsent_cases",
            "problems",
        )
    },
    **{
        Column("camera_status", name): _HEALTH
        for name in ("box_id", "camera_id", "state", "at", "reason", "received_at")
    },
    **{
        Column("cameras", name): _HEALTH
        for name in ("box_id", "camera_id", "name", "road", "ward_said", "latitude_deg", "longitude_deg", "told_at")
    },
    **{
        Column(table, name): _HEALTH
        for table, names in {
            "camera_reports": (
                "box_id camera_id config_sha256 view view_words changed_at running_sha256 running still_at"
                " still_config_sha256 still_bytes"
            ),
            "problem_spans": "id box_id camera_id code text began_at ended_at",
        }.items()
        for name in names.split()
    },
    **{
        Column("camera_drawings", name): _DRAWN
        for name in [
            "box_id",
            "camera_id",
            "number",
            "drawing",
            "drawing_sha256",
            "base_sha256",
            "actor",
            "at",
            "why",
            "outcome",
            "words",
            "answered_at",
            "config_sha256",
        ]
    },
    **{Column("health_events", name): _HEALTH for name in ("id", "box_id", "camera_id", "state", "at", "reason")},
    **{
        Column("refused_messages", name): _REFUSED
        for name in ("box_id", "payload_sha256", "reason", "size_bytes", "first_at", "last_at", "times")
    },
    **{
        Column("arriving_cases", name): _ARRIVING
        for name in ("case_id", "box_id", "message", "message_sha256", "size_bytes", "touched_at")
    },
    **{
        Column("alerts", name): _ALERT
        for name in (
            "id",
            "alert_id",
            "box_id",
            "camera_id",
            "camera_name",
            "road",
            "rule",
            "label",
            "place_id",
            "mode",
            "shadow",
            "began_at",
            "seen_until",
            "end",
            "measurements",
            "received_at",
            "acknowledged_at",
            "acknowledged_by",
        )
    },
    **{
        Column(table, name): _COUNTED
        for table, names in {
            "ledger_days": "day camera_id box_id book revision counts received_at",
            "traffic_quarters": "quarter camera_id box_id book revision pictures counts received_at",
            "sightings": "plate_hash seen_at camera_id box_id",
            "sighting_days": "day box_id sightings",
            "sighting_keys": "month key_sealed made_at",
        }.items()
        for name in names.split()
    },
    **{
        Column(table, name): _REMINDER
        for table, names in {
            "reminders": (
                "id reminder_id box_id camera_id camera_name road ward ward_key zone_id rule shadow state steps"
                " began_at seen_until clear_by case_id message received_at changed_at waiting outcome outcome_at"
                " version"
            ),
            "reminder_pictures": "reminder_id step box_id size_bytes received_at removed_at",
            "reminder_answers": "reminder_id number outcome note state actor at",
        }.items()
        for name in names.split()
    },
    **{Column("case_holds", name): _HELD for name in ("case_id", "holder", "taken_at", "expires_at")},
    **{
        Column("camera_floods", name): _FLOOD
        for name in (
            "camera_id",
            "raised_at",
            "last_hour",
            "usual_an_hour",
            "lifted_at",
            "lifted_by",
            "closing_at",
            "closing_by",
            "closing_reason",
            "closing_note",
        )
    },
    **{
        Column("rule_standings", name): _STANDING
        for name in ("code", "camera_id", "rule_version", "fallen_at", "risen_at", "right", "judged")
    },
    **{
        Column(table, name): _REPORT
        for table, names in {
            "citizen_reports": (
                "report_id number code_sha256 received_at state changed_at version words place acted_at place_check"
                " ward offence_code note case_id"
            ),
            "citizen_report_files": (
                "report_id name media_type size_bytes shown_bytes sha256 problem taken_at latitude_deg longitude_deg"
                " removed_at"
            ),
            "citizen_reporters": "report_id name contact",
            "arriving_reports": "report_id began_at",
            "report_analyses": "report_id name state tries due_at lease_id worker problem findings",
        }.items()
        for name in names.split()
    },
    **{Column("published_figures", name): _PUBLISHED for name in ("kind", "period", "content", "made_at")},
    **{Column("reviewer_counts", name): _REVIEWER for name in ("actor", "shift", "what", "number")},
    **{Column("saved_filters", name): _OWN_FILTER for name in ("username", "name", "filter", "saved_at")},
    **{
        Column(table, name): _LOOK_UPS
        for table, names in {
            "plate_look_ups": "number at actor shift pattern near purpose note cases case_id",
            "look_up_alarms": "actor shift raised_at look_ups own_usual others_usual",
        }.items()
        for name in names.split()
    },
    **{Column("box_intake", name): _SHARE for name in ("box_id", "day", "cases")},
    **{Column("sign_in_attempts", name): _SLOWS for name in ("key", "tries", "last_at")},
    **{Column("refused_tries", name): "how often the throttle refused; shown" for name in ("hour", "door", "refused")},
    **{Column("known_browsers", name): _SLOWS for name in ("token_sha256", "username", "last_used_at")},
    **{Column("webhooks", name): "whether rings were taken; shown" for name in ("answered_at", "problem")},
    Column("second_factors", "last_step"): "which codes were used; only keeps the same code from counting twice",
    Column("sessions", "by_provider"): "where signing out leads; who let the person in is on record",
    Column("sessions", "last_seen_at"): "how long a session has idled; created_at ends it in any case",
}
"""Not computed again, and why that is no way around a guard."""
