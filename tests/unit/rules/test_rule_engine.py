"""The engine: builds a camera's rules or tells every fault, and turns events into cases that name their making."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from domain.camera import Hours, Mode, RuleUse, ZoneKind
from domain.cases.case import Case
from domain.errors import ConfigurationFaults
from domain.event import DecisiveMoment, Event, Hold, Subject
from domain.law.catalogue import built_in_catalogue
from rules.acts.exclusion import ONE_ACT, SAME_CROSSING_S
from rules.acts.told_acts import ToldActs
from rules.case_building import CaseMaker, missing_moments
from rules.facts.facts import Facts
from rules.interlocks import CalendarInterlock
from rules.offences.parking import PARK_PAVEMENT
from rules.offences.stop_line import STOP_LINE
from rules.registry import RULES, rule_problems
from tests.builders.drives import SIZE_WH, CameraBuilder, Drive, at, engine_for, every, path, run, scenes


def crossing() -> Drive:
    return Drive(track_id=7, sightings=path(lambda second: (900, 800 - 150 * second), every(0.2, 0, 5)))


def faults_of(builder: CameraBuilder) -> list[str]:
    with pytest.raises(ConfigurationFaults) as caught:
        engine_for(builder.build())
    return [f"{fault.where}: {fault.problem}" for fault in caught.value.faults]


class TestBuilding:
    def test_every_fault_is_told_at_once_with_its_place(self) -> None:
        builder = CameraBuilder().rule("RED_LIGHT", line="nowhere", junction_zone="mars").rule("PARK_PAVEMENT")
        builder.rule("LOITERING").rule("STOP_LINE", stop_s=0.1, colour="red").rule("WRONG_WAY", zones=["stop"])
        assert faults_of(builder) == [
            "rules.0.parameters.line: there is no line nowhere",
            "rules.0.parameters.junction_zone: there is no zone mars",
            "rules.1.parameters.threshold_s: Field required",
            "rules.2: no rule is called LOITERING",
            "rules.3.parameters.stop_s: Input should be greater than or equal to 1",
            "rules.3.parameters.colour: the rule has no such parameter",
            "rules.4.parameters.zones: there is no zone stop",
        ]

    def test_a_line_without_a_signal_cannot_be_judged(self) -> None:
        camera = CameraBuilder().rule("RED_LIGHT").build()
        camera = camera.model_copy(update={"lines": (camera.lines[0].model_copy(update={"signal": None}),)})
        (problem,) = map(str, rule_problems(camera, camera.rules[0]))
        assert "names no signal" in problem

    @pytest.mark.parametrize(
        ("parameters", "told"),
        [
            ({"line": "stop", "grace_after_red_s": "0.5"}, "valid number"),
            ({"line": "stop", "contact": "wheels"}, "bottom_centre"),
            ({"line": "stop", "min_advance_box_heights": 3.0}, "enter_advance_box_heights"),
            ({"line": "stop", "lawful_exit_zones": ["nowhere"]}, "no zone nowhere"),
        ],
    )
    def test_parameters_are_strict(self, parameters: dict[str, object], told: str) -> None:
        use = RuleUse(rule="RED_LIGHT", valid_from=date(2026, 1, 1), parameters=parameters)
        (problem,) = map(str, rule_problems(CameraBuilder().build(), use))
        assert told in problem

    def test_a_last_day_before_the_first(self) -> None:
        use = RuleUse(
            rule="RED_LIGHT", valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 1), parameters={"line": "stop"}
        )
        (problem,) = map(str, rule_problems(CameraBuilder().build(), use))
        assert "lies before valid_from" in problem

    @pytest.mark.parametrize("code", sorted(RULES))
    def test_every_rule_says_what_it_is(self, code: str) -> None:
        rule = RULES[code]
        assert code == rule.CODE
        assert set(rule.OFFENCES.values()) <= set(built_in_catalogue().codes())
        assert rule.MOMENTS
        assert rule.VERSION
        assert all(field.description for field in rule.PARAMETERS.model_fields.values())


class TestCases:
    def test_a_case_names_everything_it_was_made_of(self) -> None:
        camera = CameraBuilder().rule("RED_LIGHT").build()
        (case,) = run(camera, scenes([crossing()], goes_on_s=4)).cases
        assert case.mode == Mode.ENFORCE
        assert case.resolution_wh == SIZE_WH
        assert case.provenance.camera_config_sha256 == camera.sha256()
        assert case.provenance.camera_config_version == 3
        assert case.provenance.rule_version == RULES["RED_LIGHT"].VERSION
        assert case.provenance.rule_parameters["grace_after_red_s"] == 0.5
        assert case.provenance.tracker == "scripted/1"
        assert case.violation.catalogue_sha256 == built_in_catalogue().sha256
        assert case.site.road == "Hùng Vương"
        assert case.site.zone_ids == ("stop",)

    def test_the_clocks_error_is_told(self) -> None:
        camera = CameraBuilder().rule("RED_LIGHT").build()
        assert (
            run(camera, scenes([crossing()], clock_error_ms=lambda _: 12.5, goes_on_s=4)).cases[0].clock_error_ms
            == 12.5
        )
        assert run(camera, scenes([crossing()], goes_on_s=4)).cases[0].clock_error_ms is None

    @pytest.mark.parametrize(
        "use",
        [
            {"valid_from": date(2026, 1, 6)},
            {"valid_from": date(2025, 1, 1), "valid_to": date(2026, 1, 4)},
            {"valid_from": date(2026, 1, 1), "hours": (Hours(start=time(9), end=time(10)),)},
        ],
    )
    def test_out_of_force_is_refused_and_counted(self, use: dict[str, object]) -> None:
        rule = RuleUse.model_validate({"rule": "RED_LIGHT", "parameters": {"line": "stop"}, **use})
        found = run(CameraBuilder().use(rule).build(), scenes([crossing()], goes_on_s=4))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {CalendarInterlock.REASON: 1}

    def test_an_older_or_equal_scene_changes_nothing(self) -> None:
        engine = engine_for(CameraBuilder().rule("RED_LIGHT").build())
        pictures = list(scenes([crossing()]))
        for scene in pictures:
            engine.step(scene)
        assert [engine.step(scene) for scene in pictures] == [()] * len(pictures)

    def test_finishing_twice_says_nothing_twice(self) -> None:
        engine = engine_for(CameraBuilder().rule("RED_LIGHT").build())
        outputs: list[object] = []
        for scene in scenes([crossing()], every(0.2, 0, 2.6), goes_on_s=4):
            outputs += engine.step(scene)
        first = engine.finish()
        assert [item for item in (*outputs, *first) if isinstance(item, Case)]
        assert engine.finish() == ()

    def test_a_change_of_picture_size_breaks_what_is_open(self) -> None:
        engine = engine_for(CameraBuilder().rule("RED_LIGHT").build())
        small = list(scenes([crossing()], size_wh=(1280, 720)))
        outputs: list[object] = []
        for index, scene in enumerate(scenes([crossing()])):
            outputs += engine.step(small[index] if index >= 15 else scene)
        assert [item for item in (*outputs, *engine.finish()) if isinstance(item, Case)] == []


def event_from(case: Case, code: str) -> Event:
    return Event(
        code=code,
        subject=Subject(
            key=case.subject.key,
            label=case.subject.label,
            label_share=1.0,
            vehicle_kind=case.subject.vehicle_kind,
            track_ids=case.subject.track_ids,
        ),
        began_at=case.began_at,
        ended_at=case.ended_at,
        moments=tuple(
            DecisiveMoment(name=moment.name, at=moment.at, box_xyxy_px=moment.box_xyxy_px) for moment in case.moments
        ),
        zone_ids=case.site.zone_ids,
    )


class TestSafeguards:
    @staticmethod
    def case() -> Case:
        return run(CameraBuilder().rule("RED_LIGHT").build(), scenes([crossing()], goes_on_s=4)).cases[0]

    def test_an_event_without_a_declared_moment_is_told(self) -> None:
        event = event_from(self.case(), "RED_LIGHT")
        assert missing_moments(event, ("before_line", "after_line")) == ()
        assert missing_moments(event, ("before_line", "after_line", "plate")) == ("plate",)

    def test_one_crossing_is_never_a_case_of_two_codes(self) -> None:
        case = self.case()
        acts = ToldActs()
        acts.add(event_from(case, "RED_LIGHT"), str(case.case_id), case.ended_at)
        assert acts.excluding(event_from(case, "STOP_LINE"), ONE_ACT, SAME_CROSSING_S)
        assert not acts.excluding(event_from(case, "WRONG_WAY"), ONE_ACT, SAME_CROSSING_S)

    @pytest.mark.parametrize(("after_s", "is_known"), [(59.0, True), (61.0, False)])
    def test_a_track_that_is_long_unseen_shows_no_act_though_no_other_came(
        self, after_s: float, is_known: bool
    ) -> None:
        event, acts = event_from(self.case(), "RED_LIGHT"), ToldActs()
        for scene in scenes([crossing()]):
            acts.update(scene)
        track_id, last_at = scene.tracks[0].track_id, scene.tracks[0].last_seen_at
        acts.add(
            replace(event, subject=replace(event.subject, track_ids=(track_id,))),
            "case",
            last_at + timedelta(seconds=after_s),
        )
        assert (acts.acts[0].points[0].score < 1.0) == is_known  # a moment's is 1

    def test_what_a_rule_raises_stays_with_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It breaks at its second and third try: named, counted, left out for a second, then for two."""
        tries: list[int] = []

        def judge(*arguments: Any) -> Iterable[Event]:
            tries.append(len(tries))
            if 1 <= tries[-1] <= 2:
                raise ZeroDivisionError("division by zero")
            return PARK_PAVEMENT.judge(*arguments)

        broken = {**RULES, "PARK_PAVEMENT": replace(PARK_PAVEMENT, judge=judge)}
        monkeypatch.setattr("rules.registry.RULES", broken)
        builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
        engine = engine_for(builder.rule("PARK_PAVEMENT", threshold_s=60.0).rule("RED_LIGHT").build())
        pictures = list(scenes([crossing()], every(0.2, 0, 72)))
        faults, cases = [], []
        for scene in pictures:
            cases += [item for item in engine.step(scene) if isinstance(item, Case)]
            faults.append(engine.rule_faults.get("PARK_PAVEMENT"))
        assert [case.violation.code for case in cases] == ["RED_LIGHT"]
        failing = range(1, 6 + 5 * 60 + 1)  # a second after its first failure it fails again, and is named for a minute
        named = ["ZeroDivisionError: division by zero" if n in failing else None for n in range(len(pictures))]
        assert faults[: len(failing)] == named[: len(failing)]
        assert faults[-1] is None
        assert engine.refusals["PARK_PAVEMENT", "rule_failed"] == 2

    @pytest.mark.parametrize("broken", [1, 2, 3])
    def test_what_breaks_while_one_case_is_made_costs_no_other_act_of_the_scene(
        self, monkeypatch: pytest.MonkeyPatch, broken: int
    ) -> None:
        def make(maker: CaseMaker, event: Event, *arguments: Any, **more: Any) -> Case:
            if event.subject.track_ids == (broken,):
                raise KeyError("bay")
            return whole(maker, event, *arguments, **more)

        whole = CaseMaker.make
        monkeypatch.setattr(CaseMaker, "make", make)
        drives = [
            Drive(
                track_id=number,
                sightings=path(lambda second, x=500 + 200 * number: (x, 800 - 150 * second), every(0.2, 0, 5)),
            )
            for number in (1, 2, 3)
        ]
        engine = engine_for(CameraBuilder().rule("RED_LIGHT").build())
        outputs = [item for scene in scenes(drives, every(0.2, 0, 20)) for item in engine.step(scene)]
        cases = [item for item in outputs if isinstance(item, Case)]
        assert sorted(case.subject.track_ids for case in cases) == [(n,) for n in (1, 2, 3) if n != broken]
        assert engine.refusals["RED_LIGHT", "rule_failed"] == 1
        assert engine.rule_faults == {"RED_LIGHT": "KeyError: 'bay'"}

    def test_a_rule_that_fails_now_and_then_stays_named_between(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A health report is sent every half a minute: a moment's problem would be in none of them."""
        tries: list[int] = []

        def judge(*arguments: Any) -> Iterable[Event]:
            tries.append(len(tries))
            if tries[-1] % 10 == 9:
                raise ZeroDivisionError("division by zero")
            return PARK_PAVEMENT.judge(*arguments)

        monkeypatch.setattr("rules.registry.RULES", {**RULES, "PARK_PAVEMENT": replace(PARK_PAVEMENT, judge=judge)})
        builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
        engine = engine_for(builder.rule("PARK_PAVEMENT", threshold_s=60.0).build())
        pictures = list(scenes([crossing()], every(0.2, 0, 30)))
        named = []
        for scene in pictures:
            engine.step(scene)
            named.append(bool(engine.rule_faults))
        assert named == [False] * 9 + [True] * (len(pictures) - 9)
        assert len(tries) > len(pictures) * 0.7, "it is left out for a second at a time"

    def test_what_a_failing_rule_holds_is_let_go_at_the_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def judge(facts: Facts, *arguments: Any) -> Iterable[Event | Hold]:
            if facts.scene.at >= at(6):
                raise ZeroDivisionError("division by zero")
            return STOP_LINE.judge(facts, *arguments)

        monkeypatch.setattr("rules.registry.RULES", {**RULES, "STOP_LINE": replace(STOP_LINE, judge=judge)})
        stands = Drive(track_id=1, sightings=path(lambda s: (900, max(1000 - 170 * s, 490)), every(0.1, 0, 6.5)))
        found = run(CameraBuilder().rule("STOP_LINE").build(), scenes([stands]))
        assert found.held
        assert sorted(found.released) == sorted(found.held)
