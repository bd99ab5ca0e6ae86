"""A view that stops the rules is named with what was seen, since when and what to do, and ends when it is over."""

from dataclasses import replace

import pytest

from detectors.view.finding import Finding
from domain.fleet.health import StreamState
from domain.seen.view import ViewState
from edge.health.clock_sync import ClockSync
from edge.health.figures import CameraFigures, StreamFigures
from edge.health.health_watch import HealthWatch
from edge.health.metrics import BoxView, CameraView, registry_of
from edge.health.problems import ProblemBoard
from tests.builders.box_fakes import ManualClock
from tests.builders.drives import CameraBuilder


def box_view(figures: CameraFigures) -> BoxView:
    stream = StreamFigures(state=StreamState.LIVE)
    camera = CameraView(figures=figures, stream=stream, refusals={}, plates={}, broken=False, config_version=1)
    return BoxView(
        cameras={"cam-1": camera},
        outbox_cases={},
        analysis_idle_s=0.0,
        broker_connected=True,
        problems=(),
        refused_pictures=0,
        clock_steps=0,
        clock_synchronised=True,
        now_s=0.0,
    )


@pytest.mark.parametrize(
    ("finding", "code", "words"),
    [
        (
            Finding(state=ViewState.MOVED, shift_share=0.031, turn_deg=-1.25),
            "view_moved",
            "shifted by 3.1% of its width and turned by 1.2 degrees",
        ),
        (Finding(state=ViewState.MOVED), "view_moved", "shows something else"),
        (Finding(state=ViewState.UNSTEADY), "view_unsteady", "does not stand still"),
        (Finding(state=ViewState.COVERED, seen_share=0.15), "view_covered", "85% of what stands still is hidden"),
        (Finding(state=ViewState.BLURRED, blur_octaves=2.0), "view_blurred", "4.0 times weaker than usual"),
        (Finding(state=ViewState.FROZEN), "picture_frozen", "the same picture has come for more than 30 s"),
        (Finding(state=ViewState.BLINDED), "view_blinded", "leaves nothing to be seen"),
    ],
)
def test_it_is_named_and_over_when_the_view_is_back(finding: Finding, code: str, words: str) -> None:
    clock = ManualClock()
    problems = ProblemBoard(clock)
    watch = HealthWatch(
        problems=problems, clock=clock, clock_sync=ClockSync({}), judged_within_s=10.0, stuck_after_s=10.0
    )
    figures, configs = CameraFigures(view=finding), {"cam-1": CameraBuilder().build()}
    watch.look(box_view(figures), configs, alive=True)
    (problem,) = problems.problems()
    assert (problem.code, problem.camera_id, problem.since) == (code, "cam-1", clock.now())
    assert problem.text.startswith("the rules of this camera are stopped: ")
    assert words in problem.text
    assert problem.remedy
    state = {"camera": "cam-1", "state": finding.state.value}
    assert registry_of(lambda: box_view(figures)).get_sample_value("matthan_view_state", state) == 1.0
    for over in (ViewState.SOUND, ViewState.UNKNOWN, ViewState.NEW):
        figures.view = Finding(state=over)
        watch.look(box_view(figures), configs, alive=True)
        assert not problems.problems()


def test_a_view_of_which_nothing_is_learned_in_ten_minutes_is_named_until_something_is() -> None:
    clock = ManualClock()
    problems = ProblemBoard(clock)
    watch = HealthWatch(
        problems=problems, clock=clock, clock_sync=ClockSync({}), judged_within_s=1e6, stuck_after_s=1e6
    )
    figures, configs = CameraFigures(analysed_frames=1, judged_at_s=0.0), {"cam-1": CameraBuilder().build()}

    def look() -> list[str]:
        view = replace(box_view(figures), now_s=clock.monotonic_s())
        watch.look(view, configs, alive=True)
        return [problem.code for problem in problems.problems()]

    assert look() == []
    clock.pass_s(599)
    assert look() == []
    clock.pass_s(2)
    assert look() == ["view_not_learned"]
    figures.view = Finding(state=ViewState.UNSTEADY)
    assert look() == ["view_unsteady"], "that names it already"
    figures.view, figures.view_learned = Finding(state=ViewState.SOUND), True
    assert look() == []
