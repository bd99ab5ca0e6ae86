"""``python -m deploy.broker``: make a production broker's configuration and give boxes and police their accounts."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.broker.folder import BrokerFolder
from domain.errors import MatThanError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Folder = Annotated[Path, typer.Argument(help="the broker's folder, readable by the broker's user only")]


@app.command()
def create(
    folder: Folder,
    *,
    cert: Annotated[Path, typer.Option(help="the broker's certificate with its chain, PEM")],
    key: Annotated[Path, typer.Option(help="its private key, PEM")],
    data: Annotated[Path, typer.Option(help="where the broker keeps messages and sessions")] = Path(
        "/var/lib/matthan-broker"
    ),
    port: Annotated[int, typer.Option(help="MQTT with TLS")] = 8883,
    nats_port: Annotated[int, typer.Option(help="NATS' own port on the loopback; nobody may log in there")] = 4222,
) -> None:
    """Begin a broker; the centre's password stands in secrets/centre."""
    broker = BrokerFolder(folder)
    broker.create(cert_file=cert, key_file=key, store_dir=data.resolve(), port=port, nats_port=nats_port)
    typer.echo(f"{broker.config_file}\nthe centre's password: {broker.password_file('centre')}")


@app.command()
def add_box(folder: Folder, boxes: Annotated[list[str], typer.Argument(help="box ids")]) -> None:
    """Give boxes an account, or a new password."""
    broker = BrokerFolder(folder)
    for box_id in boxes:
        typer.echo(f"password of {box_id}: {broker.add_box(box_id)}")
    _remind()


@app.command()
def add_queue(folder: Folder, queues: Annotated[list[str], typer.Argument(help="queue names")]) -> None:
    """Give the police of a queue an account (user police-QUEUE), or a new password."""
    broker = BrokerFolder(folder)
    for queue in queues:
        typer.echo(f"password of police-{queue}: {broker.add_queue(queue)}")
    _remind()


@app.command()
def add_ward(folder: Folder, wards: Annotated[list[str], typer.Argument(help="ward names, e.g. thuan-hoa")]) -> None:
    """Give a ward an account (user ward-WARD), or a new password: it hears when a reminder waits for it."""
    broker = BrokerFolder(folder)
    for ward in wards:
        typer.echo(f"password of ward-{ward}: {broker.add_ward(ward)}")
    _remind()


@app.command()
def add_controller(folder: Folder, boxes: Annotated[list[str], typer.Argument(help="box ids")]) -> None:
    """Give the signal controllers of a box an account (user signals-BOX), or a new password."""
    broker = BrokerFolder(folder)
    for box_id in boxes:
        typer.echo(f"password of signals-{box_id}: {broker.add_controller(box_id)}")
    _remind()


@app.command()
def remove(
    folder: Folder,
    *,
    box: Annotated[str | None, typer.Option(help="box id")] = None,
    queue: Annotated[str | None, typer.Option(help="queue name")] = None,
    ward: Annotated[str | None, typer.Option(help="ward name")] = None,
    controller: Annotated[str | None, typer.Option(help="box id of the controllers")] = None,
) -> None:
    """Take an account away."""
    BrokerFolder(folder).remove(box_id=box, queue=queue, ward=ward, controller=controller)
    _remind()


@app.command()
def first_visit(folder: Folder) -> None:
    """Log in once as each new user, so that the broker keeps notices for them from then on."""
    for user in BrokerFolder(folder).first_visits():
        typer.echo(f"{user} was let in")


def _remind() -> None:
    typer.echo(
        "systemctl reload matthan-broker; first-visit; carry the password files to their peers, then delete them"
    )


if __name__ == "__main__":
    try:
        app(standalone_mode=True)
    except MatThanError as error:
        typer.echo(f"matthan: {error}", err=True)
        sys.exit(1)
