"""``python -m api``: the centre's own commands, on a machine without any vision library."""

import sys

import typer

from api import commands_audit, commands_centre, commands_police
from domain.errors import ConfigurationError, MatThanError


def main() -> None:
    """Run the command line; a fault the installer can mend ends with code 2, any other known failure with 1."""
    app = typer.Typer(name="api", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.add_typer(commands_centre.app, name="centre")
    app.add_typer(commands_audit.app, name="audit")
    app.add_typer(commands_police.app, name="police")
    try:
        app()
    except ConfigurationError as error:
        sys.stderr.write(f"matthan: {error}\n")
        raise SystemExit(2) from None
    except MatThanError as error:
        sys.stderr.write(f"matthan: {type(error).__name__}: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
