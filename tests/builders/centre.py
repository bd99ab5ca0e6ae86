"""A whole centre on a database of its own, with the people, boxes and cases that a test needs."""

import base64
import hashlib
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from api.app import create_app
from api.cases.case_rows import StoredCase
from api.cases.review import Decision
from api.centre import Centre, open_database
from api.people.secrets_of_accounts import Passwords
from api.persistence.schema import migrate, require_current_schema
from api.principals import SYSTEM, Principal
from api.roles import EVERY_ROLE, WITHOUT_PAGES
from api.settings import CentreSettings
from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.cases.evidence import CaseAnswer, CaseMessage, EvidenceFile, FileRole, Manifest
from domain.cases.pieces import Piece
from domain.cases.roles import Role
from domain.cases.states import Blocker, CaseState
from domain.errors import ConfigurationError
from domain.grants import Scope, scope_of
from domain.plates.by_hand import VEHICLES_WITH_PLATES
from domain.plates.reading import PlateRead, PlateReading
from tests.builders.asgi_client import AsgiClient
from tests.builders.cases import build_case, build_manifest, build_message
from tests.builders.schema_templates import new_sqlite, wait_for_no_disk

PASSWORD = "a long enough password"
ORIGIN = "http://127.0.0.1"
QUEUE = "traffic_police"
MEDIA_TYPES = {"mp4": "video/mp4", "jpg": "image/jpeg", "json": "application/json"}
ROLES = {"mp4": FileRole.CLIP, "jpg": FileRole.STILL_FULL, "json": FileRole.OVERLAY}
MARGIN = timedelta(seconds=5)
ADMIN = Principal(actor="user:test-admin", name="Admin", role=Role.ADMIN)
REVIEWER = Principal(actor="user:reviewer", name="Reviewer", role=Role.OPERATOR)
CLIP = b"\0\0\0 ftypisom not really a clip" * 40


class SteppedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = datetime(2026, 1, 5, 7, tzinfo=UTC)) -> None:
        self._at = at
        self._monotonic_s = 1000.0

    def now(self) -> datetime:
        """Wall time, UTC."""
        return self._at

    def monotonic_s(self) -> float:
        """Seconds."""
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._at += timedelta(seconds=seconds)
        self._monotonic_s += seconds


def evidence_of(case: Case) -> dict[str, bytes]:
    """A clip and one still for each decisive moment, with different contents; a picture of the plate if it is shown."""
    plates = {"plate-1.jpg": b"not really a plate"} if case.plate.reads else {}
    stills = {f"still-{n}.jpg": f"not really a still {moment.name}".encode() for n, moment in enumerate(case.moments)}
    return {"clip.mp4": CLIP, **stills, **plates, "overlay.json": b'{"clips":[],"resolution_wh":[1280,720]}'}


def full_manifest(case: Case, files: Mapping[str, bytes] | None = None, **changes: Any) -> Manifest:
    """A manifest that lists a clip, a still of each moment at its instant, and an overlay."""
    contents = evidence_of(case) if files is None else files
    entries = []
    for name, content in contents.items():
        moment = case.moments[int(name[6:-4])] if name.startswith("still-") else None
        crop = case.plate.reads[0] if name.startswith("plate-") else None
        suffix = name.rsplit(".", 1)[1]
        entries.append(
            EvidenceFile(
                name=name,
                role=FileRole.PLATE_CROP if crop else ROLES[suffix],
                media_type=MEDIA_TYPES[suffix],
                size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                started_at=case.began_at - MARGIN if suffix == "mp4" else None,
                ended_at=case.ended_at + MARGIN if suffix == "mp4" else None,
                clip="clip.mp4" if moment or crop else None,
                moment=moment.name if moment else None,
                at=moment.at if moment else crop.at if crop else None,
                box_xyxy_px=crop.box_xyxy_px if crop else None,
            )
        )
    return build_manifest(case, {}).model_copy(update={"files": tuple(entries), **changes})


def read_plate(case: Case, number: int) -> PlateReading:
    """A plate of its own for a case, read at its first decisive moment."""
    text = f"43{'A' if case.subject.vehicle_kind == 'car' else 'F1'}{number:05d}"
    sure = (0.99,) * len(text)
    read = PlateRead(at=case.moments[0].at, box_xyxy_px=(40, 180, 80, 210), text=text, character_confidences=sure)
    return PlateReading(status="agreed", text=text, character_confidences=sure, reads=(read,))


def sender(message: CaseMessage) -> Principal:
    """The box of a message, as its key names it."""
    return Principal(actor="key:box", name="box", role=Role.EDGE, box_id=message.case.box_id)


class CentreBuilder:
    """A running centre without network; close it at the end.

    Args:
        folder: for database and evidence.
        database_url: None: SQLite in the folder.
        settings: what differs from the plain settings.
    """

    def __init__(
        self, folder: Path, *, database_url: str | None = None, console: bool = False, **settings: Any
    ) -> None:
        self.clock = SteppedClock()
        url = database_url or f"sqlite:///{folder / 'centre.sqlite3'}"
        if database_url is None and not (folder / "centre.sqlite3").exists():
            folder.mkdir(parents=True, exist_ok=True)
            new_sqlite(folder / "centre.sqlite3")
        plain = {"database": {"url": "sqlite:////unused"}, "evidence": {"directory": folder / "evidence"}} | settings
        plain["review"] = {"second_look_share": 0.0, "seed_share": 0.0} | settings.get("review", {})
        checked = CentreSettings.model_validate(plain)
        # A test server's password stands in its URL; the settings file refuses that, so it is put in behind the check.
        database = checked.database.model_copy(update={"url": url})
        self.settings = checked.model_copy(update={"database": database})
        self.database = open_database(self.settings)
        try:
            require_current_schema(self.database)
        except ConfigurationError:
            migrate(self.database)
        self.app: FastAPI = create_app(
            self.settings,
            clock=self.clock,
            passwords=Passwords(memory_cost_kib=64, time_cost=1),
            background=False,
            roles=EVERY_ROLE if console else WITHOUT_PAGES,
        )
        self.centre: Centre = self.app.state.centre
        for database in (self.database, self.centre.store.database):
            wait_for_no_disk(database.engine)
        self.keys: dict[str, Ed25519PrivateKey] = {}
        self._numbers = iter(range(1, 1_000_000))

    def close(self) -> None:
        """Close the connections."""
        self.database.close()
        self.centre.close()

    def client(self, **headers: str) -> AsgiClient:
        """A client that sends some headers."""
        return AsgiClient(self.app, base_url=ORIGIN, headers=headers)

    def police(self, organisation_id: str = "csgt-hue") -> str:
        """An organisation of the police, made when it is first asked for."""
        known = {each.organisation_id for each in self.centre.organisations.list(ADMIN)}
        if organisation_id not in known:
            self.centre.organisations.create(SYSTEM, organisation_id=organisation_id, name=organisation_id.upper())
        return organisation_id

    def key_client(
        self, role: Role, *, box_id: str | None = None, wards: tuple[str, ...] = (), queues: tuple[str, ...] = ()
    ) -> AsgiClient:
        """A machine with a new API key."""
        _, secret = self.centre.machines.create_key(
            SYSTEM,
            name="machine",
            role=role,
            box_id=box_id,
            wards=wards,
            queues=queues,
            organisation=self.police() if role == Role.POLICE else None,
        )
        return self.client(Authorization=f"Bearer {secret}")

    def user(
        self, username: str, role: Role, *, wards: tuple[str, ...] = (), queues: tuple[str, ...] = ()
    ) -> Principal:
        """A new account with the password ``PASSWORD``."""
        self.centre.accounts.create_user(
            SYSTEM,
            username=username,
            display_name=username.title(),
            person=f"nv-{username}",
            role=role,
            password=PASSWORD,
            wards=wards,
            queues=queues,
            organisation=self.police() if role == Role.POLICE else None,
        )
        scope = scope_of(role, wards=wards, queues=queues)
        return Principal(actor=f"user:{username}", name=username.title(), role=role, scope=scope)

    def signed_in(
        self, username: str, role: Role, *, wards: tuple[str, ...] = (), queues: tuple[str, ...] = ()
    ) -> AsgiClient:
        """A new person's browser."""
        self.user(username, role, wards=wards, queues=queues)
        client = self.client(Origin=ORIGIN)
        client.post("/api/v1/session", json={"username": username, "password": PASSWORD}).raise_for_status()
        return client

    def box_key(self, box_id: str) -> Ed25519PrivateKey:
        """The key of a box, registered when it is first asked for."""
        if box_id not in self.keys:
            key = Ed25519PrivateKey.generate()
            self.keys[box_id] = key
            self.register(box_id, key)
        return self.keys[box_id]

    def register(self, box_id: str, key: Ed25519PrivateKey) -> None:
        """Register a key for a box."""
        raw = base64.b64encode(key.public_key().public_bytes_raw()).decode()
        self.centre.machines.register_box(SYSTEM, box_id=box_id, name=box_id, public_key_b64=raw)

    def message(self, **case: Any) -> CaseMessage:
        """A signed message of a new act, by a vehicle whose plate was read."""
        number = next(self._numbers)
        built = build_case(**({"subject_key": f"track:{number}"} | case))
        if "plate" not in case and built.subject.vehicle_kind in VEHICLES_WITH_PLATES:
            built = built.model_copy(update={"plate": read_plate(built, number)})
        return build_message(built, self.box_key(built.box_id), full_manifest(built))

    def offer(self, message: CaseMessage, lost: Collection[str] = ()) -> CaseAnswer:
        """Offer a message to the centre as its box would, without a file."""
        payload = canonical_bytes(message)
        return self.centre.intake.offer(sender(message), message.case.case_id, payload, lost)

    def upload(self, message: CaseMessage, contents: Mapping[str, bytes] | None = None) -> None:
        """Send evidence of an offered message, without offering it again."""
        for name, content in (evidence_of(message.case) if contents is None else contents).items():
            piece = Piece(name=name, offset_bytes=0, content=content)
            self.centre.intake.receive(sender(message), message.case.case_id, [piece])

    def take_in(self, message: CaseMessage, contents: Mapping[str, bytes] | None = None) -> CaseAnswer:
        """Offer a message, send what is missing of its files, and offer it again; a file without content is lost."""
        answer = self.offer(message)
        if answer.on_record:
            return answer
        have = evidence_of(message.case) if contents is None else contents
        missing = [file.name for file in answer.missing]
        self.upload(message, {name: have[name] for name in missing if name in have})
        return self.offer(message, [name for name in missing if name not in have])

    def queued_case(self, **case: Any) -> StoredCase:
        """A case that waits for a reviewer, with all its evidence, as he is shown it."""
        message = self.message(**case)
        assert self.take_in(message).on_record
        return self.centre.cases.get(REVIEWER, message.case.case_id)[0]

    def ready_case(self, **case: Any) -> StoredCase:
        """A confirmed case that waits for the police."""
        return self.confirm(self.queued_case(**case))

    def confirm(self, stored: StoredCase) -> StoredCase:
        """Confirm a queued case."""
        reviewer = REVIEWER
        if Blocker.PLATE_MISSING in stored.blocked_by:
            self.read_by(reviewer, stored.case_id)
        decision = Decision(decision="confirm")
        seen = self.centre.cases.get(reviewer, stored.case_id)[0]
        decided = self.centre.review.decide(reviewer, stored.case_id, decision, expected_version=seen.version)
        if decided.state != CaseState.SECOND_REVIEW:
            return decided
        other = Principal(actor="user:second", name="Second", role=Role.OPERATOR)
        if Blocker.PLATE_MISSING in stored.blocked_by:
            self.read_by(other, stored.case_id)
        seen = self.centre.cases.get(other, stored.case_id)[0]
        return self.centre.review.decide(other, stored.case_id, decision, expected_version=seen.version)

    def read_by(self, who: Principal, case_id: uuid.UUID) -> StoredCase:
        """Let somebody enter the plate; of one case everybody reads the same."""
        series = "75A" if self.stored(case_id).vehicle_kind == "car" else "75F2"
        return self.centre.entered_plates.enter(who, case_id, f"{series}{case_id.int % 99_990 + 1:05d}")

    def judge_right(self, stored: StoredCase, who: Principal) -> None:
        """Say of a shadow case that its rule was right."""
        decision = Decision(decision="judge_right")
        self.centre.review.decide(who, stored.case_id, decision, expected_version=stored.version)

    def stored(self, case_id: uuid.UUID) -> StoredCase:
        """A case as it stands."""
        auditor = Principal(actor="user:test-auditor", name="Auditor", role=Role.AUDITOR)
        return self.centre.cases.get(auditor, case_id)[0]

    def officer(self, name: str = "officer", queues: tuple[str, ...] = (QUEUE,)) -> Principal:
        """A police caller, without an account."""
        return Principal(actor=f"key:{name}", name=name, role=Role.POLICE, scope=Scope(queues=frozenset(queues)))
