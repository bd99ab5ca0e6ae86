"""A case goes from the box to the police's receipt."""

import hashlib
import io
import zipfile

from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.cases.states import CaseState
from tests.builders.centre import QUEUE, CentreBuilder, evidence_of


def test_a_case_goes_all_the_way_over_http(centre: CentreBuilder) -> None:
    message = centre.message()
    case_id = message.case.case_id
    box = centre.key_client(Role.EDGE, box_id="box-1")
    answer = box.put(f"/api/v1/edge/cases/{case_id}", content=canonical_bytes(message))
    assert answer.status_code == 202, answer.text
    assert {file["name"]: file["offset_bytes"] for file in answer.json()["missing"]} == dict.fromkeys(
        evidence_of(message.case), 0
    )
    for name, content in evidence_of(message.case).items():
        url = f"/api/v1/edge/cases/{case_id}/files/{name}"
        headers = {"Upload-Offset": "0", "Content-Type": "application/partial-upload"}
        answer = box.patch(url, content=content, headers=headers)
        assert answer.status_code == 204, answer.text
        assert answer.headers["Upload-Complete"] == "?1"
    for _ in range(2):
        answer = box.put(f"/api/v1/edge/cases/{case_id}", content=canonical_bytes(message))
        assert answer.status_code == 200, answer.text
        assert answer.json()["message_sha256"] == message.sha256()
    operator = centre.signed_in("lan", Role.OPERATOR)
    listed = operator.get("/api/v1/cases", params={"state": "queued"}).json()["items"]
    assert [each["case_id"] for each in listed] == [str(case_id)]
    seen = operator.get(f"/api/v1/cases/{case_id}")
    decided = operator.post(
        f"/api/v1/cases/{case_id}/decision", json={"decision": "confirm"}, headers={"If-Match": seen.headers["ETag"]}
    )
    assert decided.json()["state"] == "ready", decided.text
    officer = centre.key_client(Role.POLICE, queues=(QUEUE,))
    lease = officer.post(
        f"/api/v1/police/queues/{QUEUE}/pull", json={"n": 5}, headers={"Idempotency-Key": "first"}
    ).json()
    package = officer.get(lease["cases"][0]["package_path"]).content
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        assert archive.read("clip.mp4") == evidence_of(message.case)["clip.mp4"]
        assert {"case.json", "manifest.json", "signature.json"} <= set(archive.namelist())
    said = {"lease_id": lease["lease_id"], "package_sha256": hashlib.sha256(package).hexdigest()}
    receipt = officer.post(f"/api/v1/police/cases/{case_id}/acknowledge", json=said)
    assert receipt.status_code == 200, receipt.text
    assert officer.post(f"/api/v1/police/cases/{case_id}/acknowledge", json=said).json() == receipt.json()
    done = officer.post(f"/api/v1/police/cases/{case_id}/processed", json={"outcome": "warned"})
    assert done.json()["state"] == "processed"
    assert centre.stored(case_id).state == CaseState.PROCESSED
    auditor = centre.signed_in("minh", Role.AUDITOR)
    verdict = auditor.get(
        "/api/v1/audit/verification",
        params={"kept_seq": receipt.json()["event_seq"], "kept_hash": receipt.json()["event_hash"]},
    ).json()
    assert verdict["intact"], verdict
