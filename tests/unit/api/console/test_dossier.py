"""What a reviewer reads of a case: numbers and words in his own language."""

from dataclasses import replace

from api.console.review.dossier import facts, technical_facts
from api.police.summary_pdf import summary_lines
from domain.camera import Turn
from domain.cases.act_words import VALUE_WORDS
from domain.seen.track import VEHICLE_KIND_OF_LABEL
from plumbing.seals import Custody
from rules.facts.occupation.watch import THINGS
from rules.offences import helmets, overload
from tests.builders.centre import CentreBuilder

MEASURED = {"turn": "around", "lane_open_to": "bus, motorcycle", "movement": "left", "took_s": 5.48, "sightings": 57}


def test_measurements_are_in_the_readers_language(centre: CentreBuilder) -> None:
    case = centre.queued_case(measurements=MEASURED)
    vietnamese = dict(facts(case, "vi"))
    assert vietnamese["Kiểu rẽ"] == "quay đầu"
    assert vietnamese["Làn dành cho"] == "xe buýt, xe máy"
    assert vietnamese["Thời gian rẽ (s)"] == "5,48"
    assert vietnamese["Hướng đi"] == "left", "a movement's name is whatever somebody gave it"
    assert "5.48" in dict(facts(case, "en")).values()


def test_units_of_the_picture_stand_with_what_is_technical(centre: CentreBuilder) -> None:
    measured = {"over_line_box_heights": 0.39, "uncertainty_picture_heights": 0.02, "signal_id": "S1", "went_m": 8.25}
    case = centre.queued_case(measurements=measured)
    assert dict(facts(case, "vi"))["Đã đi (m)"] == "8,25"
    assert not any("cao xe" in name or "cao khung hình" in name or value == "S1" for name, value in facts(case, "vi"))
    technical = dict(technical_facts(case, "vi"))
    assert technical["Đè qua vạch (× cao xe)"] == "0,39"
    assert technical["Đèn tín hiệu"] == "S1"
    assert "Đã đi (m)" not in technical


def test_every_turn_class_check_and_thing_has_its_word() -> None:
    checks = {
        check for checks in (helmets.CHECKS, overload.CHECKS) for of in checks.values() for check in of.split(", ")
    }
    things = THINGS | {"surface"}  # what occupies a place
    assert set(VALUE_WORDS) == {turn.value for turn in Turn} | set(VEHICLE_KIND_OF_LABEL) | checks | things


def test_reviewer_and_sealed_summary_are_told_one_place(sqlite_centre: CentreBuilder) -> None:
    stored = sqlite_centre.queued_case()
    custody = Custody.model_construct(case_id=stored.case_id, entries=())  # a sealed case has some
    for by_the_borders, where in (
        ("Phường Thuận Hóa", "Lê Lợi, Thuận Hóa, về cầu Trường Tiền"),
        ("Phường Phú Xuân", "Lê Lợi, về cầu Trường Tiền"),
    ):
        case = replace(stored, ward=by_the_borders)
        assert dict(facts(case, "en"))["Where"] == where
        assert dict(summary_lines(case, custody, stored.received_at))["Địa điểm"] == where
