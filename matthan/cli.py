"""The command line: puts the command modules together and turns our errors into words and exit codes.

Command modules import nothing heavy at their top, so a centre's machine needs no vision library to run its commands.
"""

import sys

import typer

from domain.errors import ConfigurationError, FileError, MatThanError
from matthan.commands import audit as commands_audit
from matthan.commands import camera as commands_camera
from matthan.commands import centre as commands_centre
from matthan.commands import check as commands_check
from matthan.commands import edge_box as commands_edge
from matthan.commands import networks as commands_models
from matthan.commands import police as commands_police
from matthan.commands import replay as commands_replay
from matthan.commands import rules as commands_rules
from matthan.commands import verify as commands_verify

EXIT_FAILED = 1
EXIT_WRONG_CONFIGURATION = 2
OUR_ROOMS = frozenset({"api", "detectors", "domain", "edge", "ingest", "matthan", "plumbing", "rules"})


def build_app() -> typer.Typer:
    """All commands of ``matthan``."""
    app = typer.Typer(
        name="matthan",
        help="Mắt Thần: from street cameras to violation cases that people confirm.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    commands_check.register(app)
    commands_replay.register(app)
    commands_verify.register(app)
    for group in (
        commands_edge,
        commands_camera,
        commands_rules,
        commands_models,
        commands_centre,
        commands_audit,
        commands_police,
    ):
        app.add_typer(group.app)
    return app


def main() -> None:
    """Run the command line; a fault the installer can mend ends with code 2, any other known failure with 1."""
    try:
        build_app()()
    except ConfigurationError as error:
        print(f"matthan: {error}", file=sys.stderr)
        raise SystemExit(EXIT_WRONG_CONFIGURATION) from None
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in OUR_ROOMS:
            raise
        print(
            f"matthan: this command needs the package {error.name}, which this installation leaves out; "
            "install what the machine is for: pip install 'matthan[edge]', 'matthan[centre]' or 'matthan[police]'",
            file=sys.stderr,
        )
        raise SystemExit(EXIT_WRONG_CONFIGURATION) from None
    except OSError as error:  # a file that no command of ours translated: the person at the keyboard can still mend it
        if error.filename is None:
            raise
        print(f"matthan: {FileError(error.filename, 'used', error)}", file=sys.stderr)
        raise SystemExit(EXIT_FAILED) from None
    except MatThanError as error:
        print(f"matthan: {type(error).__name__}: {error}", file=sys.stderr)
        raise SystemExit(EXIT_FAILED) from None
