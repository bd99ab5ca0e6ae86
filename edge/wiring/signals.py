"""The ways on which signal states come into a box."""

from collections.abc import Callable

from edge.box.cameras import Cameras
from edge.configuration.connections import signal_certificate_of, signal_key_of
from edge.run.file_tail import FileTail
from edge.run.signal_feed import SignalFeed
from edge.signals.http_intake import SignalIntake
from edge.signals.mqtt_inbox import SignalInbox
from edge.signals.pushed_reports import PushedReports
from edge.wiring.site import Site


def signal_reader(site: Site, cameras: Cameras) -> Callable[[], None]:
    """Takes in what a gateway appends to the feed file; nothing where there is none."""
    file = site.settings.signal_feed_file
    if file is None:
        return lambda: None
    feed = SignalFeed(tail=FileTail(site.folder / file), timeline=cameras.timeline, clock=site.clock)
    site.stack.callback(feed.close)

    def take_in() -> None:
        feed.take_in()

    return take_in


def pushed_signals(site: Site, cameras: Cameras) -> PushedReports | None:
    """What a controller pushes, by HTTP or to the broker; None: none does."""
    intake = site.settings.signal_intake
    if intake is None and not site.settings.mqtt.hears_signals:
        return None
    reports = PushedReports(timeline=cameras.timeline, problems=site.problems, clock=site.clock)
    if intake is None:
        return reports
    server = SignalIntake(
        bind_address=intake.bind_address,
        port=intake.port,
        key=signal_key_of(intake, site.folder, site.environ),
        reports=reports,
        certificate=signal_certificate_of(intake, site.folder),
    )
    site.stack.callback(server.close)
    server.start()
    return reports


def signal_inbox(site: Site, pushed: PushedReports | None) -> Callable[[bytes, bool], None] | None:
    """What takes signals from the broker; None: nobody does."""
    if pushed is None or not site.settings.mqtt.hears_signals:
        return None
    return SignalInbox(reports=pushed, problems=site.problems).take
