"""A centre of made-up cases in which every page has something to show."""

import io
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from PIL import Image

from api.cases.review import Decision
from api.citizens.reported import NewReport, Upload
from api.persistence.tables import cases
from api.police.documents import IssuedNotice
from api.police.steps import Told
from api.principals import Principal
from domain.canonical import canonical_bytes
from domain.cases.exporting import Content
from domain.cases.plate_search import PlatePattern
from domain.cases.roles import Role
from domain.cases.states import Action
from domain.report_analysis import AnalysedPicture, ReportFindings
from tests.builders.alerts import build_alert
from tests.builders.camera_fleet import BOX, put_cameras
from tests.builders.cases import NOON
from tests.builders.centre import QUEUE
from tests.builders.citizens import received_case
from tests.builders.ledgers import day_page, payload, quarter_page
from tests.builders.phone_videos import phone_video
from tests.builders.reminders import build_reminder
from tests.builders.served_console import RunningCentre
from tests.builders.synthetic_video import numbered_picture

PEOPLE: Final = {Role.SUPERVISOR: "truong", Role.AUDITOR: "kiem", Role.POLICE: "canh-sat", Role.WARD: "hoa"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What some pages are asked for.

    Attributes:
        notice: opens a citizen's page of one case.
        report_id: of a report that has been looked at.
        camera: box and camera whose zones are drawn.
    """

    notice: IssuedNotice
    report_id: uuid.UUID
    camera: tuple[str, str]


def fill(centre: RunningCentre, folder: Path) -> Shown:
    """Something for every page."""
    builder = centre.builder
    services = builder.centre
    for role, name in PEOPLE.items():
        wards = ("phu-xuan",) if role is Role.WARD else ()
        builder.user(name, role, wards=wards, queues=(QUEUE,) if role is Role.POLICE else ())
    builder.box_key("box-1")
    made = [centre.add_case(minute, code=code) for minute, code in enumerate(("RED_LIGHT", "PARK_PAVEMENT") * 4)]
    lan = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
    for number, case_id in enumerate(made[:4]):
        stored = builder.stored(uuid.UUID(case_id))
        answer = Decision(decision="confirm") if number % 2 else Decision(decision="reject", reason_code="DUPLICATE")
        services.review.decide(lan, stored.case_id, answer, expected_version=stored.version)
    with builder.database.write() as connection:
        late = builder.clock.now() - timedelta(days=2, hours=20)
        connection.execute(cases.update().where(cases.c.case_id == made[5]).values(began_at=late))
        connection.execute(cases.update().where(cases.c.case_id == made[6]).values(plate_key="75F112345"))
    services.plates.find(lan, PlatePattern.of("75F1123*"), purpose="DUPLICATE", note="")
    confirmed = builder.confirm(builder.stored(uuid.UUID(made[7]))).case_id
    court = "Tòa án nhân dân thành phố Huế"
    services.exports.ask(lan, confirmed, content=Content.COPIES, recipient=court, reason_code="COURT", note="")
    services.alerts.take("box-1", canonical_bytes(build_alert()))
    services.reminder_intake.take(BOX, canonical_bytes(build_reminder()))
    services.ledger_intake.take(BOX, payload(day_page(judged=9000, seen=1240, case=3), quarter_page(NOON, car=12)))
    put_cameras(builder, folder)
    shown = Shown(notice=_noticed(centre), report_id=_looked_at(centre), camera=("box-1", "cam-2"))
    services.public_figures.publish()
    return shown


def _noticed(centre: RunningCentre) -> IssuedNotice:
    officer = centre.builder.officer("citizens")
    case_id = uuid.UUID(centre.add_case(20, with_copy=True))
    received_case(centre.builder, officer, centre.builder.stored(case_id))
    for step in (Action.VERIFY, Action.IDENTIFY_OWNER):
        centre.builder.centre.police_steps.take(officer, case_id, Told(step=step))
    return centre.builder.centre.notices.issue(officer, case_id)


def _looked_at(centre: RunningCentre) -> uuid.UUID:
    services = centre.builder.centre
    sent = NewReport(uploads=[Upload(content=phone_video(form="mov"))], words="Ô tô đỗ trên vỉa hè", place="Lê Lợi")
    filed = services.report_intake.take(sent)
    worker = Principal(actor="key:w", name="w", role=Role.ANALYSER)
    while (task := services.report_analyses.pull(worker)) is not None:
        for number in (1, 2, 3):
            picture = io.BytesIO()
            Image.fromarray(numbered_picture(number, (640, 480))[:, :, ::-1]).save(picture, "JPEG")
            services.report_analyses.take_picture(worker, task.lease_id, number, picture.getvalue())
        pictures = tuple(AnalysedPicture(offset_s=n / 2, resolution_wh=(640, 480), things=()) for n in range(3))
        services.report_analyses.finish(worker, task.lease_id, ReportFindings(pictures=pictures, models=()))
    lan = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
    return next(each.report_id for each in services.reports.list(lan, limit=100) if each.number == filed.number)
