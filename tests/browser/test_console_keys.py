"""A key of the review page that can do nothing says why, and never acts on a case that is no longer open."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from domain.cases.roles import Role
from domain.cases.states import CaseState
from tests.builders.served_console import RunningCentre, keep, sign_in

pytestmark = pytest.mark.browser


def open_case(page: Page, case_id: str) -> None:
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(f".mt-case[data-case='{case_id}']")).to_be_visible()


def pressed(page: Page, key: str, said: str) -> None:
    page.keyboard.press(key)
    expect(page.locator(".q-notification").get_by_text(said).first).to_be_visible()


def test_keys_say_why_they_do_nothing(page: Page, centre: RunningCentre) -> None:
    case_id, ready = centre.add_case(-4101), centre.add_case(-4104)
    centre.builder.confirm(centre.builder.stored(uuid.UUID(ready)))
    sign_in(page)
    open_case(page, case_id)
    pressed(page, "g", "Không có hồ sơ nào chờ so với hồ sơ này")
    pressed(page, "t", "Hồ sơ này không gộp vào hồ sơ nào")
    pressed(page, "w", "Ở trạng thái này hồ sơ không có bước đó")
    keep(page, "key-says-why")
    open_case(page, ready)
    pressed(page, "c", "Ở trạng thái này hồ sơ không có bước đó")


def test_no_key_acts_on_a_case_that_another_person_has_open(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(-4102)
    boss = centre.builder.user("keys-boss", Role.SUPERVISOR)
    assert centre.builder.centre.holds.take(boss, uuid.UUID(case_id)) is not None
    sign_in(page)
    open_case(page, case_id)
    for key in ("a", "g"):
        pressed(page, key, "Người khác đang mở hồ sơ này")
        page.locator(".q-notification").first.wait_for(state="detached")
    centre.builder.centre.holds.let_go(boss, uuid.UUID(case_id))


def test_after_the_last_case_keys_act_on_none(page: Page, centre: RunningCentre) -> None:
    """A filter shows one case; it is cancelled, nothing follows, and what is closed is not cloned or judged."""
    case_id = centre.add_case(-4103, code="UTURN")
    offence = centre.builder.stored(uuid.UUID(case_id)).case.violation.name_vi
    centre.supervisor()
    sign_in(page, "boss")
    open_case(page, case_id)
    page.locator(".mt-filter-offence").click()
    page.get_by_role("option", name=offence).click()
    expect(page.locator(".mt-row")).to_have_count(1)
    page.locator(".mt-title").click()  # keys belong to the page again
    page.keyboard.press("x")
    page.locator(".mt-reason").first.click()
    expect(page.locator(".mt-case")).to_have_count(0)
    assert centre.state(case_id) is CaseState.CANCELLED
    for key in ("a", "d", "c"):
        pressed(page, key, "Không có hồ sơ nào đang mở")
        page.locator(".q-notification").first.wait_for(state="detached")
    assert "cloned" not in [event.action for event in centre.history(case_id)]


def test_the_place_of_the_act_is_shown_on_the_map_by_a_key(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(-4105)
    sign_in(page)
    open_case(page, case_id)
    page.keyboard.press("b")
    dialog = page.locator(".mt-place-dialog")
    expect(dialog.locator("svg.mt-map a")).to_have_count(1)
    expect(dialog).to_contain_text("16.4")
    keep(page, "place-on-map")
    page.keyboard.press("r")  # the keys are the dialog's
    expect(page.locator(".mt-reason")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("b")
    expect(dialog).to_be_visible()
