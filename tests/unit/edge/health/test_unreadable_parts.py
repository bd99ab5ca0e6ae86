"""What a camera cannot read (a misfitting lamp, a light that is none, unread ground) is its problem while it lasts."""

from domain.camera import Stream
from domain.fleet.health import ProblemCode, StreamState
from edge.health.clock_sync import ClockSync
from edge.health.figures import CameraFigures, StreamFigures
from edge.health.health_watch import HealthWatch
from edge.health.metrics import BoxView, CameraView
from edge.health.problems import ProblemBoard
from tests.builders.box_fakes import ManualClock
from tests.builders.lamp_street import lamp_camera


def _view(
    misfitting: tuple[str, ...],
    broken: tuple[str, ...] = (),
    unread: tuple[str, ...] = (),
    unread_lamps: tuple[str, ...] = (),
) -> BoxView:
    camera = CameraView(
        figures=CameraFigures(
            misfitting_lamps=misfitting,
            broken_lamps=broken,
            unread_lamps=unread_lamps,
            unread_surfaces=unread,
            judged_at_s=100.0,
        ),
        stream=StreamFigures(state=StreamState.LIVE),
        refusals={},
        plates={},
        broken=False,
        config_version=1,
    )
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


def test_a_misfit_a_broken_cycle_and_an_unread_lamp_are_named_with_their_signal_and_cleared() -> None:
    clock = ManualClock()
    problems = ProblemBoard(clock)
    watch = HealthWatch(problems=problems, clock=clock, clock_sync=ClockSync({}), judged_within_s=15, stuck_after_s=15)
    cameras = {"cam-1": lamp_camera(Stream(url="file:street.mp4"))}
    watch.look(_view(("S1",)), cameras, alive=True)
    assert problems.stands(ProblemCode.LAMP_REGION_MISFIT, camera_id="cam-1")
    assert "the region drawn for S1 does not fit" in " ".join(problems.texts())
    watch.look(_view((), ("S1 shows no light at all",)), cameras, alive=True)
    assert not problems.stands(ProblemCode.LAMP_REGION_MISFIT, camera_id="cam-1")
    assert problems.stands(ProblemCode.LAMP_CYCLE_BROKEN, camera_id="cam-1")
    assert "S1 shows no light at all" in " ".join(problems.texts())
    watch.look(_view((), unread_lamps=("S1",)), cameras, alive=True)
    assert not problems.stands(ProblemCode.LAMP_CYCLE_BROKEN, camera_id="cam-1")
    assert problems.stands(ProblemCode.LAMP_UNREAD, camera_id="cam-1")
    assert "nothing was read of S1 for more than five minutes" in " ".join(problems.texts())
    watch.look(_view(()), cameras, alive=True)
    assert problems.problems() == ()


def test_ground_that_no_network_looks_at_is_named_with_its_zone_until_it_is_looked_at() -> None:
    clock = ManualClock()
    problems = ProblemBoard(clock)
    watch = HealthWatch(problems=problems, clock=clock, clock_sync=ClockSync({}), judged_within_s=15, stuck_after_s=15)
    cameras = {"cam-1": lamp_camera(Stream(url="file:street.mp4"))}
    watch.look(_view((), unread=("P1",)), cameras, alive=True)
    assert problems.stands(ProblemCode.SURFACE_UNREAD, camera_id="cam-1")
    assert "the ground of P1 is not looked at" in " ".join(problems.texts())
    watch.look(_view(()), cameras, alive=True)
    assert problems.problems() == ()
