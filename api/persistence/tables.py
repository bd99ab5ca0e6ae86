"""The centre's tables. Instants are RFC 3339 text in UTC with milliseconds: equal on both databases, sorted by time."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import BigInteger, TypeDecorator

from domain.instants import from_text, to_text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class InstantText(TypeDecorator[datetime]):
    """An aware instant kept as ``2026-01-05T07:00:00.040Z``."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write as text."""
        return None if value is None else to_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read from text."""
        return None if value is None else from_text(value)


boxes = Table(
    "boxes",
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("public_key_b64", String(44), nullable=False),
    Column("key_id", String(64), nullable=False),  # SHA-256 of the raw public key
    Column("registered_at", InstantText, nullable=False),
)

_OPEN = text("disabled_at IS NULL")

users = Table(
    "users",
    metadata,
    Column("username", String(63), primary_key=True),
    Column("display_name", String(200), nullable=False),
    Column("person", String(40), nullable=True),  # a personnel number; NULL: of before it was asked for, or no decider
    Column("role", String(20), nullable=False),
    Column("wards", Text, nullable=False),  # where the role holds: names separated by spaces, * is every one
    Column("queues", Text, nullable=False),  # likewise
    Column("organisation", String(80), nullable=True),  # police: who owns the cases that the person handles
    Column("password_hash", String(200), nullable=False),  # argon2id
    Column("created_at", InstantText, nullable=False),
    Column("disabled_at", InstantText, nullable=True),
    Index("ux_users_person", "person", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("secret_sha256", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("box_id", String(63), nullable=True),
    Column("wards", Text, nullable=False),
    Column("queues", Text, nullable=False),
    Column("organisation", String(80), nullable=True),
    Column("created_at", InstantText, nullable=False),
    Column("revoked_at", InstantText, nullable=True),
)

organisations = Table(
    "organisations",
    metadata,
    Column("organisation_id", String(80), primary_key=True),  # an actor's name, where it owned cases by itself before
    Column("name", String(200), nullable=False),
    Column("created_at", InstantText, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("organisation_id", String(80), ForeignKey("organisations.organisation_id"), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("queues", Text, nullable=False),  # names separated by spaces
    Column("answered_at", InstantText, nullable=True),  # when it last took a ring
    Column("problem", String(300), nullable=False),  # why it took none since
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("username", String(63), ForeignKey("users.username"), nullable=False),
    Column("created_at", InstantText, nullable=False),
    Column("last_seen_at", InstantText, nullable=False),
    Column("by_provider", Boolean, nullable=False, server_default=false()),  # the city's own accounts let the person in
)

linked_identities = Table(
    "linked_identities",
    metadata,
    Column("username", String(63), ForeignKey("users.username"), primary_key=True),
    Column("issuer", String(500), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("linked_at", InstantText, nullable=False),
    UniqueConstraint("issuer", "subject", name="uq_linked_identities_issuer_subject"),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("username", String(63), ForeignKey("users.username"), primary_key=True),
    Column("secret_sealed", Text, nullable=False),  # with a key that is not in the database
    Column("confirmed_at", InstantText, nullable=True),  # NULL: no code of it was told yet, so it does not count
    Column("last_step", BigInteger, nullable=False),  # of the newest code that was used: each counts once
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_sha256", String(64), primary_key=True),
    Column("username", String(63), ForeignKey("users.username"), nullable=False),
)

_WAITING = text("lease_holder IS NULL AND state IN ('ready', 'referred_commune', 'referred_ward_pc')")

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(36), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),  # raised with every change; the ETag
    Column("box_id", String(63), nullable=False),
    Column("camera_id", String(63), nullable=False),
    Column("code", String(63), nullable=False),
    Column("rule_version", Text, nullable=False),  # of the rule that made the case
    Column("mode", String(10), nullable=False),
    Column("shadow", Boolean, nullable=False),  # the mode is shadow: such cases are listed apart
    Column("began_at", InstantText, nullable=False),
    Column("ended_at", InstantText, nullable=False),
    Column("received_at", InstantText, nullable=False),
    Column("entered_at", InstantText, nullable=False),  # since when it stands where it stands
    Column("reason_code", String(63), nullable=True),  # given with the step that brought it there
    Column("first_answer", String(10), nullable=True),  # this and the next four: see domain/cases/looks.py
    Column("first_by", String(80), nullable=True),
    Column("first_plate", String(20), nullable=True),  # that the first confirmation was of
    Column("second_look", String(10), nullable=True),
    Column("second_answer", String(10), nullable=True),
    Column("second_by", String(80), nullable=True),
    Column("queue", String(63), nullable=True),  # the police queue that receives it, NULL when none is known
    Column("name_vi", Text, nullable=False),  # this and what follows: taken from the message, so that no list reads it
    Column("name_en", Text, nullable=False),
    Column("legal_ref", Text, nullable=False),
    Column("vehicle_kind", Text, nullable=False),
    Column("camera_name", Text, nullable=False),
    Column("road", Text, nullable=False),
    Column("ward", Text, nullable=False),
    Column("ward_key", String(63), nullable=False),  # the ward as accounts name it; empty: none is named
    Column("place_cell", String(24), nullable=False),  # see domain/cases/duplicates.py
    Column("plate_status", Text, nullable=False),
    Column("plate_text", Text, nullable=True),
    Column("plate_by_hand", String(20), nullable=True),  # that whoever confirmed had entered; NULL: as read
    Column("plate_key", String(20), nullable=True),  # the plate as it is looked for, bounded: an index holds it
    Column("plate_kind", Text, nullable=True),
    Column("plate_colour", Text, nullable=True),
    Column("message_sha256", String(64), nullable=False),
    Column("integrity", String(20), nullable=False),  # valid, unknown_signer, bad_signature, hash_mismatch
    Column("must_items_missing", Integer, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("files_total", Integer, nullable=False),
    Column("files_missing", Integer, nullable=False),  # listed in the manifest and not here
    Column("package_sha256", String(64), nullable=True),  # once it was built for the first time
    Column("ready_at", InstantText, nullable=True),
    Column("lease_id", String(36), nullable=True),
    Column("lease_holder", String(80), nullable=True),  # an organisation
    Column("lease_expires_at", InstantText, nullable=True),
    Column("duplicates_open", Integer, nullable=False),  # cases that may be the same act and came before
    Column("lead_id", String(36), nullable=True),  # of a duplicate: the case that goes on for both
    Index("ix_cases_list", "shadow", "received_at", "case_id"),
    Index("ix_cases_state", "shadow", "state", "received_at", "case_id"),
    Index("ix_cases_code", "shadow", "code", "received_at", "case_id"),
    Index("ix_cases_camera", "shadow", "camera_id", "received_at", "case_id"),
    Index("ix_cases_ward", "shadow", "ward_key", "received_at", "case_id"),
    Index("ix_cases_began", "shadow", "began_at", "case_id"),
    Index("ix_cases_outcome", "shadow", "state", "entered_at"),
    Index("ix_cases_clock", "shadow", "state", "began_at", "case_id"),
    Index("ix_cases_known", "state", "second_answer", "first_answer", "entered_at", "case_id"),
    Index("ix_cases_waiting", "queue", "ready_at", "case_id", postgresql_where=_WAITING, sqlite_where=_WAITING),
    Index("ix_cases_lease", "lease_id"),
    Index("ix_cases_holder", "lease_holder", "case_id"),
    Index("ix_cases_lease_end", "state", "lease_expires_at", "case_id"),
    Index("ix_cases_signer", "box_id", "integrity"),
    Index("ix_cases_plate", "plate_key"),  # PostgreSQL: by trigrams, and ix_cases_plate_places (0032)
    Index("ix_cases_first_by", "first_by", "received_at"),
    Index("ix_cases_second_by", "second_by", "received_at"),
    Index("ix_cases_place", "shadow", "place_cell", "began_at"),
    Index("ix_cases_plate_key", "shadow", "plate_key", "began_at"),
    Index("ix_cases_lead", "lead_id"),
)

case_plates = Table(
    "case_plates",  # what each reviewer read himself, his newest entry
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("actor", String(80), primary_key=True),
    Column("text", String(20), nullable=False),
    Column("entered_at", InstantText, nullable=False),
)

case_pairs = Table(
    "case_pairs",  # two cases that may be one act; no foreign keys: they would lock the other case
    metadata,
    Column("later_id", String(36), primary_key=True),  # which came in later, and waits for the judgement
    Column("earlier_id", String(36), primary_key=True),
    Column("grounds", Text, nullable=False),  # words separated by spaces
    Column("proposed_at", InstantText, nullable=False),
    Column("judgement", String(10), nullable=True),
    Column("judged_by", String(80), nullable=True),
    Column("judged_at", InstantText, nullable=True),
    Index("ix_case_pairs_earlier", "earlier_id"),
)

case_holds = Table(
    "case_holds",  # who has a case open to review it
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("taken_at", InstantText, nullable=False),
    Column("expires_at", InstantText, nullable=False),
)

case_exports = Table(
    "case_exports",  # copies for use outside: asked for by one person, answered by another, made once
    metadata,
    Column("export_id", String(36), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False),
    Column("content", String(10), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("reason_code", String(63), nullable=False),
    Column("note", Text, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", InstantText, nullable=False),
    Column("answer", String(10), nullable=True),
    Column("answered_by", String(80), nullable=True),
    Column("answered_at", InstantText, nullable=True),
    Column("expires_at", InstantText, nullable=False),  # to be answered until then; once approved: to be fetched
    Column("produced_at", InstantText, nullable=True),
    Column("archive_sha256", String(64), nullable=True),
    Index("ix_case_exports_case", "case_id", "export_id"),
    Index("ix_case_exports_asked", "asked_at", "export_id"),
)

camera_floods = Table(
    "camera_floods",  # cameras that sent ten times what they usually do: their cases wait until a supervisor looked
    metadata,
    Column("camera_id", String(63), primary_key=True),
    Column("raised_at", InstantText, nullable=False),
    Column("last_hour", Integer, nullable=False),
    Column("usual_an_hour", Float, nullable=False),
    Column("lifted_at", InstantText, nullable=True),
    Column("lifted_by", String(80), nullable=True),
    Column("closing_at", InstantText, nullable=True),  # since when its cases are being rejected, by whom, and why
    Column("closing_by", String(80), nullable=True),
    Column("closing_reason", String(63), nullable=True),
    Column("closing_note", Text, nullable=True),
)

rule_standings = Table(
    "rule_standings",  # rules that fell back to shadow at a camera, and when they rose again
    metadata,
    Column("code", String(63), primary_key=True),
    Column("camera_id", String(63), primary_key=True),
    Column("rule_version", String(300), primary_key=True),
    Column("fallen_at", InstantText, nullable=False),
    Column("risen_at", InstantText, nullable=True),
    Column("right", Integer, nullable=False),  # of so many judged, when it last fell or rose
    Column("judged", Integer, nullable=False),
)

reviewer_counts = Table(
    "reviewer_counts",  # changed only by who holds the chain's lock, as case_counts
    metadata,
    Column("actor", String(80), primary_key=True),
    Column("shift", String(12), primary_key=True),  # see domain/cases/shifts.py
    Column("what", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
)

saved_filters = Table(
    "saved_filters",  # of a person's search page; no plate stands in one
    metadata,
    Column("username", String(63), ForeignKey("users.username"), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("filter", Text, nullable=False),  # JSON
    Column("saved_at", InstantText, nullable=False),
)

plate_look_ups = Table(
    "plate_look_ups",  # who looked up which plate and why; each stands on the record too
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", InstantText, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("shift", String(12), nullable=False),
    Column("pattern", String(20), nullable=False),
    Column("near", Boolean, nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("cases", Integer, nullable=False),  # on the page that was shown; of a look-up of sightings: how many
    Column("case_id", String(36), nullable=True),  # whose vehicle's sightings were asked for; NULL: cases were searched
)

look_up_alarms = Table(
    "look_up_alarms",  # people who looked up far more plates in a shift than is usual
    metadata,
    Column("actor", String(80), primary_key=True),
    Column("shift", String(12), primary_key=True),
    Column("raised_at", InstantText, nullable=False),
    Column("look_ups", Integer, nullable=False),
    Column("own_usual", Float, nullable=False),
    Column("others_usual", Float, nullable=False),
)

case_documents = Table(
    "case_documents",  # what came in, apart from the rows that lists read; never changed
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("case_json", Text, nullable=False),
    Column("manifest_json", Text, nullable=False),
    Column("signature_json", Text, nullable=False),
)

case_counts = Table(
    "case_counts",  # changed only by who holds the chain's lock, so that no two transactions wait for each other
    metadata,
    Column("shadow", Boolean, primary_key=True),
    Column("state", String(20), primary_key=True),
    Column("cases", Integer, nullable=False),
)

evidence_files = Table(
    "evidence_files",
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("name", String(70), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("complete", Boolean, nullable=False),  # False: the box had damaged it before it was sent
)

arriving_cases = Table(
    "arriving_cases",
    metadata,
    Column("case_id", String(36), primary_key=True),
    Column("box_id", String(63), nullable=False),
    Column("message", Text, nullable=False),  # canonical JSON
    Column("message_sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),  # of all files that the manifest lists
    Column("touched_at", InstantText, nullable=False),  # when the box last offered it, to about a day
    Index("ix_arriving_cases_box", "box_id"),
    Index("ix_arriving_cases_touched", "touched_at"),
)

box_intake = Table(
    "box_intake",
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("day", String(10), primary_key=True),  # UTC
    Column("cases", Integer, nullable=False),
)

_MISSED = text("action = 'redaction_missed'")
_UNBLURRED = text("action = 'unblur'")
events = Table(
    "events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", InstantText, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("case_id", String(36), nullable=True),
    Column("body", Text, nullable=False),  # canonical JSON
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Index("ix_events_case", "case_id", "seq"),
    Index("ix_events_redaction", "seq", postgresql_where=_MISSED, sqlite_where=_MISSED),
    Index("ix_events_unblur", "at", "actor", postgresql_where=_UNBLURRED, sqlite_where=_UNBLURRED),
)

leases = Table(
    "leases",
    metadata,
    Column("lease_id", String(36), primary_key=True),
    Column("queue", String(63), nullable=False),
    Column("holder", String(80), nullable=False),
    Column("created_at", InstantText, nullable=False),
    Column("expires_at", InstantText, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("actor", String(80), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("answer", Text, nullable=True),  # JSON; set in the transaction that did the work
    Column("created_at", InstantText, nullable=False),
    Index("ix_idempotency_keys_created", "created_at"),
)

box_status = Table(
    "box_status",
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("status", String(10), nullable=False),
    Column("heartbeat_at", InstantText, nullable=True),  # the box's own clock; NULL in a last will
    Column("received_at", InstantText, nullable=False),
    Column("software_version", String(40), nullable=False),
    Column("unsent_cases", Integer, nullable=False),
    Column("problems", Text, nullable=False),  # JSON list of words
)

camera_status = Table(
    "camera_status",
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("camera_id", String(63), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("at", InstantText, nullable=False),
    Column("reason", String(300), nullable=False),
    Column("received_at", InstantText, nullable=False),
)

cameras = Table(
    "cameras",  # by whatever came in of them last
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("camera_id", String(63), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("road", String(300), nullable=False),
    Column("ward_said", String(300), nullable=False),  # by its file; which it is, the borders say
    Column("latitude_deg", Float, nullable=False),
    Column("longitude_deg", Float, nullable=False),
    Column("told_at", InstantText, nullable=False),
)

camera_reports = Table(
    "camera_reports",  # what boxes say of their cameras beside their streams; the newest
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("camera_id", String(63), primary_key=True),
    Column("config_sha256", String(64), nullable=False),  # that runs
    Column("view", String(12), nullable=False),
    Column("view_words", String(300), nullable=False),
    Column("changed_at", InstantText, nullable=False),  # since when it has said the same
    Column("running_sha256", String(64), nullable=True),  # of the configuration that is known here
    Column("running", Text, nullable=True),  # canonical JSON of it
    Column("still_at", InstantText, nullable=True),  # when the newest still came
    Column("still_config_sha256", String(64), nullable=True),  # that ran then
    Column("still_bytes", Integer, nullable=True),
)

camera_drawings = Table(
    "camera_drawings",  # versions of what cameras are to draw; each is on the record with its hash
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("camera_id", String(63), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("drawing", Text, nullable=False),  # canonical JSON
    Column("drawing_sha256", String(64), nullable=False),
    Column("base_sha256", String(64), nullable=False),  # the configuration that it was drawn upon
    Column("actor", String(80), nullable=False),
    Column("at", InstantText, nullable=False),
    Column("why", String(300), nullable=False),
    Column("outcome", String(10), nullable=True),  # written, running, refused; NULL: the box has not answered
    Column("words", Text, nullable=False),  # JSON: why the box refused it
    Column("answered_at", InstantText, nullable=True),
    Column("config_sha256", String(64), nullable=True),  # that the box ran when it answered
)

problem_spans = Table(
    "problem_spans",  # what boxes named as wrong, from when to when; bounded in number and age
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("box_id", String(63), nullable=False),
    Column("camera_id", String(63), nullable=False),  # empty: of the box as a whole
    Column("code", String(40), nullable=False),
    Column("text", String(300), nullable=False),  # as it was said last
    Column("began_at", InstantText, nullable=False),  # by the box's clock
    Column("ended_at", InstantText, nullable=True),  # by the heartbeat that named it no more
    Index("ix_problem_spans_camera", "box_id", "camera_id", "id"),
    Index("ix_problem_spans_open", "box_id", "ended_at"),
)

health_events = Table(
    "health_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("box_id", String(63), nullable=False),
    Column("camera_id", String(63), nullable=False),
    Column("state", String(12), nullable=False),
    Column("at", InstantText, nullable=False),
    Column("reason", String(300), nullable=False),
    Index("ix_health_events_camera", "box_id", "camera_id", "at"),
    Index("ix_health_events_newest", "box_id", "camera_id", "id"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),  # in order of arrival
    Column("alert_id", String(36), nullable=False, unique=True),
    Column("box_id", String(63), nullable=False),
    Column("camera_id", String(63), nullable=False),
    Column("camera_name", Text, nullable=False),
    Column("road", Text, nullable=False),
    Column("rule", String(63), nullable=False),
    Column("shadow", Boolean, nullable=False),  # the mode is shadow: nobody is called
    Column("mode", String(10), nullable=False),
    Column("place_id", String(63), nullable=False),
    Column("label", String(63), nullable=False),
    Column("measurements", Text, nullable=False),  # JSON
    Column("began_at", InstantText, nullable=False),
    Column("seen_until", InstantText, nullable=False),
    Column("end", String(20), nullable=True),  # over, not_watched; NULL while it stands
    Column("received_at", InstantText, nullable=False),
    Column("acknowledged_by", String(80), nullable=True),
    Column("acknowledged_at", InstantText, nullable=True),
    Index("ix_alerts_box", "box_id", "id"),
    Index("ix_alerts_standing", "acknowledged_at", "shadow", "id"),
)

notices = Table(
    "notices",  # what opens the citizen's page of a case; a new code takes the place of the one before
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("number", String(10), nullable=False, unique=True),
    Column("code_sha256", String(64), nullable=False),  # of number and code
    Column("issued_at", InstantText, nullable=False),
)

notice_visits = Table(
    "notice_visits",  # citizens' browsers that showed a number and its code
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("case_id", String(36), ForeignKey("notices.case_id"), nullable=False),
    Column("began_at", InstantText, nullable=False),
    Index("ix_notice_visits_case", "case_id"),
)

citizen_reports = Table(
    "citizen_reports",  # what citizens sent; who they are stands elsewhere
    metadata,
    Column("report_id", String(36), primary_key=True),
    Column("number", String(10), nullable=False, unique=True),
    Column("code_sha256", String(64), nullable=False),  # of number and code, with which its sender sees the state
    Column("received_at", InstantText, nullable=False),
    Column("state", String(20), nullable=False),
    Column("changed_at", InstantText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("place", Text, nullable=False),  # in the sender's words
    Column("acted_at", InstantText, nullable=True),  # as the sender says
    Column("place_check", String(20), nullable=False),
    Column("ward", Text, nullable=False),  # that the photos' place lies in; empty: not known
    Column("offence_code", String(63), nullable=True),
    Column("note", Text, nullable=False),
    Column("case_id", String(36), nullable=True),  # that was made of it
    Index("ix_citizen_reports_state", "state", "received_at", "number"),
    Index("ix_citizen_reports_received", "received_at"),
)

citizen_report_files = Table(
    "citizen_report_files",  # the bytes lie in the evidence store
    metadata,
    Column("report_id", String(36), ForeignKey("citizen_reports.report_id"), primary_key=True),
    Column("name", String(20), primary_key=True),
    Column("media_type", String(20), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("shown_bytes", Integer, nullable=False),  # of the copy that people are shown; 0: there is none
    Column("sha256", String(64), nullable=False),  # of the bytes as they came
    Column("problem", String(20), nullable=False),
    Column("taken_at", InstantText, nullable=True),  # this and the next two: as the photo says
    Column("latitude_deg", Float, nullable=True),
    Column("longitude_deg", Float, nullable=True),
    Column("removed_at", InstantText, nullable=True),
    Index("ix_citizen_report_files_sha256", "sha256"),
)

report_analyses = Table(
    "report_analyses",  # what the networks of an edge worker have to look at, and what they saw: help, never an answer
    metadata,
    Column("report_id", String(36), primary_key=True),
    Column("name", String(20), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", InstantText, nullable=False),  # waiting: not before; leased: when the lease ends
    Column("lease_id", String(36), nullable=True, unique=True),
    Column("worker", String(80), nullable=False),  # who has or had it last
    Column("problem", String(40), nullable=False),  # of the last try
    Column("findings", Text, nullable=False),  # canonical JSON; empty: none yet
    ForeignKeyConstraint(["report_id", "name"], ["citizen_report_files.report_id", "citizen_report_files.name"]),
    Index("ix_report_analyses_due", "state", "due_at"),
)

arriving_reports = Table(
    "arriving_reports",  # whose files are coming in and whose rows are not here yet
    metadata,
    Column("report_id", String(36), primary_key=True),
    Column("began_at", InstantText, nullable=False),
)

citizen_reporters = Table(
    "citizen_reporters",  # who sent a report, where he said so: apart, so that no list and no reader's role has it
    metadata,
    Column("report_id", String(36), ForeignKey("citizen_reports.report_id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("contact", Text, nullable=False),
)

published_figures = Table(
    "published_figures",  # what everybody may read, and the exact counts that it was told from; no person in them
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("period", String(10), primary_key=True),  # a month, such as 2026-01
    Column("content", Text, nullable=False),  # canonical JSON
    Column("made_at", InstantText, nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),  # in order of arrival
    Column("reminder_id", String(36), nullable=False, unique=True),
    Column("box_id", String(63), nullable=False),
    Column("camera_id", String(63), nullable=False),
    Column("camera_name", Text, nullable=False),
    Column("road", Text, nullable=False),
    Column("ward", Text, nullable=False),
    Column("ward_key", String(63), nullable=False),  # whose it is; empty: no ward is named
    Column("zone_id", String(63), nullable=False),
    Column("rule", String(63), nullable=False),
    Column("shadow", Boolean, nullable=False),  # the mode is shadow: nobody is reminded
    Column("state", String(20), nullable=False),
    Column("steps", Integer, nullable=False),
    Column("began_at", InstantText, nullable=False),
    Column("seen_until", InstantText, nullable=False),
    Column("clear_by", InstantText, nullable=False),
    Column("case_id", String(36), nullable=True),  # of the case that it became
    Column("message", Text, nullable=False),  # canonical JSON, the newest
    Column("received_at", InstantText, nullable=False),  # the first message
    Column("changed_at", InstantText, nullable=False),  # the newest message
    Column("waiting", Boolean, nullable=False),  # for a person of the ward
    Column("outcome", String(20), nullable=True),  # what a person said last
    Column("outcome_at", InstantText, nullable=True),
    Column("version", Integer, nullable=False),  # raised with every change; the ETag
    Index("ix_reminders_ward", "ward_key", "id"),
    Index("ix_reminders_waiting", "waiting", "changed_at"),
    Index("ix_reminders_place", "camera_id", "zone_id", "id"),
    Index("ix_reminders_case", "case_id"),
    Index("ix_reminders_box", "box_id", "received_at"),
    Index("ix_reminders_received", "received_at"),
)

reminder_answers = Table(
    "reminder_answers",  # what people did; each is on the record too
    metadata,
    Column("reminder_id", String(36), ForeignKey("reminders.reminder_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("state", String(20), nullable=False),  # of the reminder, as the person saw it
    Column("actor", String(80), nullable=False),
    Column("at", InstantText, nullable=False),
)

reminder_pictures = Table(
    "reminder_pictures",  # those that came; the files lie in the evidence store
    metadata,
    Column("reminder_id", String(36), ForeignKey("reminders.reminder_id"), primary_key=True),
    Column("step", Integer, primary_key=True),  # of the reminder's message
    Column("box_id", String(63), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("received_at", InstantText, nullable=False),
    Column("removed_at", InstantText, nullable=True),  # the file, in time
    Index("ix_reminder_pictures_box", "box_id", "received_at"),
    Index("ix_reminder_pictures_received", "received_at"),
)

ledger_days = Table(
    "ledger_days",  # what the rules of a camera found and refused on a day: a page of its box's ledger
    metadata,
    Column("day", String(10), primary_key=True),  # in Hue
    Column("camera_id", String(63), primary_key=True),
    Column("box_id", String(63), primary_key=True),
    Column("book", String(16), primary_key=True),  # a box that lost its ledger begins another one
    Column("revision", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),  # JSON
    Column("received_at", InstantText, nullable=False),
    Index("ix_ledger_days_camera", "camera_id", "day"),
)

traffic_quarters = Table(
    "traffic_quarters",  # who passed a camera in a quarter of an hour: a page of its box's ledger
    metadata,
    Column("quarter", InstantText, primary_key=True),  # its beginning
    Column("camera_id", String(63), primary_key=True),
    Column("box_id", String(63), primary_key=True),
    Column("book", String(16), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("pictures", Integer, nullable=False),  # that the numbers rest on
    Column("counts", Text, nullable=False),  # JSON
    Column("received_at", InstantText, nullable=False),
    Index("ix_traffic_quarters_camera", "camera_id", "quarter"),
)

sightings = Table(
    "sightings",  # a vehicle passed a camera: no plate, only its keyed hash; PostgreSQL keeps each month by itself
    metadata,
    Column("plate_hash", String(16), primary_key=True),  # with the key of its month (domain/plates/sightings.py)
    Column("seen_at", InstantText, primary_key=True),
    Column("camera_id", String(63), primary_key=True),
    Column("box_id", String(63), primary_key=True),
    Index("ix_sightings_seen_at", "seen_at", postgresql_using="brin"),  # rows come in order of time
    postgresql_partition_by="RANGE (seen_at)",
)

sighting_days = Table(
    "sighting_days",  # how many each box told in a day, as a bound
    metadata,
    Column("day", String(10), primary_key=True),  # of arrival, UTC
    Column("box_id", String(63), primary_key=True),
    Column("sightings", Integer, nullable=False),
)

sighting_keys = Table(
    "sighting_keys",  # what a month's plates are hashed with; goes with the month, and its hashes say nothing any more
    metadata,
    Column("month", String(7), primary_key=True),  # such as 2026-01, UTC
    Column("key_sealed", Text, nullable=False),  # with a key that is not in the database
    Column("made_at", InstantText, nullable=False),
)

refused_messages = Table(
    "refused_messages",
    metadata,
    Column("box_id", String(63), primary_key=True),
    Column("payload_sha256", String(64), primary_key=True),
    Column("reason", String(300), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("first_at", InstantText, nullable=False),
    Column("last_at", InstantText, nullable=False),
    Column("times", Integer, nullable=False),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("key", String(64), primary_key=True),  # SHA-256 of what the tries have in common
    Column("tries", Integer, nullable=False),  # that were not found right
    Column("last_at", InstantText, nullable=False),
)

refused_tries = Table(
    "refused_tries",  # how often somebody had to wait, and nothing of who
    metadata,
    Column("hour", InstantText, primary_key=True),  # its begin
    Column("door", String(20), primary_key=True),  # see api/people/throttle.py
    Column("refused", Integer, nullable=False),
)

known_browsers = Table(
    "known_browsers",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("username", String(63), ForeignKey("users.username"), nullable=False),
    Column("last_used_at", InstantText, nullable=False),
)

centre_problems = Table(
    "centre_problems",  # what is wrong beyond one process (api/standing_problems.py)
    metadata,
    Column("code", String(40), primary_key=True),
    Column("subject", String(80), primary_key=True),  # e.g. a job; empty where there is one only
    Column("since", InstantText, nullable=False),
)

objection_words = Table(
    "objection_words",  # what citizens wrote, until the media of their cases end; the record has the hash alone
    metadata,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("words_sha256", String(64), primary_key=True),  # of salt and words
    Column("salt", String(64), nullable=False),  # goes with the words: a hash of few words alone could be guessed
    Column("words", Text, nullable=False),
)
