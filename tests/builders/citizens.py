"""Cases that citizens may look at: with blurred copies, taken over by the police, with a notice, objected to."""

import hashlib
import uuid

from api.cases.case_rows import StoredCase
from api.police.documents import IssuedNotice
from api.police.steps import Told
from api.principals import Principal
from domain.cases.evidence import BLURRED_PREFIX, EvidenceFile, FileRole
from domain.cases.states import Action
from tests.builders.cases import build_case, build_message
from tests.builders.centre import MEDIA_TYPES, QUEUE, CentreBuilder, evidence_of, full_manifest

COPIES = {"blurred-clip.mp4": b"not really a blurred clip", "blurred-still-0.jpg": b"not really a blurred still"}
WORDS = "Không phải xe của tôi: hôm đó xe ở gara.\nBiển số đọc sai."
_ROLES = {"mp4": FileRole.CLIP_BLURRED, "jpg": FileRole.STILL_FULL_BLURRED}
_numbers = iter(range(1, 1_000_000))


def blurred_case(centre: CentreBuilder, *, blurred: bool = True, **changes: object) -> StoredCase:
    """A queued case whose package holds blurred copies of its clip and its first still."""
    case = build_case(**({"subject_key": f"track:citizen-{next(_numbers)}"} | changes))
    listed = full_manifest(case)
    copies = COPIES if blurred else {}
    extra = tuple(
        EvidenceFile(
            name=name,
            role=_ROLES[name.rsplit(".", 1)[1]],
            media_type=MEDIA_TYPES[name.rsplit(".", 1)[1]],
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            clip=None if name.endswith("mp4") else "clip.mp4",
            moment=None if name.endswith("mp4") else case.moments[0].name,
            at=None if name.endswith("mp4") else case.moments[0].at,
        )
        for name, content in copies.items()
    )
    assert all(each.name.startswith(BLURRED_PREFIX) for each in extra)
    message = build_message(
        case, centre.box_key(case.box_id), listed.model_copy(update={"files": (*listed.files, *extra)})
    )
    assert centre.take_in(message, evidence_of(case) | copies).on_record
    return centre.stored(case.case_id)


def received_case(centre: CentreBuilder, officer: Principal, stored: StoredCase) -> uuid.UUID:
    """Confirm a queued case, and let an officer take it over."""
    centre.confirm(stored)
    police = centre.centre.police
    lease = police.pull(officer, QUEUE, n=50, lease_s=600, idempotency_key=uuid.uuid4().hex)
    assert stored.case_id in [each.case_id for each in lease.cases]
    assert lease.lease_id is not None
    sha256 = hashlib.sha256(b"".join(police.package(officer, stored.case_id))).hexdigest()
    police.acknowledge(officer, stored.case_id, lease_id=lease.lease_id, package_sha256=sha256)
    return stored.case_id


def noticed_case(
    centre: CentreBuilder, officer: Principal, *, blurred: bool = True, **changes: object
) -> tuple[uuid.UUID, IssuedNotice]:
    """A case whose notice was sent, with its number and code."""
    case_id = received_case(centre, officer, blurred_case(centre, blurred=blurred, **changes))
    for step in (Action.VERIFY, Action.IDENTIFY_OWNER):
        centre.centre.police_steps.take(officer, case_id, Told(step=step))
    return case_id, centre.centre.notices.issue(officer, case_id)


def objected_case(centre: CentreBuilder, officer: Principal) -> tuple[uuid.UUID, IssuedNotice]:
    """A noticed case to which its citizen has objected with ``WORDS``."""
    case_id, notice = noticed_case(centre, officer)
    door = centre.centre.citizens
    door.object(door.open(notice.number, notice.code, address="192.0.2.7"), WORDS)
    return case_id, notice
