"""``matthan audit``: check the record."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="audit", help="The append-only record.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``verify`` a command of its own."""


@app.command()
def verify(
    config: Annotated[Path, typer.Option("--config", help="The centre's settings, e.g. centre.yaml.")],
    kept: Annotated[
        str | None, typer.Option(help="SEQ:HASH of an event kept elsewhere, e.g. in a police receipt.")
    ] = None,
) -> None:
    """Check every link of the record, and every case against it; name the first broken link."""
    from api.centre import open_database  # noqa: PLC0415 - heavy imports stay out of the other commands
    from api.persistence.schema import require_current_schema  # noqa: PLC0415
    from api.persistence.store import Store  # noqa: PLC0415
    from api.principals import SYSTEM  # noqa: PLC0415
    from api.services.audit import Audit, kept_event  # noqa: PLC0415
    from api.settings import load_settings  # noqa: PLC0415
    from plumbing.system_clock import SystemClock  # noqa: PLC0415

    database = open_database(load_settings(config))
    try:
        require_current_schema(database)
        found = Audit(Store(database, SystemClock())).verify(SYSTEM, kept=kept_event(kept) if kept else None)
    finally:
        database.close()
    if found.fault is not None:
        typer.echo(f"BROKEN: {found.fault.problem}")
    for wrong in found.wrong_cases:
        typer.echo(f"WRONG CASE: {wrong}")
    head = f"{found.head.seq}:{found.head.hash}" if found.head else "none"
    typer.echo(f"{found.events} events whole, last {head}")
    if not found.intact:
        raise typer.Exit(1)
