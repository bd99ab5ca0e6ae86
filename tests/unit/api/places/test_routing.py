"""Who receives a case and whose ward a place is: by catalogue, borders and vehicle; what is not known is said."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.console.misplaced_cameras import place_words
from api.places.camera_registry import MOST_A_BOX
from api.places.routing import PlaceProblem, Router
from api.principals import Principal
from api.settings import CentreSettings
from domain.camera import Position
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import NotAllowed, NotFound
from domain.grants import Scope
from domain.law.catalogue import built_in_catalogue
from domain.law.receivers import Receiver, may_fine, receiver_of
from tests.builders.cases import NOON, build_case
from tests.builders.centre import CentreBuilder
from tests.builders.reminders import build_reminder
from tests.builders.wards import write_wards
from tests.unit.api.conftest import MakeCentre

AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)
OUTSIDE = Position(latitude_deg=16.40, longitude_deg=107.70)
NOWHERE = Position(latitude_deg=0, longitude_deg=0)
IN_PHU_XUAN = Position(latitude_deg=16.46, longitude_deg=107.55)
AT_THE_BORDER = Position(latitude_deg=16.46, longitude_deg=107.57005)
STALL = {"code": "VENDOR_STREET", "vehicle_kind": "person/organisation"}


@pytest.fixture
def bordered(make_centre: MakeCentre, database_url: str, tmp_path: Path) -> CentreBuilder:
    return make_centre(database_url=database_url, places={"wards_file": str(write_wards(tmp_path))})


def site_at(position: Position, **changes: Any) -> dict[str, Any]:
    return {"site": build_case().site.model_copy(update={"position": position, **changes})}


def row_of(centre: CentreBuilder, **case: Any) -> tuple[str | None, str, str]:
    stored = centre.queued_case(**case)
    with centre.database.read() as connection:
        row = connection.exec_driver_sql(
            f"SELECT queue, ward, ward_key FROM cases WHERE case_id = '{stored.case_id}'"  # noqa: S608 - a UUID
        ).one()
    return row.queue, row.ward, row.ward_key


def test_every_confirmed_row_of_the_catalogue_has_a_receiver_that_may_fine_it() -> None:
    found = {}
    for row in built_in_catalogue().rows:
        receiver = receiver_of(row.sanction_route, row.vehicle)
        assert (receiver is None) == (row.sanction_route == "unconfirmed")
        if receiver is not None:
            assert receiver in may_fine(row.sanction_route)
            assert receiver_of(row.sanction_route, row.vehicle, preferred=list(Receiver)) in may_fine(
                row.sanction_route
            )
            found.setdefault(receiver, set()).add(row.code)
    assert found.keys() == {Receiver.TRAFFIC_POLICE, Receiver.COMMUNE_POLICE, Receiver.COMMUNE_CHAIR}
    assert found[Receiver.COMMUNE_POLICE] == {"VENDOR_STREET", "MEDIAN_OCCUPY"}
    assert "PAVEMENT_TRADE" in found[Receiver.COMMUNE_CHAIR]


def test_a_case_goes_by_catalogue_place_and_vehicle_and_the_record_proves_it(bordered: CentreBuilder) -> None:
    assert row_of(bordered) == ("traffic_police", "Phường Thuận Hóa", "thuan-hoa")
    assert row_of(bordered, **STALL) == ("commune_police", "Phường Thuận Hóa", "thuan-hoa")
    trade = {"code": "PAVEMENT_TRADE", "vehicle_kind": "person/organisation"}
    moved = site_at(IN_PHU_XUAN)
    assert row_of(bordered, **trade, **moved) == ("commune_chair", "Phường Phú Xuân", "phu-xuan")
    assert bordered.centre.audit.verify(AUDITOR).intact


def test_without_borders_the_cameras_file_is_believed_and_nothing_is_a_problem(centre: CentreBuilder) -> None:
    assert row_of(centre, **site_at(NOWHERE)) == ("traffic_police", "Thuận Hóa", "thuan-hoa")
    assert centre.centre.cameras.misplaced() == ()
    assert centre.centre.audit.verify(AUDITOR).intact


@pytest.mark.parametrize(
    ("position", "problem"), [(OUTSIDE, PlaceProblem.IN_NO_WARD), (NOWHERE, PlaceProblem.NO_PLACE)]
)
def test_a_camera_of_no_ward_goes_to_the_named_queue_and_is_shown(
    bordered: CentreBuilder, position: Position, problem: PlaceProblem
) -> None:
    at = site_at(position)
    assert row_of(bordered, **STALL, **at) == ("traffic_police", "Thuận Hóa", "")
    (camera,) = bordered.centre.cameras.misplaced()
    assert (camera.place.problem, camera.place.ward_key, camera.ward_said) == (problem, "", "Thuận Hóa")
    assert place_words(camera, "vi") != place_words(camera, "en") != ""
    reviewer = Principal(actor="user:an", name="An", role=Role.OPERATOR, scope=Scope(wards=frozenset({"thuan-hoa"})))
    case = bordered.queued_case(**STALL, **at)
    with pytest.raises(NotFound):
        bordered.centre.cases.get(reviewer, case.case_id)
    history = bordered.centre.cases.history(AUDITOR, case.case_id)
    assert history[0].body["place"] == {"ward": "Thuận Hóa", "ward_key": "", "problem": problem, "fallback": True}
    assert bordered.centre.audit.verify(AUDITOR).intact


def test_the_fallback_is_named_by_the_centre(make_centre: MakeCentre, tmp_path: Path) -> None:
    places = {"wards_file": str(write_wards(tmp_path)), "fallback_queue": "desk"}
    centre = make_centre(places=places)
    assert row_of(centre, **STALL, **site_at(OUTSIDE))[0] == "desk"
    assert row_of(centre, **site_at(OUTSIDE))[0] == "traffic_police", "the city's police need no ward"


def test_the_border_decides_where_a_file_names_another_ward_and_says_so(bordered: CentreBuilder) -> None:
    assert row_of(bordered, **site_at(IN_PHU_XUAN))[1:] == ("Phường Phú Xuân", "phu-xuan")
    (camera,) = bordered.centre.cameras.misplaced()
    assert (camera.place.problem, camera.place.neighbour) == (PlaceProblem.OTHER_WARD, "Thuận Hóa")
    assert "Phường Phú Xuân / Thuận Hóa" in place_words(camera, "vi")


def test_a_camera_at_a_border_is_shown_until_its_place_is_mended(bordered: CentreBuilder) -> None:
    row_of(bordered, **site_at(AT_THE_BORDER))
    (camera,) = bordered.centre.cameras.misplaced()
    assert (camera.place.problem, camera.place.neighbour) == (PlaceProblem.NEAR_BORDER, "Phường Phú Xuân")
    row_of(bordered, began_at=NOON - timedelta(hours=1), **site_at(OUTSIDE))
    assert bordered.centre.cameras.misplaced() == (camera,), "what tells of earlier changes nothing"
    row_of(bordered, began_at=NOON + timedelta(hours=1))
    assert bordered.centre.cameras.misplaced() == ()


def test_a_reminder_calls_the_ward_whose_border_holds_it_whatever_its_file_says(bordered: CentreBuilder) -> None:
    rung: list[str] = []
    bordered.centre.reminder_intake.on_waiting(rung.append)
    bordered.box_key("box-1")
    bordered.box_key("box-2")
    here = build_reminder(ward="Phường Kim Long", position=IN_PHU_XUAN)
    nowhere = build_reminder(ward="Phường Phú Xuân", position=OUTSIDE, box_id="box-2", place="pavement-9")
    for reminder in (here, nowhere):
        box = Principal(actor="key:box", name="box", role=Role.EDGE, box_id=reminder.box_id)
        bordered.centre.reminder_intake.take(box, canonical_bytes(reminder))
    assert rung == ["phu-xuan"]
    of_ward = Scope(wards=frozenset({"phu-xuan"}))
    assert [each.reminder_id for each in bordered.centre.reminders.waiting(of_ward)] == [here.reminder_id]
    everywhere = bordered.centre.reminders.waiting(Scope())
    assert {each.reminder_id for each in everywhere} == {here.reminder_id, nowhere.reminder_id}
    assert [each.place.problem for each in bordered.centre.cameras.misplaced()], "and it is shown"


def test_a_centre_prefers_others_of_the_same_row_by_code_vehicle_and_ward(
    make_centre: MakeCentre, tmp_path: Path
) -> None:
    wards = {"wards_file": str(write_wards(tmp_path))}
    rule = {"receiver": "commune_police", "codes": ["PARK_PAVEMENT"], "vehicles": ["motorbike"], "wards": ["phu-xuan"]}
    queues = {"commune_police": "ward_police"}
    centre = make_centre(places=wards, police={"receivers": [rule], "queues": queues})
    assert row_of(centre)[0] == "traffic_police", "another ward"
    assert row_of(centre, **site_at(IN_PHU_XUAN))[0] == "ward_police"
    assert row_of(centre, vehicle_kind="car", **site_at(IN_PHU_XUAN))[0] == "traffic_police"
    assert row_of(centre, **STALL)[0] == "ward_police"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"receiver": "commune_police", "codes": ["RED_LIGHT"]}, "may fine none of these acts"),
        ({"receiver": "commune_police", "codes": ["PARK"]}, "no code PARK"),
        ({"receiver": "commune_police", "vehicles": ["tank"]}, "no vehicle tank"),
        ({"receiver": "commune_police", "wards": ["Phường Phú Xuân"]}, "phu-xuan"),
        ({"receiver": "army"}, "commune_chair"),
    ],
)
def test_a_preference_that_the_law_does_not_know_is_refused(rule: dict[str, Any], why: str) -> None:
    plain = {"database": {"url": "sqlite:////x"}, "evidence": {"directory": "/x"}}
    with pytest.raises(ValueError, match=why):
        CentreSettings.model_validate(plain | {"police": {"receivers": [rule]}})


def test_an_unconfirmed_row_has_no_receiver_unless_the_centre_names_one() -> None:
    violation = build_case().violation.model_copy(update={"sanction_route": "unconfirmed"})
    where = {"ward_said": "Thuận Hóa", "position": OUTSIDE}
    assert Router().route(violation, **where).queue is None  # type: ignore[arg-type]
    named = Router(queues={"unconfirmed": "traffic_police"})
    assert named.route(violation, **where).queue == "traffic_police"  # type: ignore[arg-type]


def test_the_list_of_cameras_is_bounded_and_not_for_everybody(bordered: CentreBuilder) -> None:
    for number in range(MOST_A_BOX + 2):
        at = NOON + timedelta(minutes=number)
        bordered.box_key("box-1")
        site = build_case().site.model_copy(update={"camera_id": f"cam-{number}"})
        bordered.take_in(bordered.message(camera_id=f"cam-{number}", site=site, began_at=at))
    cameras = bordered.centre.cameras.cameras(AUDITOR)
    assert len(cameras) == MOST_A_BOX
    assert {"cam-0", "cam-1"}.isdisjoint(each.camera_id for each in cameras)
    with pytest.raises(NotAllowed):
        bordered.centre.cameras.cameras(Principal(actor="key:x", name="x", role=Role.POLICE))
    told = bordered.signed_in("kiem", Role.AUDITOR).get("/api/v1/cameras").json()
    assert told[0]["ward_key"] == "thuan-hoa"
    assert told[0]["problem"] is None


def test_wrong_borders_keep_a_centre_from_starting(make_centre: MakeCentre, tmp_path: Path) -> None:
    path = tmp_path / "wards.geojson"
    path.write_text("{}", "utf-8")
    with pytest.raises(Exception, match="no FeatureCollection"):
        make_centre(places={"wards_file": str(path)})
