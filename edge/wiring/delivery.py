"""What goes out of a box."""

from collections.abc import Callable

from edge.delivery.delivery import BoxDelivery
from edge.delivery.ledger_sender import LedgerSender
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.delivery.uploader import Uploader
from edge.ledger.book import LedgerBook
from edge.outbox.outbox import Outbox
from edge.reminders.book import ReminderBook
from edge.reminders.door import ReminderDoor
from edge.reminders.line import ReminderLine
from edge.wiring.site import Lines, Site, randomness


def delivery_of(  # noqa: PLR0917 - what goes out, each its own way
    site: Site,
    lines: Lines,
    outbox: Outbox,
    book: LedgerBook,
    reminders: ReminderLine,
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
        ),
        problems=site.problems,
        clock=site.clock,
    )


def reminder_line(site: Site, lines: Lines, outbox: Outbox) -> ReminderLine:
    """The way of reminders to the centre."""
    return ReminderLine(
        book=ReminderBook(outbox.directory),
        door=ReminderDoor(lines.centre),
        clock=site.clock,
        randomness=randomness(),
        problems=site.problems,
    )
