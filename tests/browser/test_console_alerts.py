"""The page of alerts in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from api.persistence.tables import alerts
from api.principals import Principal
from domain.alert import Alert, AlertEnd
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from tests.builders.alerts import build_alert
from tests.builders.served_console import RunningCentre, keep, open_console, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def no_alerts(centre: RunningCentre) -> None:
    centre.builder.box_key("box-1")
    with centre.builder.database.write() as connection:
        connection.execute(alerts.delete())
    centre.builder.clock.advance(2.0)  # what the pages share is read anew


def take(centre: RunningCentre, alert: Alert) -> None:
    centre.builder.centre.alerts.take(alert.box_id, canonical_bytes(alert))
    centre.builder.clock.advance(1.0)


def test_an_alert_appears_by_itself_and_is_gone_when_taken(page: Page, centre: RunningCentre) -> None:
    open_console(page)
    page.get_by_role("link", name="Cảnh báo").click()
    expect(page.get_by_text("Không có cảnh báo nào đang chờ")).to_be_visible()
    take(centre, build_alert())
    card = page.locator(".mt-alert[role=listitem]")
    expect(card).to_contain_text("Có người dưới lòng đường")
    expect(card).to_contain_text("Cầu Trường Tiền")
    expect(card).to_contain_text("12:00:00 05/01/2026")
    expect(card).to_contain_text("115")
    expect(card).to_contain_text("Đang diễn ra")
    keep(page, "alerts")
    take(centre, build_alert(end=AlertEnd.OVER))
    expect(card).to_contain_text("Đã hết")
    card.get_by_role("button", name="Đã nhận").click()
    expect(card).to_have_count(0)
    (alert,) = centre.builder.centre.alerts.list(Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)).items
    assert alert.acknowledged_by == "user:lan"


def test_the_page_speaks_english_and_an_admin_sees_none(page: Page, centre: RunningCentre) -> None:
    take(centre, build_alert(rule="A_RULE_OF_ANOTHER_PACKAGE", camera_name="<b>cam</b>"))
    sign_in(page)
    page.goto("/console/alerts?lang=en")
    card = page.locator(".mt-alert[role=listitem]")
    expect(card).to_contain_text("A_RULE_OF_ANOTHER_PACKAGE")
    expect(card).to_contain_text("<b>cam</b>")
    expect(card).to_contain_text("Look at the camera")
    expect(card.get_by_role("button", name="Take")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, "sep")
    page.goto("/console/alerts")
    expect(page).to_have_url(f"{centre.url}/console/boxes?lang=vi")
    expect(card).to_have_count(0)
