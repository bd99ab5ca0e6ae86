"""One case followed along its events, to what its rows must say."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

from api.cases.blind import ENTERED, JUDGED, PROPOSED
from api.cases.case_columns import columns_of_message
from api.cases.objection_words import SHA256, proves
from api.exports.rows import ANSWERED, ASKED, PRODUCED
from api.people.secrets_of_accounts import sha256_text
from api.persistence.ledger import body_of
from domain.cases.looks import NO_LOOKS, looks_after
from domain.cases.states import Action

_EMPTY_SHA256 = sha256(b"").hexdigest()
_NO_LEASE = {"lease_id": None, "lease_holder": None, "lease_expires_at": None}
_CONFIRMING = frozenset({Action.CONFIRM, Action.SECOND_CONFIRM, Action.ADJUDICATE_CONFIRM})
_ONLY_LOOKED = frozenset({"view", "export"})


@dataclass(frozen=True, slots=True)
class Documents:
    """What came in, as plain JSON."""

    sha256: str
    case: Mapping[str, Any]
    manifest: Mapping[str, Any]

    @classmethod
    def of(cls, row: Any) -> "Documents":
        """Read a row; each text is canonical and their names stand in order, so the whole is canonical too."""
        texts = (row.case_json or "", row.manifest_json or "", row.signature_json or "")
        text = '{"case":%s,"manifest":%s,"signature":%s}' % texts  # noqa: UP031 - braces of JSON
        try:
            case, manifest = json.loads(texts[0]), json.loads(texts[1])
        except ValueError:
            case, manifest = {}, {}
        return cls(sha256(text.encode()).hexdigest(), case, manifest)


@dataclass(slots=True)
class RecordedLease:
    """A lease as the record holds it; instants as stored text."""

    queue: str
    holder: str
    created_at: str
    expires_at: str


@dataclass(slots=True)
class RecordedCase:
    """What the record holds of one case."""

    row: dict[str, Any] = field(default_factory=dict)  # columns that events decide, instants as stored text
    leases: dict[str, RecordedLease] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    notice: dict[str, Any] | None = None  # what opens the citizen's page of it
    plates: dict[str, dict[str, Any]] = field(default_factory=dict)  # by who entered them
    pairs: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the earlier case; where it is the later
    exports: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    objections: set[str] = field(default_factory=set)  # hashes of citizens' words that are still kept
    rule_fallen: bool = False  # its rule was back in shadow when it came in, whatever the message says
    ward: dict[str, str] = field(default_factory=dict)  # by the borders when it came in
    _whole: set[str] = field(default_factory=set)
    _expired: set[str] = field(default_factory=set)  # media whose time was over
    _lost: set[str] | None = None  # None: of a case that came in before its files did

    def take(self, event: Any) -> None:
        """Follow one event."""
        if event.action in _ONLY_LOOKED:
            return
        body, row = body_of(event), self.row
        if "from" in body:
            if body["from"] != row.get("state"):
                self.wrong.append(f"event {event.seq} moves it from {body['from']}, where it was not")
            row["state"] = body["state"]
            row["version"] = row.get("version", 0) + 1
            row |= {"entered_at": event.at, "reason_code": body.get("reason_code")}
            row |= looks_after(event.action, event.actor, body)
            if event.action in _CONFIRMING and "plate" in body:
                row |= {"plate_by_hand": body["plate_by_hand"]}
        take = self._takers.get(event.action)
        if take is not None:
            take(self, event, body)

    def missing(self, files: Sequence[Mapping[str, Any]]) -> set[str]:
        """Names of the manifest's files that are not here."""
        if self._lost is not None:
            return self._lost | self._expired
        empty = {file["name"] for file in files if not file["size_bytes"] and file["sha256"] == _EMPTY_SHA256}
        return {file["name"] for file in files} - empty - self._whole | self._expired

    def _detected(self, event: Any, body: Mapping[str, Any]) -> None:
        came_in = ("state", "message_sha256", "integrity", "queue", "must_items_missing")
        self.row |= {name: body[name] for name in came_in if name in body}
        # a case of the first version has no package hash on record before the police acknowledge it
        known = {"package_sha256": None} if "queue" in body else {}
        self.row |= {**_NO_LEASE, **NO_LOOKS, **known} | {"version": 1, "received_at": event.at, "ready_at": None}
        self.row |= {"entered_at": event.at, "reason_code": None, "duplicates_open": 0, "lead_id": None}
        self.row["plate_by_hand"] = None
        self.rule_fallen = bool(body.get("rule_fallen", False))
        # before wards had borders, the message alone said which it is
        self.ward = {name: body["place"][name] for name in ("ward", "ward_key")} if "place" in body else {}
        self._files(event, body)

    def _files(self, _: Any, body: Mapping[str, Any]) -> None:
        if "lost" in body:
            self._lost = set(body["lost"])

    def _completed(self, event: Any, body: Mapping[str, Any]) -> None:
        self.row["version"] += 1
        if "file" in body:
            self._whole.add(body["file"])
        self._files(event, body)

    def _media_expired(self, _: Any, body: Mapping[str, Any]) -> None:
        self.row["version"] += 1
        self._expired |= set(body["files"])
        if "objections" in body:
            self.objections = set()

    def _checked(self, _: Any, body: Mapping[str, Any]) -> None:
        self.row["version"] += 1
        self.row["integrity"] = body["integrity"]

    def _released(self, event: Any, body: Mapping[str, Any]) -> None:
        self.row["ready_at"] = event.at
        if "package_sha256" in body:  # before, the package of an earlier release stayed the one to give a receipt for
            self.row["package_sha256"] = body["package_sha256"]

    def _transferred(self, event: Any, body: Mapping[str, Any]) -> None:
        lease_id, ends = body["lease_id"], body["expires_at"]
        holder = body.get("holder", event.actor)  # before there were organisations, who pulled held
        self.row |= {"lease_id": lease_id, "lease_holder": holder, "lease_expires_at": ends}
        self.leases[lease_id] = RecordedLease(body["queue"], holder, event.at, ends)

    def _extended(self, _: Any, body: Mapping[str, Any]) -> None:
        self.row["lease_expires_at"] = body["expires_at"]
        self.leases[body["lease_id"]].expires_at = body["expires_at"]

    def _referred(self, event: Any, body: Mapping[str, Any]) -> None:
        if "queue" in body:  # before, a referred case stayed with the unit that had it
            self.row |= {**_NO_LEASE, "queue": body["queue"], "ready_at": event.at}

    def _freed(self, _: Any, __: Mapping[str, Any]) -> None:
        self.row |= _NO_LEASE

    def _entered(self, event: Any, body: Mapping[str, Any]) -> None:
        self.plates[event.actor] = {"text": body["text"], "entered_at": event.at}

    def _export_asked(self, event: Any, body: Mapping[str, Any]) -> None:
        said = {name: body[name] for name in ("content", "recipient", "reason_code", "note", "expires_at")}
        unanswered = dict.fromkeys(("answer", "answered_by", "answered_at", "produced_at", "archive_sha256"))
        self.exports[body["export_id"]] = said | unanswered | {"asked_by": event.actor, "asked_at": event.at}

    def _export_answered(self, event: Any, body: Mapping[str, Any]) -> None:
        self.exports[body["export_id"]] |= {
            "answer": body["answer"],
            "answered_by": event.actor,
            "answered_at": event.at,
            "expires_at": body["expires_at"],
        }

    def _export_produced(self, event: Any, body: Mapping[str, Any]) -> None:
        self.exports[body["export_id"]] |= {"produced_at": event.at, "archive_sha256": body["archive_sha256"]}

    def _proposed(self, event: Any, body: Mapping[str, Any]) -> None:
        self.row["version"] += 1
        self.row["duplicates_open"] += len(body["others"])
        for earlier_id, grounds in body["others"].items():
            self.pairs[earlier_id] = {
                "grounds": " ".join(grounds),
                "proposed_at": event.at,
                "judgement": None,
                "judged_by": None,
                "judged_at": None,
            }

    def _judged(self, event: Any, body: Mapping[str, Any]) -> None:
        if not body["is_later"]:
            return
        pair = self.pairs[body["other"]]
        if pair["judgement"] is None:
            self.row["duplicates_open"] -= 1
            self.row["version"] += 1
        pair |= {"judgement": body["judgement"], "judged_by": event.actor, "judged_at": event.at}

    def _merged(self, _: Any, body: Mapping[str, Any]) -> None:
        self.row["lead_id"] = body["lead_id"]

    def _split(self, _: Any, __: Mapping[str, Any]) -> None:
        self.row["lead_id"] = None

    def _packed(self, _: Any, body: Mapping[str, Any]) -> None:
        self.row["package_sha256"] = body["package_sha256"]

    def _notice_issued(self, event: Any, body: Mapping[str, Any]) -> None:
        self.notice = {"number": body["number"], "code_sha256": body["code_check"], "issued_at": event.at}

    def _objected(self, _: Any, body: Mapping[str, Any]) -> None:
        self.objections |= {body[SHA256]} if SHA256 in body else set()

    _takers: ClassVar[Mapping[str, Callable[..., None]]] = {
        "detect": _detected,
        "evidence_complete": _completed,
        "integrity_checked": _checked,
        "media_expired": _media_expired,
        "package_built": _packed,
        "extend_lease": _extended,
        "notice_issued": _notice_issued,
        ENTERED: _entered,
        ASKED: _export_asked,
        ANSWERED: _export_answered,
        PRODUCED: _export_produced,
        PROPOSED: _proposed,
        JUDGED: _judged,
        Action.OBJECT.value: _objected,
        Action.MERGE.value: _merged,
        Action.SPLIT.value: _split,
        Action.LEAD_ENDED.value: _split,
        Action.RELEASE.value: _released,
        Action.TRANSFER.value: _transferred,
        Action.EXPIRE_LEASE.value: _freed,
        Action.EXPIRE_LEASE_OF_COMMUNE.value: _freed,
        Action.EXPIRE_LEASE_OF_WARD_PC.value: _freed,
        Action.REFER_COMMUNE.value: _referred,
        Action.REFER_WARD_PC.value: _referred,
        Action.WITHDRAW.value: _freed,
        Action.REQUEUE.value: _freed,
        Action.ACKNOWLEDGE.value: _packed,
    }


class CaseRows(NamedTuple):
    """What the tables hold of one case, instants as stored text."""

    case: Any
    files: Sequence[Any]  # of ``evidence_files``, by name
    pairs: Sequence[Any]  # of ``case_pairs``, in which it is the later
    plates: Sequence[Any]  # of ``case_plates``
    notices: Sequence[Any]  # of ``notices``, at most one
    exports: Sequence[Any]  # of ``case_exports``
    words: Sequence[Any]  # of ``objection_words``


def differences(recorded: RecordedCase, rows: CaseRows, documents: Documents) -> Iterator[str]:
    """Where a case's rows are not what the record and its message say.

    Args:
        recorded: the case along its events.
        rows: as they stand.
        documents: that came in.

    Yields:
        What differs, by column.
    """
    yield from recorded.wrong
    yield from _pair_differences(recorded.pairs, rows.pairs)
    yield from _plate_differences(recorded.plates, rows.plates)
    yield from _export_differences(recorded.exports, rows.exports)
    yield from _objection_differences(recorded.objections, rows.words)
    expected = dict(recorded.row)
    if documents.sha256 != recorded.row.get("message_sha256"):
        yield "case_json, manifest_json or signature_json is not what came in"
    else:
        expected |= columns_of_message(documents.case, documents.manifest) | recorded.ward
        expected["shadow"] = expected["shadow"] or recorded.rule_fallen
        expected["plate_key"] = recorded.row.get("plate_by_hand") or expected["plate_key"]
        listed = documents.manifest["files"]
        missing = recorded.missing(listed)
        expected["files_missing"] = len(missing)
        yield from _file_differences(listed, missing, rows.files)
    for name, value in expected.items():
        found = getattr(rows.case, name)
        if found != value:
            yield f"{name} is {found!r}, the record says {value!r}"
    yield from _notice_differences(recorded.notice, rows.notices)


def _notice_differences(recorded: Mapping[str, Any] | None, rows: Sequence[Any]) -> Iterator[str]:
    if (recorded is None) != (not rows):
        yield (
            "the notice is on record and not in the table" if recorded else "a notice is in the table and not on record"
        )
        return
    for row in rows:
        found = {"number": row.number, "code_sha256": sha256_text(row.code_sha256), "issued_at": row.issued_at}
        yield from (
            f"{name} of the notice is not what the record says"
            for name, value in (recorded or {}).items()
            if found[name] != value
        )


def _pair_differences(recorded: Mapping[str, Mapping[str, Any]], pairs: Sequence[Any]) -> Iterator[str]:
    found = {pair.earlier_id: pair for pair in pairs}
    for earlier_id in sorted(recorded.keys() ^ found.keys()):
        yield f"the pair with {earlier_id} is {'on record' if earlier_id in recorded else 'in the table'} only"
    for earlier_id in sorted(recorded.keys() & found.keys()):
        for name, value in recorded[earlier_id].items():
            if getattr(found[earlier_id], name) != value:
                yield f"{name} of the pair with {earlier_id} is {getattr(found[earlier_id], name)!r}, not {value!r}"


def _plate_differences(recorded: Mapping[str, Mapping[str, Any]], plates: Sequence[Any]) -> Iterator[str]:
    found = {plate.actor: plate for plate in plates}
    for actor in sorted(recorded.keys() ^ found.keys()):
        yield f"the plate that {actor} entered is {'on record' if actor in recorded else 'in the table'} only"
    for actor in sorted(recorded.keys() & found.keys()):
        for name, value in recorded[actor].items():
            if getattr(found[actor], name) != value:
                yield f"{name} of the plate that {actor} entered is {getattr(found[actor], name)!r}, not {value!r}"


def _objection_differences(recorded: set[str], rows: Sequence[Any]) -> Iterator[str]:
    if {row.words_sha256 for row in rows} != recorded:
        yield "objection_words are not those of the objections on record"
    if not all(proves(row.words_sha256, salt=row.salt, words=row.words) for row in rows):
        yield "objection_words: words or salt are not those that the record has the hash of"


def _export_differences(recorded: Mapping[str, Mapping[str, Any]], exports: Sequence[Any]) -> Iterator[str]:
    found = {export.export_id: export for export in exports}
    for export_id in sorted(recorded.keys() ^ found.keys()):
        where = "on record" if export_id in recorded else "in the table"
        yield f"the export {export_id} has this case_id {where} only"
    for export_id in sorted(recorded.keys() & found.keys()):
        for name, value in recorded[export_id].items():
            if getattr(found[export_id], name) != value:
                yield f"{name} of the export {export_id} is {getattr(found[export_id], name)!r}, not {value!r}"


def _file_differences(listed: Sequence[Mapping[str, Any]], missing: set[str], files: Sequence[Any]) -> Iterator[str]:
    found = {file.name: file for file in files}
    for file in listed:
        row = found.pop(file["name"], None)
        if row is None:
            yield f"the evidence file {file['name']} is not in the table"
            continue
        for name in ("role", "size_bytes", "sha256"):
            if getattr(row, name) != file[name]:
                yield f"{name} of {file['name']} is {getattr(row, name)!r}, the manifest says {file[name]!r}"
        if bool(row.complete) != (file["name"] not in missing):
            yield f"complete of {file['name']} is {bool(row.complete)}, the record says otherwise"
    for name in found:
        yield f"the evidence file {name} is in no manifest"
