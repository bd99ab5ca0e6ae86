"""What goes out of a box."""

from collections.abc import Callable, Mapping
from pathlib import Path

from edge.camera_door.door import CameraDoor
from edge.camera_door.sender import CameraSender
from edge.camera_door.stills import WantedStills
from edge.camera_door.wanted_drawings import WantedDrawings, WriteDrawing
from edge.delivery.centre import CentreLine
from edge.delivery.delivery import BoxDelivery
from edge.delivery.ledger_sender import LedgerSender
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.delivery.sighting_sender import SightingSender
from edge.delivery.uploader import Uploader
from edge.ledger.book import LedgerBook
from edge.outbox.outbox import Outbox
from edge.reminders.book import ReminderBook
from edge.reminders.door import ReminderDoor
from edge.reminders.line import ReminderLine
from edge.run.camera_guard import CameraGuard
from edge.wiring.site import Lines, Site, randomness


def delivery_of(  # noqa: PLR0917 - what goes out, each its own way
    site: Site,
    lines: Lines,
    outbox: Outbox,
    book: LedgerBook,
    reminders: ReminderLine,
    cameras: CameraSender,
    sightings: SightingSender | None,
    signal_inbox: Callable[[], Callable[[bytes, bool], None] | None],
) -> BoxDelivery:
    """Everything that goes out of the box."""
    return BoxDelivery(
        outbox=outbox,
        make_link=lambda heartbeat: MqttLink(
            box_id=site.settings.box_id,
            broker=lines.broker,
            heartbeat=heartbeat,
            clock=site.clock,
            randomness=randomness(),
            problems=site.problems,
            take_signals=signal_inbox(),
            pace=Pace(heartbeat_s=site.settings.health.heartbeat_interval_s),
        ),
        uploader=Uploader.to(
            lines.centre, outbox=outbox, clock=site.clock, randomness=randomness(), problems=site.problems
        ),
        senders=(
            LedgerSender.to(lines.centre, book=book, problems=site.problems, clock=site.clock, randomness=randomness()),
            reminders,
            cameras,
            *(() if sightings is None else (sightings,)),
        ),
        problems=site.problems,
        clock=site.clock,
    )


def camera_sender(
    site: Site,
    lines: Lines,
    directory: Path,
    *,
    running: Callable[[], Mapping[str, CameraGuard]],
    stills: WantedStills,
    write_drawing: WriteDrawing,
) -> CameraSender:
    """What the centre is told of the cameras, and what it has them draw."""
    return CameraSender(
        CameraDoor(CentreLine(lines.centre)),
        running=running,
        stills=stills,
        drawings=WantedDrawings(directory, write=write_drawing, problems=site.problems),
        problems=site.problems,
        clock=site.clock,
        randomness=randomness(),
    )


def sighting_sender(site: Site, lines: Lines) -> SightingSender | None:
    """The way of sightings to the centre; None: this box is not to tell of any."""
    if not site.settings.sightings:
        return None
    return SightingSender(CentreLine(lines.centre), clock=site.clock, randomness=randomness())


def reminder_line(site: Site, lines: Lines, outbox: Outbox) -> ReminderLine:
    """The way of reminders to the centre."""
    return ReminderLine(
        book=ReminderBook(outbox.directory),
        door=ReminderDoor(lines.centre),
        clock=site.clock,
        randomness=randomness(),
        problems=site.problems,
    )
