"""The command line: puts the command modules together and turns our errors into words and exit codes."""

import importlib
import sys

import typer

from domain.errors import ConfigurationError, MatThanError

EXIT_FAILED = 1
EXIT_WRONG_CONFIGURATION = 2


def build_app() -> typer.Typer:
    """All commands of ``matthan``."""
    app = typer.Typer(
        name="matthan",
        help="Mắt Thần: from street cameras to violation cases that people confirm.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for name in ("edge.commands_check", "edge.commands_replay", "edge.commands_verify"):
        try:
            importlib.import_module(name).register(app)
        except ModuleNotFoundError:
            continue
    for name in (
        "edge.commands_edge",
        "edge.commands_camera",
        "api.commands_centre",
        "api.commands_audit",
        "api.commands_police",
    ):
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        app.add_typer(module.app, name=name.rsplit("_", 1)[-1])
    return app


def main() -> None:
    """Run the command line; a fault the installer can mend ends with code 2, any other known failure with 1."""
    try:
        build_app()()
    except ConfigurationError as error:
        print(f"matthan: {error}", file=sys.stderr)
        raise SystemExit(EXIT_WRONG_CONFIGURATION) from None
    except MatThanError as error:
        print(f"matthan: {type(error).__name__}: {error}", file=sys.stderr)
        raise SystemExit(EXIT_FAILED) from None
