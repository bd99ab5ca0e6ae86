"""What a rule had before it: each road user at its places once, each picture that was judged."""

from dataclasses import replace

from domain.camera import CameraConfig, LineKind
from domain.seen.view import ViewState
from tests.builders.drives import CameraBuilder, engine_for, scenes
from tests.builders.rule_scenes import along, drive


def camera() -> CameraConfig:
    return (
        CameraBuilder()
        .line("south", LineKind.GATE, (0.2, 0.75), (0.45, 0.75), beyond=(0.3, 0.1))
        .line("north", LineKind.GATE, (0.2, 0.15), (0.8, 0.15), beyond=(0.5, 0.5))
        .line("solid", LineKind.SOLID_LINE, (0.9, 0.2), (0.9, 0.9), beyond=(0.95, 0.5))
        .rule("COUNT", gates=["south", "north"])
        .rule("LANE_CHANGE")
        .rule("RED_LIGHT")
        .build()
    )


AHEAD = along((0, 600, 1050), (5, 600, 60))
ELSEWHERE = along((0, 1100, 1050), (5, 1100, 900))


def test_a_road_user_is_seen_once_however_many_places_it_passes_and_only_by_rules_whose_places_they_are() -> None:
    engine = engine_for(camera())
    pictures = list(scenes([drive(AHEAD), drive(ELSEWHERE, track_id=2), drive(AHEAD, track_id=3, label="person")]))
    for picture in pictures:
        engine.step(picture)
    engine.finish()
    recall = engine.recall
    assert recall["COUNT", "seen"] == 2, "a person is seen too; the rule says why it counts nobody"
    assert ("LANE_CHANGE", "seen") not in recall
    assert recall["RED_LIGHT", "seen"] == 2, "over its stop line; who stays before it does not come to it"
    judged = {rule: count for (rule, what), count in recall.items() if what == "judged"}
    assert judged == dict.fromkeys(("COUNT", "LANE_CHANGE", "RED_LIGHT"), len(pictures))


def test_what_an_interlock_keeps_from_the_rules_is_neither_judged_nor_seen() -> None:
    engine = engine_for(camera())
    for picture in scenes([drive(AHEAD)]):
        engine.step(replace(picture, view=ViewState.COVERED))
    engine.finish()
    assert engine.recall == {}
    assert {reason for rule, reason in engine.refusals if rule == "COUNT"} == {"suspended_view_changed"}
