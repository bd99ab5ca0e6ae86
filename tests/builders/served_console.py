"""A centre with the console on the loopback, with cases that a browser can show. One a process: NiceGUI has one app."""

import os
import threading
import uuid
from datetime import timedelta
from itertools import count
from pathlib import Path

import uvicorn
from playwright.sync_api import Page

from api.cases.case_reader import HistoryEvent
from api.console.review.taken_decisions import UNDO_S
from api.principals import Principal
from domain.camera import Mode
from domain.canonical import sha256_of
from domain.cases.case import Case, CaseMoment
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.plates.reading import NOT_READ, PlateReading
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre import PASSWORD, QUEUE, CentreBuilder
from tests.builders.shown_evidence import SIZE_WH, shown_evidence
from tests.builders.watching import wait_until

SCREENSHOTS = os.environ.get("CONSOLE_SCREENSHOTS")
BOX_PX = (100.0, 80.0, 240.0, 300.0)


class RunningCentre:
    """A centre with the console, served on the loopback."""

    def __init__(self, folder: Path) -> None:
        key = folder / "second-factor-key"
        key.write_text("k" * 40)
        key.chmod(0o600)
        self.builder = CentreBuilder(folder, console=True, sessions={"second_factor_key": {"file": str(key)}})
        self._has_supervisor = False
        self._plates = count(1)
        self.builder.user("lan", Role.OPERATOR)
        self.builder.user("sep", Role.ADMIN)
        config = uvicorn.Config(
            self.builder.app, host="127.0.0.1", port=0, log_config=None, log_level="info", ws="websockets-sansio"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="centre", daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the centre did not start"
            self._thread.join(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def supervisor(self) -> None:
        """An account that may stop cases, made when it is first asked for."""
        if not self._has_supervisor:
            self.builder.user("boss", Role.SUPERVISOR)
            self._has_supervisor = True

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self.builder.close()

    def add_case(
        self,
        minute: int,
        *,
        code: str = "PARK_PAVEMENT",
        camera_id: str = "cam-1",
        with_files: bool = True,
        words: str | None = None,
        long: str | None = None,
        plate: PlateReading = NOT_READ,
        mode: Mode = Mode.ENFORCE,
        masks: list[list[list[float]]] | None = None,
        with_copy: bool = False,
        entered: bool = True,
        seen: tuple[str, ...] = ("first_sighting", "last_sighting"),
    ) -> str:
        """A case with playable evidence, with ``words`` (``long`` where it may be) as all texts; returns its id."""
        began_at = NOON + timedelta(minutes=minute)
        apart = timedelta(seconds=4) / (len(seen) - 1)
        moments = tuple(
            CaseMoment(name=name, at=began_at + number * apart, box_xyxy_px=BOX_PX) for number, name in enumerate(seen)
        )
        case = build_case(
            code=code,
            camera_id=camera_id,
            subject_key=f"track:{minute}",
            began_at=began_at,
            ended_at=began_at + timedelta(seconds=4),
            moments=moments,
            resolution_wh=SIZE_WH,
            plate=plate,
            mode=mode,
        )
        manifest, contents = shown_evidence(case, masks, with_copy=with_copy)
        if words is not None:
            case = written_all_over(case, words, long)
            of_case = {"case_id": case.case_id, "case_sha256": sha256_of(case)}
            manifest = manifest.model_copy(update=of_case | {"gaps": (long or words,), "remarks": (long or words,)})
        message = build_message(case, self.builder.box_key(case.box_id), manifest)
        self.builder.clock.advance(1.0)
        assert self.builder.take_in(message, contents if with_files else {}).on_record
        if entered and plate == NOT_READ and words is None and mode != Mode.SHADOW:  # so that lan can confirm it
            lan = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
            self.builder.centre.entered_plates.enter(lan, case.case_id, f"75F1{next(self._plates):05d}")
        return str(case.case_id)

    def add_returned_case(self, minute: int) -> str:
        """A case that the police gave back."""
        case_id = uuid.UUID(self.add_case(minute, entered=False))
        centre, officer = self.builder.centre, self.builder.officer()
        self.builder.confirm(self.builder.stored(case_id))
        lease_id = centre.police.pull(officer, QUEUE, n=50, lease_s=900, idempotency_key=uuid.uuid4().hex).lease_id
        assert lease_id is not None
        centre.police.give_back(officer, case_id, lease_id=lease_id, reason_code="PLATE_UNREADABLE", note="blurred")
        return str(case_id)

    def carry_out(self, case_id: str, state: CaseState) -> None:
        """Let the seconds pass in which a decision can be taken back, and wait until it stands."""
        self.builder.clock.advance(UNDO_S)
        wait_until(lambda: self.state(case_id) is state, timeout_s=20, what=f"the case is {state}")

    def history(self, case_id: str) -> tuple[HistoryEvent, ...]:
        """Every event of a case."""
        auditor = Principal(actor="user:test-auditor", name="Auditor", role=Role.AUDITOR)
        return self.builder.centre.cases.history(auditor, uuid.UUID(case_id))

    def state(self, case_id: str) -> CaseState:
        """Where a case stands."""
        return self.builder.stored(uuid.UUID(case_id)).state


def written_all_over(case: Case, words: str, long: str | None) -> Case:
    site = dict.fromkeys(("camera_name", "road", "ward", "direction", "legal_class"), words) | {
        "camera_id": "cam-words"
    }
    site |= {"camera_owner": words, "camera_serial": words}
    violation = dict.fromkeys(("name_vi", "name_en", "legal_ref"), long or words)
    written = case.model_copy(
        update={
            "site": case.site.model_copy(update=site | {"zone_ids": (words,), "instruments": (long or words,)}),
            "violation": case.violation.model_copy(update=violation),
            "subject": case.subject.model_copy(update={"label": words, "vehicle_kind": words}),
            "plate": PlateReading(status="agreed", text=words),
            "measurements": {words: words},
            "provenance": case.provenance.model_copy(update={"rule": words, "tracker": words}),
        }
    )
    return written.model_copy(update={"case_id": written.derived_id()})


def sign_in(page: Page, name: str = "lan") -> None:
    """Have the browser belong to somebody, without a look at a page: of the pages, the one that is tested is opened."""
    home = page.request.get("/healthz").url.removesuffix("/healthz")
    who = {"username": name, "password": PASSWORD}
    answer = page.request.post("/api/v1/session", data=who, headers={"Origin": home})
    assert answer.ok, answer.text()


def open_console(page: Page, name: str = "lan") -> None:
    """Sign in and stand where the form of the sign-in page would have led."""
    sign_in(page, name)
    page.goto("/console/?lang=vi")


def sign_in_by_form(page: Page, name: str = "lan") -> None:
    """Sign in as people do."""
    page.goto("/console/login")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/**lang=vi")


def keep(page: Page, name: str) -> None:
    """Write a screenshot where somebody asked for them."""
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))
