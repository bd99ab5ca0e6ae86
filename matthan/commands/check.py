"""``matthan check-config``: look box and camera files through before they run."""

import os
from pathlib import Path
from typing import Annotated

import typer

_EXIT_FAULTS = 2


def check_config(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Box or camera files.")],
) -> None:
    """Tell every fault of box and camera files at once, each with file, line and remedy; 2 if there is one."""
    from matthan.config_check import check_files  # noqa: PLC0415 - heavy imports stay out of the other commands

    findings = check_files(files, os.environ)
    for line in findings.sound:
        typer.echo(f"ok       {line}")
    for warning in findings.warnings:
        typer.echo(f"warning  {warning}", err=True)
    for fault in findings.faults:
        typer.echo(f"fault    {fault}", err=True)
    if findings.faults:
        raise typer.Exit(_EXIT_FAULTS)


def register(app: typer.Typer) -> None:
    """Add the command to ``matthan``."""
    app.command("check-config")(check_config)
