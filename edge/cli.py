"""The command line."""

import typer

app = typer.Typer(name="matthan", no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command line."""
    app()
