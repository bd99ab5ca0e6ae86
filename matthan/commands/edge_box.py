"""``matthan edge``: run a box, make its key."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import date

    from edge.box.box import Box
    from edge.ledger.book import LedgerBook

app = typer.Typer(name="edge", help="The box at the junction.", no_args_is_help=True)


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="The box's settings, e.g. box.yaml.")],
) -> None:
    """Analyse all cameras of a box until asked to stop (SIGTERM drains, SIGHUP reads changed camera files)."""
    import os  # noqa: PLC0415 - heavy imports stay out of the other commands

    import cv2  # noqa: PLC0415

    from edge.box.box_files import read_box_settings  # noqa: PLC0415
    from edge.wiring.box import running_box  # noqa: PLC0415
    from matthan.drawing.from_centre import FilesOfCameras  # noqa: PLC0415
    from plumbing.collecting import look_seldom_for_cycles  # noqa: PLC0415
    from plumbing.log_format import start_logging  # noqa: PLC0415

    look_seldom_for_cycles()
    os.umask(0o077)  # whatever this process makes is for its own user alone
    start_logging()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nothing to reload yet, and no reason to die
    cv2.setNumThreads(1)  # cameras share the cores; a second thread inside one small picture costs more than it gives
    settings = read_box_settings(config)
    folder = config.resolve().parent
    files = FilesOfCameras(settings.cameras, folder=folder, environ=os.environ)
    with running_box(settings, folder=folder, environ=os.environ, write_drawing=files.write) as box:
        _obey_signals(box)
        box.run()


@app.command("analyse-reports")
def analyse_reports(
    config: Annotated[Path, typer.Option("--config", help="The worker's settings, e.g. report-worker.yaml.")],
) -> None:
    """Let the networks look at citizens' pictures for the centre until asked to stop (SIGTERM ends after the file)."""
    import os  # noqa: PLC0415 - heavy imports stay out of the other commands

    import cv2  # noqa: PLC0415

    from edge.box.box_files import read_worker_settings  # noqa: PLC0415
    from edge.wiring.reports import report_worker  # noqa: PLC0415
    from plumbing.log_format import start_logging  # noqa: PLC0415

    os.umask(0o077)
    start_logging()
    cv2.setNumThreads(1)
    worker = report_worker(read_worker_settings(config), folder=config.resolve().parent, environ=os.environ)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: worker.request_stop())
    worker.run()


@app.command()
def keygen(
    out: Annotated[Path, typer.Option("--out", help="Folder that gets box.key (keep it secret) and box.pub.")],
) -> None:
    """Make the key pair with which the box signs its evidence."""
    from plumbing.signing import PUBLIC_FILE, generate_key, public_key_text  # noqa: PLC0415

    signer = generate_key(out)
    typer.echo(f"key id      {signer.key_id}")
    typer.echo(f"public key  {public_key_text(signer.public_key)}  ({out / PUBLIC_FILE}; tell it to the centre)")


@app.command()
def drift(
    config: Annotated[Path, typer.Option("--config", help="The box's settings, e.g. box.yaml.")],
) -> None:
    """Show each camera's last finished day beside what its networks usually see there."""
    from domain.instants import HUE_TIME  # noqa: PLC0415
    from edge.box.box_files import read_box_settings  # noqa: PLC0415
    from edge.drift.report import report  # noqa: PLC0415
    from edge.drift.store import ProfileStore, profiles_dir  # noqa: PLC0415
    from plumbing.system_clock import SystemClock  # noqa: PLC0415

    settings = read_box_settings(config)
    store = ProfileStore(profiles_dir(config.resolve().parent / settings.data_dir))
    for line in report(store, today=SystemClock().now().astimezone(HUE_TIME).date()):
        typer.echo(line)


@app.command()
def ledger(
    config: Annotated[Path, typer.Option("--config", help="The box's settings, e.g. box.yaml.")],
    since: Annotated[str | None, typer.Option(help="First day, e.g. 2026-01-05; all that are kept without it.")] = None,
) -> None:
    """Print as CSV what each rule found and refused, a day and a camera."""
    import csv  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415

    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("day", "camera", "rule", "what", "reason", "count"))
    for day, entry, count in _ledger_of(config).entries(_day(since)):
        table.writerow((day.isoformat(), entry.camera_id, entry.rule, entry.what, entry.reason, count))


@app.command()
def counts(
    config: Annotated[Path, typer.Option("--config", help="The box's settings, e.g. box.yaml.")],
    since: Annotated[str | None, typer.Option(help="First day, UTC, e.g. 2026-01-05; all without it.")] = None,
) -> None:
    """Print as CSV how many vehicles passed, by quarter of an hour, place, lane and class (rule COUNT)."""
    import csv  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415

    from domain.instants import to_text  # noqa: PLC0415

    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("quarter", "camera", "place", "direction", "lane", "class", "count"))
    for traffic, count in _ledger_of(config).traffic(_day(since)):
        one = traffic.counted
        names = (one.place_id, one.direction, one.lane_id, one.label)
        table.writerow((to_text(traffic.quarter), traffic.camera_id, *names, count))


@app.command()
def speeds(
    config: Annotated[Path, typer.Option("--config", help="The box's settings, e.g. box.yaml.")],
    since: Annotated[str | None, typer.Option(help="First day, UTC, e.g. 2026-01-05; all without it.")] = None,
) -> None:
    """Print as CSV how fast vehicles went, by quarter of an hour, lane and class (rule SPEED); never evidence."""
    import csv  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415

    from domain.instants import to_text  # noqa: PLC0415
    from edge.ledger.speeds import speed_figures  # noqa: PLC0415

    table = csv.writer(sys.stdout, lineterminator="\n")
    names = ("median_kmh", "median_low_kmh", "median_high_kmh", "p85_kmh", "p85_low_kmh", "p85_high_kmh")
    table.writerow(("quarter", "camera", "lane", "class", "vehicles", *names))
    for one in speed_figures(_ledger_of(config).traffic(_day(since))):
        quantiles = [
            "" if quantile is None else value
            for quantile in (one.median, one.fast)
            for value in ((quantile.kmh, quantile.low_kmh, quantile.high_kmh) if quantile else ("", "", ""))
        ]
        table.writerow((to_text(one.quarter), one.camera_id, one.zone_id, one.label, one.vehicles, *quantiles))


def _ledger_of(config: Path) -> "LedgerBook":
    from edge.box.box_files import read_box_settings  # noqa: PLC0415
    from edge.ledger.book import LedgerBook  # noqa: PLC0415

    return LedgerBook(config.resolve().parent / read_box_settings(config).data_dir)


def _day(since: str | None) -> "date | None":
    from datetime import date  # noqa: PLC0415

    from domain.errors import ConfigurationError  # noqa: PLC0415

    try:
        return None if since is None else date.fromisoformat(since)
    except ValueError as error:
        raise ConfigurationError(f"--since: {since} is no day like 2026-01-05") from error


def _obey_signals(box: "Box") -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: box.request_stop())
    signal.signal(signal.SIGHUP, lambda _number, _frame: box.request_reload())
