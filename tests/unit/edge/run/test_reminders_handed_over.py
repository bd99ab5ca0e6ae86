"""Reminders among a camera's findings: handed on at once, counted when they begin, and no cost to a case."""

from domain.reminder import NoPicture, Reminder, ReminderState
from domain.seen.detections import Detections
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.ledger.book import Entry
from edge.ledger.keeper import counts_of
from edge.reminders.place_pictures import TakenPicture
from edge.run.hand_over import HandOver
from tests.builders.box_fakes import ListedSource, ManualClock, RememberingEvidence, RememberingRun, frame, guard_of
from tests.builders.cases import build_case
from tests.builders.pavement_scenes import pavement_camera
from tests.builders.reminders import build_reminder


class Camera:
    """What the ledger reads of a camera."""

    def __init__(self) -> None:
        self.figures = CameraFigures()
        self.refusals: dict[tuple[str, str], int] = {}
        self.recall: dict[tuple[str, str], int] = {}


def hand_over(camera: Camera, told: list[Reminder], *, fails: bool = False) -> HandOver:
    def tell(reminder: Reminder, _picture: TakenPicture | None) -> None:
        if fails:
            raise OSError("no space left")
        told.append(reminder)

    clock = ManualClock()
    return HandOver(
        camera_id="cam-1",
        figures=camera.figures,
        problems=ProblemBoard(clock),
        clock=clock,
        on_alert=lambda _: None,
        on_reminder=tell,
    )


def test_every_message_is_handed_on_in_order_and_a_reminder_is_counted_once() -> None:
    camera, told = Camera(), list[Reminder]()
    messages = [
        build_reminder(),
        build_reminder(ReminderState.OBSERVED, ReminderState.STILL_THERE),
        build_reminder(ReminderState.OBSERVED, ReminderState.STILL_THERE, ReminderState.CLEARED),
    ]
    hand_over(camera, told).put(RememberingEvidence(), messages)
    assert told == messages
    assert counts_of("cam-1", camera)[Entry(camera_id="cam-1", rule="PAVEMENT_TRADE", what="reminder")] == 1


def test_a_reminder_that_cannot_be_taken_costs_no_case() -> None:
    camera, evidence, case = Camera(), RememberingEvidence(), build_case()
    hand_over(camera, [], fails=True).put(evidence, [build_reminder(), case])
    assert camera.figures.cases_by_rule[case.provenance.rule] == 1


def test_a_camera_hands_a_reminder_on_with_a_picture_of_the_very_frame_that_showed_it_once_it_knows_who_is_there() -> (
    None
):
    told: list[tuple[Reminder, TakenPicture | None]] = []
    shown = [frame("cam-1", index=number, at_s=float(number)) for number in range(7)]
    reminder = build_reminder(resolution_wh=shown[0].resolution_wh, place_xyxy_px=(4.0, 4.0, 40.0, 40.0))
    guard = guard_of(
        pavement_camera(),
        ListedSource("cam-1", shown),
        clock=ManualClock(),
        runs=[RememberingRun(finds=[reminder] * 7)],
        on_reminder=lambda one, picture: told.append((one, picture)),
    )
    while (due := guard.take_due_frame()) is not None:
        guard.judge(due, Detections.nothing(("person",)))
    pictures = [picture for one, picture in told if one == reminder and picture is not None]
    assert [picture.at for picture in pictures] == [one.captured_at for one in shown]
    assert [picture.missing for picture in pictures] == [NoPicture.NOT_WATCHED] * 5 + [None] * 2
    assert pictures[-1].content is not None
    assert pictures[-1].content.startswith(b"\xff\xd8\xff")
