"""What a reviewer reads of a case: numbers and words in his own language."""

from api.console.review.dossier import facts
from domain.camera import Turn
from domain.cases.act_words import VALUE_WORDS
from domain.seen.track import VEHICLE_KIND_OF_LABEL
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


def test_every_turn_class_check_and_thing_has_its_word() -> None:
    checks = {
        check for checks in (helmets.CHECKS, overload.CHECKS) for of in checks.values() for check in of.split(", ")
    }
    things = THINGS | {"surface"}  # what occupies a place
    assert set(VALUE_WORDS) == {turn.value for turn in Turn} | set(VEHICLE_KIND_OF_LABEL) | checks | things
