"""Forms 02, 03, 04: filled with what is on record, empty where nothing is known, and for who holds the case alone."""

import hashlib
import uuid
from dataclasses import replace
from typing import Any

import pytest
from fpdf import FPDF

from api.police.form_pdf import form_pdf
from api.police.forms import OPEN_IN, Form, FormDocument, act_lines
from api.police.steps import Told
from api.principals import SYSTEM
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState
from domain.errors import Conflict, NotAllowed, NotFound
from domain.plates.reading import NOT_READ, PlateReading
from tests.builders.centre import ADMIN, QUEUE, CentreBuilder
from tests.builders.citizens import blurred_case, noticed_case, received_case

NEVER_KNOWN = {"owner_name", "owner_address", "office", "signed_by", "appear_at", "appear_until", "decision_number"}


def values(form: FormDocument) -> dict[str, str | None]:
    return {field.key: field.value for field in form.fields}


def test_the_notice_holds_what_is_on_record_and_nothing_that_is_not(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id, notice = noticed_case(centre, officer)
    filled = values(centre.centre.forms.fill(officer, case_id, Form.NOTICE))
    assert filled["number"] == notice.number
    assert filled["where"] == "Lê Lợi, Thuận Hóa, về cầu Trường Tiền"
    assert filled["when"] == "12:00:00 05/01/2026 – 12:01:00 05/01/2026"
    assert filled["code"] is None, "it is kept nowhere"
    assert all(filled[key] is None for key in NEVER_KNOWN & filled.keys())
    assert centre.centre.audit.verify(SYSTEM).intact


def test_an_agreed_plate_is_written_and_an_unread_one_stays_an_empty_line(sqlite_centre: CentreBuilder) -> None:
    stored = sqlite_centre.queued_case(plate=NOT_READ)
    assert {field.key: field.value for field in act_lines(stored)}["plate"] is None
    read = stored.case.model_copy(update={"plate": PlateReading(status="agreed", text="75F112345")})
    assert {field.key: field.value for field in act_lines(replace(stored, case=read))}["plate"] == "75F112345"


def test_a_ward_that_file_and_borders_tell_apart_is_left_to_who_knows_it(sqlite_centre: CentreBuilder) -> None:
    stored = sqlite_centre.queued_case()
    for by_the_borders, where in (
        ("Phường Thuận Hóa", "Lê Lợi, Thuận Hóa, về cầu Trường Tiền"),
        ("Phường Phú Xuân", "Lê Lợi, về cầu Trường Tiền"),
    ):
        lines = act_lines(replace(stored, ward=by_the_borders))
        assert {field.key: field.value for field in lines}["where"] == where


def test_referral_and_outcome_tell_what_the_record_tells(sqlite_centre: CentreBuilder) -> None:
    officer, take = sqlite_centre.officer(), sqlite_centre.centre.police_steps.take
    forms = sqlite_centre.centre.forms
    case_id = received_case(sqlite_centre, officer, blurred_case(sqlite_centre))
    take(officer, case_id, Told(step=Action.VERIFY))
    take(officer, case_id, Told(step=Action.REFER_COMMUNE))
    referral = values(forms.fill(officer, case_id, Form.REFERRAL))
    assert referral["to_office"] == "Công an phường, xã"
    assert referral["referred_at"] == "14:00:00 05/01/2026"
    assert referral["package_sha256"] == sqlite_centre.stored(case_id).package_sha256
    case_id = received_case(sqlite_centre, officer, sqlite_centre.queued_case())
    take(officer, case_id, Told(step=Action.VERIFY))
    take(officer, case_id, Told(step=Action.POLICE_REJECT, reason_code="PLATE_UNREADABLE"))
    outcome = values(forms.fill(officer, case_id, Form.OUTCOME))
    assert outcome["outcome"] == "Công an không xử lý"
    assert outcome["reason"]
    assert outcome["decided_at"] is None


@pytest.mark.parametrize("form", Form)
def test_a_form_is_made_where_its_case_stands_for_it(sqlite_centre: CentreBuilder, form: Form) -> None:
    officer = sqlite_centre.officer()
    case_id = received_case(sqlite_centre, officer, blurred_case(sqlite_centre))
    assert CaseState.RECEIVED not in OPEN_IN[form]
    with pytest.raises(Conflict, match=f"form {form} is made where"):
        sqlite_centre.centre.forms.fill(officer, case_id, form)
    with pytest.raises(NotFound):
        sqlite_centre.centre.forms.fill(sqlite_centre.officer("other"), case_id, form)
    with pytest.raises(NotFound):
        sqlite_centre.centre.forms.fill(officer, uuid.UUID(int=7), form)
    with pytest.raises(NotAllowed):
        sqlite_centre.centre.forms.fill(ADMIN, case_id, form)


def test_the_same_form_is_the_same_bytes_and_long_words_break_no_page(sqlite_centre: CentreBuilder) -> None:
    officer = sqlite_centre.officer()
    case_id, _ = noticed_case(sqlite_centre, officer)
    form = sqlite_centre.centre.forms.fill(officer, case_id, Form.NOTICE)
    first = form_pdf(form)
    sqlite_centre.clock.advance(3600)
    assert form_pdf(sqlite_centre.centre.forms.fill(officer, case_id, Form.NOTICE)) == first
    assert first.startswith(b"%PDF-")
    hostile = "Đ" * 5000 + "\x00\x1b[31m<script>\u202e"
    written = form.model_copy(
        update={"fields": tuple(field.model_copy(update={"value": hostile}) for field in form.fields)}
    )
    assert form_pdf(written).startswith(b"%PDF-")


def test_a_form_says_where_a_text_goes_on(sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    cell = FPDF.multi_cell

    def noted(pdf: FPDF, w: float, h: float, text: str, **more: Any) -> Any:
        written.append(text)
        return cell(pdf, w, h, text, **more)

    monkeypatch.setattr(FPDF, "multi_cell", noted)
    officer = sqlite_centre.officer()
    case_id, _ = noticed_case(sqlite_centre, officer)
    form = sqlite_centre.centre.forms.fill(officer, case_id, Form.NOTICE)
    signs = form.fields[0].model_copy(update={"value": "P.102 " * 200})
    form_pdf(form.model_copy(update={"fields": (signs,)}))
    assert any(text.startswith("P.102") and text.endswith("xem hồ sơ)") for text in written)


def test_the_doors_give_json_pdf_and_a_notice_with_its_code(centre: CentreBuilder) -> None:
    client = centre.key_client(Role.POLICE, queues=(QUEUE,))
    stored = centre.ready_case()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    lease = client.post(f"/api/v1/police/queues/{QUEUE}/pull", json={"n": 1}, headers=key).json()
    url = f"/api/v1/police/cases/{stored.case_id}"
    package = client.get(f"{url}/package").content
    said = {"lease_id": lease["lease_id"], "package_sha256": hashlib.sha256(package).hexdigest()}
    assert client.post(f"{url}/acknowledge", json=said).status_code == 200
    for step in ("verify", "identify_owner"):
        assert client.post(f"{url}/progress", json={"step": step}).status_code == 200
    notice = client.post(f"{url}/notice.pdf")
    assert (notice.status_code, notice.headers["content-type"]) == (200, "application/pdf")
    plain = client.get(f"{url}/forms/02/pdf")
    assert plain.content.startswith(b"%PDF-")
    assert plain.content != notice.content, "only the first bears the code"
    shown = client.get(f"{url}/forms/02").json()
    assert shown["title_vi"] == "Thông báo vi phạm"
    assert client.get(f"{url}/forms/03").status_code == 409
    for wrong in ("05", "2", "02%00", "..%2f02"):
        assert client.get(f"{url}/forms/{wrong}").status_code in {404, 422}
