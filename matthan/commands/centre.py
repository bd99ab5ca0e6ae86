"""``matthan centre``: run the centre, bring its database up to date, make accounts, keys and boxes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.centre import Centre
    from api.counts.reading import Span
    from api.roles import CentreRole
    from domain.cases.roles import Role

app = typer.Typer(name="centre", help="The centre: intake, review, police queue.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="The centre's settings, e.g. centre.yaml.")]
QueueOption = Annotated[
    list[str] | None,
    typer.Option("--queue", help="A police queue that it is for, repeatable; * is every one. Police must name theirs."),
]
WardOption = Annotated[
    list[str] | None,
    typer.Option("--ward", help="A ward that it is for, e.g. phu-xuan, repeatable; * is every one."),
]

OrganisationOption = Annotated[
    str | None, typer.Option("--organisation", help="Police only: who owns their cases, see create-organisation.")
]


@app.command()
def serve(
    config: ConfigOption,
    role: Annotated[
        list[str] | None,
        typer.Option(help="What this process does: web, intake, console or jobs; repeatable. Without it: everything."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Listen here, not where the settings say: one port a process.")
    ] = None,
) -> None:
    """Serve until asked to stop."""
    from api.app import create_app  # noqa: PLC0415 - heavy imports stay out of the other commands
    from api.settings import load_settings  # noqa: PLC0415
    from api.web.server import serve as serve_app  # noqa: PLC0415
    from plumbing.log_format import start_logging  # noqa: PLC0415
    from plumbing.system_clock import SystemClock  # noqa: PLC0415

    start_logging()
    roles = _roles(role)
    settings = load_settings(config)
    serve_app(
        create_app(settings, clock=SystemClock(), roles=roles),
        host=settings.listen.host,
        port=settings.listen.port if port is None else port,
    )


def _roles(names: list[str] | None) -> "frozenset[CentreRole]":
    from api.roles import EVERY_ROLE, CentreRole  # noqa: PLC0415

    try:
        return frozenset(CentreRole(name) for name in names) if names else EVERY_ROLE
    except ValueError as error:
        raise typer.BadParameter(f"{error}; it is one of {', '.join(CentreRole)}", param_hint="--role") from error


@app.command()
def keygen(out: Annotated[Path, typer.Option(help="A directory, made when missing.")]) -> None:
    """Make the key that signs the centre's checkpoints: centre.key for the settings, centre.pub for others."""
    from api.audit.checkpoints import KEY_FILE, PUBLIC_FILE  # noqa: PLC0415
    from plumbing.signing import generate_key_pair, key_id_of  # noqa: PLC0415

    key = generate_key_pair(out, key_name=KEY_FILE, public_name=PUBLIC_FILE)
    typer.echo(f"the centre signs with key {key_id_of(key.public_key())}", err=True)


@app.command()
def migrate(config: ConfigOption) -> None:
    """Bring the database's schema up to date."""
    from api.centre import open_database  # noqa: PLC0415
    from api.people.persons import unstated  # noqa: PLC0415
    from api.persistence.schema import migrate as migrate_schema  # noqa: PLC0415
    from api.settings import load_settings  # noqa: PLC0415

    database = open_database(load_settings(config))
    try:
        migrate_schema(database)
        with database.read() as connection:
            accounts = unstated(connection)
    finally:
        database.close()
    if accounts:
        typer.echo(
            f"{accounts} accounts of reviewers have no personnel number: what two of them confirm waits, and they let"
            " no export out. State it: matthan centre state-person",
            err=True,
        )


@app.command("database-role")
def database_role(
    config: ConfigOption,
    role: Annotated[str, typer.Option(help="centre (for the settings of the processes) or reader (for checks).")],
    password_file: Annotated[Path, typer.Option(help="A file that holds the role's password and nothing else.")],
) -> None:
    """Make a PostgreSQL role that cannot change history; run as the owner, after every `matthan centre migrate`."""
    from api.centre import open_database  # noqa: PLC0415 - heavy imports stay out of the other commands
    from api.persistence.database_roles import DatabaseRole, make_role  # noqa: PLC0415
    from api.settings import load_settings  # noqa: PLC0415
    from domain.errors import Invalid  # noqa: PLC0415
    from plumbing.secret_values import read_secret  # noqa: PLC0415

    if role not in {"centre", "reader"}:
        raise Invalid("expected --role centre or --role reader")
    wanted = DatabaseRole(f"matthan_{role}")
    password = read_secret("the role's password", env=None, file=password_file, folder=Path(), environ=os.environ)
    database = open_database(load_settings(config))
    try:
        make_role(database, wanted, password or "")
    finally:
        database.close()
    typer.echo(f"{wanted.value}: may sign in and change no history")


@app.command()
def retention(
    config: ConfigOption,
    apply: Annotated[bool, typer.Option("--apply", help="Remove them; without it nothing is changed.")] = False,  # noqa: FBT002
) -> None:
    """Tell which media and words of objections are past their time; with --apply remove them. History stays."""
    with _opened(config) as centre:
        report = centre.retention.run(apply=apply)
    typer.echo("removed" if apply else "would be removed (say --apply):")
    for rule, found in report.items():
        media = f"{found.cases:>8} cases {found.files:>9} files {found.size_bytes:>16,} bytes"
        typer.echo(f"  {rule:12} {media} {found.objections:>8} objections' words")


@app.command("check-wards")
def check_wards(
    wards: Annotated[Path, typer.Argument(help="GeoJSON with a polygon a ward, as places.wards_file takes it.")],
    at: Annotated[str | None, typer.Option(help="A point, LATITUDE,LONGITUDE: which ward is it in?")] = None,
) -> None:
    """Say everything that is wrong with the borders of wards, or list the wards with their names for accounts."""
    from api.places.ward_file import read_wards  # noqa: PLC0415
    from domain.camera import Position  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415

    found = read_wards(wards)
    if at is None:
        for ward in found.wards:
            typer.echo(f"{ward.key}\t{ward.name}")
        return
    latitude, _, longitude = at.partition(",")
    try:
        position = Position(latitude_deg=float(latitude), longitude_deg=float(longitude))
    except ValueError as error:
        raise ConfigurationError(f"--at: {at} is no point like 16.4637,107.5909") from error
    here = found.find(position)
    typer.echo("no ward" if here is None else f"{here.ward.key}\t{here.ward.name}")


@app.command("create-admin")
def create_admin(
    config: ConfigOption,
    username: Annotated[str, typer.Option(help="The admin's user name.")] = "admin",
) -> None:
    """Make an admin and show its password, this once."""
    _create_user(config, username=username, display_name=username, role="admin", password_file=None)


@app.command("create-user")
def create_user(
    *,
    config: ConfigOption,
    username: Annotated[str, typer.Option(help="Letters, digits, - and _.")],
    role: Annotated[str, typer.Option(help="operator, supervisor, police, ward, auditor or admin.")],
    name: Annotated[str, typer.Option(help="Name for screens; else the user name.")] = "",
    person: Annotated[
        str | None,
        typer.Option(help="Personnel number; operators and supervisors have one: two people are two numbers."),
    ] = None,
    ward: WardOption = None,
    queue: QueueOption = None,
    organisation: OrganisationOption = None,
    password_file: Annotated[
        Path | None, typer.Option(help="A file with the password; else one is made and shown, this once.")
    ] = None,
) -> None:
    """Make a person's account."""
    _create_user(
        config,
        username=username,
        display_name=name or username,
        person=person,
        role=role,
        wards=tuple(ward or ()),
        queues=tuple(queue or ()),
        organisation=organisation,
        password_file=password_file,
    )


@app.command("grant")
def grant(
    *,
    config: ConfigOption,
    username: Annotated[str, typer.Option(help="Whose account.")],
    role: Annotated[str, typer.Option(help="operator, supervisor, police, ward, auditor or admin.")],
    ward: WardOption = None,
    queue: QueueOption = None,
    organisation: OrganisationOption = None,
) -> None:
    """Give an account another role, wards or queues; its sessions end."""
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        centre.accounts.change_grant(
            SYSTEM, username, role=_role(role), wards=ward or (), queues=queue or (), organisation=organisation
        )


@app.command("state-person")
def state_person(
    config: ConfigOption,
    username: Annotated[str, typer.Option(help="Whose account.")],
    person: Annotated[str, typer.Option(help="The person's personnel number.")],
) -> None:
    """Say whose an account is: two accounts of one person are never two people. Its sessions end."""
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        centre.accounts.state_person(SYSTEM, username, person)


@app.command("reset-password")
def reset_password(
    config: ConfigOption,
    username: Annotated[str, typer.Option(help="Whose password was forgotten.")],
) -> None:
    """Give an account a new password and show it, this once; its sessions end."""
    from api.people.secrets_of_accounts import new_password  # noqa: PLC0415
    from api.principals import SYSTEM  # noqa: PLC0415

    password = new_password()
    with _opened(config) as centre:
        centre.accounts.reset_password(SYSTEM, username=username, new=password)
    typer.echo(f"The new password of {username} is shown this once:", err=True)
    typer.echo(password)


@app.command("link-user")
def link_user(
    config: ConfigOption,
    username: Annotated[str, typer.Option(help="Whose account.")],
    subject: Annotated[str, typer.Option(help="As the sign-in page told the person; empty: the link is taken away.")],
) -> None:
    """Let a person in with the provider of sign_in_provider, or no more; the account's sessions end."""
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        if subject:
            centre.linked_identities.link(SYSTEM, username, subject)
        else:
            centre.linked_identities.unlink(SYSTEM, username)


@app.command("create-key")
def create_key(
    *,
    config: ConfigOption,
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[str, typer.Option(help="edge, analyser, police or auditor.")],
    box: Annotated[str | None, typer.Option(help="Edge only: the box that the key speaks for.")] = None,
    ward: WardOption = None,
    queue: QueueOption = None,
    organisation: OrganisationOption = None,
    out: Annotated[Path | None, typer.Option(help="Write the key to this new file, for its owner only.")] = None,
) -> None:
    """Make a machine's API key and show it, this once."""
    from api.principals import SYSTEM  # noqa: PLC0415

    if out is not None and out.exists():
        raise typer.BadParameter(f"{out} exists already", param_hint="--out")
    with _opened(config) as centre:
        info, secret = centre.machines.create_key(
            SYSTEM,
            name=name,
            role=_role(role),
            box_id=box,
            wards=ward or (),
            queues=queue or (),
            organisation=organisation,
        )
    if out is None:
        typer.echo("The key is shown this once:", err=True)
        typer.echo(secret)
        return
    _write_secret(out, secret)
    typer.echo(f"key {info.key_id} written to {out}", err=True)


@app.command("create-organisation")
def create_organisation(
    config: ConfigOption,
    organisation: Annotated[str, typer.Option("--id", help="Small letters, digits, - and _, e.g. csgt-hue.")],
    name: Annotated[str, typer.Option(help="Name for screens.")],
) -> None:
    """Make an organisation of the police: it owns what its keys and officers take over."""
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        centre.organisations.create(SYSTEM, organisation_id=organisation, name=name)


@app.command("succeed-key")
def succeed_key(
    config: ConfigOption,
    key: Annotated[str, typer.Option(help="The id of the key that is followed; it runs until it is revoked.")],
    out: Annotated[Path, typer.Option(help="Write the new key to this new file, for its owner only.")],
) -> None:
    """Make the key that follows another one, with the same rights; cases stay with their organisation."""
    from api.principals import SYSTEM  # noqa: PLC0415

    if out.exists():
        raise typer.BadParameter(f"{out} exists already", param_hint="--out")
    with _opened(config) as centre:
        info, secret = centre.machines.succeed_key(SYSTEM, key)
    _write_secret(out, secret)
    typer.echo(f"key {info.key_id} written to {out}; revoke {key} when it is in use", err=True)


@app.command("revoke-key")
def revoke_key(config: ConfigOption, key: Annotated[str, typer.Option(help="The key's id.")]) -> None:
    """Make a key useless."""
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        centre.machines.revoke_key(SYSTEM, key)


@app.command("set-webhook")
def set_webhook(
    config: ConfigOption,
    organisation: Annotated[str, typer.Option("--id", help="The organisation's id.")],
    url: Annotated[
        str | None, typer.Option(help="An https address; without it, the organisation is rung no more.")
    ] = None,
    queue: Annotated[list[str] | None, typer.Option("--queue", help="A queue to ring for, repeatable.")] = None,
) -> None:
    """Ring an organisation when a case waits."""
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        if url is None:
            centre.organisations.drop_webhook(SYSTEM, organisation)
        else:
            centre.organisations.set_webhook(SYSTEM, organisation, url=url, queues=queue or ())


@app.command("register-box")
def register_box(
    config: ConfigOption,
    box: Annotated[str, typer.Option(help="The box's id.")],
    public_key_file: Annotated[Path, typer.Option(help="The box's box.pub.")],
    name: Annotated[str, typer.Option(help="Name for screens; else the id.")] = "",
) -> None:
    """Register a box's public key, or change it."""
    from api.principals import SYSTEM  # noqa: PLC0415
    from plumbing.secret_values import read_secret_file  # noqa: PLC0415

    public_key_b64 = read_secret_file("the box's public key", public_key_file).strip()
    with _opened(config) as centre:
        registered = centre.machines.register_box(SYSTEM, box_id=box, name=name or box, public_key_b64=public_key_b64)
        centre.admission.check_again(box)
    typer.echo(f"box {box} signs with key {registered.key_id}", err=True)


@app.command("retire-box")
def retire_box(config: ConfigOption, box: Annotated[str, typer.Option(help="The box's id.")]) -> None:
    """End the keys of a box that was taken away, and miss it no more; its cases stay."""
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        ended = centre.machines.retire_box(SYSTEM, box)
    typer.echo(
        f"box {box} is retired, {len(ended)} of its keys ended; remove its account from the broker too", err=True
    )


_FromOption = Annotated[str, typer.Option("--from", help="First day, in Hue, e.g. 2026-01-05.")]
_ToOption = Annotated[str | None, typer.Option("--to", help="Last day; without it, the first one.")]
_CameraOption = Annotated[str | None, typer.Option("--camera", help="Of this camera only.")]


@app.command()
def recall(config: ConfigOption, first: _FromOption, last: _ToOption = None, camera: _CameraOption = None) -> None:
    """Print as CSV what the rules of all boxes found, refused and looked at, a day and a camera."""
    from api.counts.csv_text import recall_csv  # noqa: PLC0415
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        for piece in recall_csv(centre.counts.days(SYSTEM, _span(first, last), camera)):
            typer.echo(piece, nl=False)


@app.command()
def traffic(config: ConfigOption, first: _FromOption, last: _ToOption = None, camera: _CameraOption = None) -> None:
    """Print as CSV who passed the cameras of all boxes, by quarter of an hour, and on how many pictures it rests."""
    from api.counts.csv_text import traffic_csv  # noqa: PLC0415
    from api.principals import SYSTEM  # noqa: PLC0415

    with _opened(config) as centre:
        for piece in traffic_csv(centre.counts.passages(SYSTEM, _span(first, last), camera)):
            typer.echo(piece, nl=False)


def _span(first: str, last: str | None) -> "Span":
    from datetime import date  # noqa: PLC0415

    from api.counts.reading import Span  # noqa: PLC0415
    from domain.errors import Invalid  # noqa: PLC0415

    try:
        return Span(first=date.fromisoformat(first), last=date.fromisoformat(last or first))
    except ValueError as error:
        raise Invalid(f"{error}; a day looks like 2026-01-05") from error


def _create_user(
    config: Path,
    *,
    username: str,
    display_name: str,
    person: str | None = None,
    role: str,
    wards: tuple[str, ...] = (),
    queues: tuple[str, ...] = (),
    organisation: str | None = None,
    password_file: Path | None,
) -> None:
    from api.people.secrets_of_accounts import new_password  # noqa: PLC0415
    from api.principals import SYSTEM  # noqa: PLC0415
    from api.settings import Secret  # noqa: PLC0415

    password = Secret(file=password_file).read() if password_file is not None else new_password()
    with _opened(config) as centre:
        centre.accounts.create_user(
            SYSTEM,
            username=username,
            display_name=display_name,
            person=person,
            role=_role(role),
            password=password,
            wards=wards,
            queues=queues,
            organisation=organisation,
        )
    if password_file is None:
        typer.echo(f"The password of {username} is shown this once:", err=True)
        typer.echo(password)


def _write_secret(out: Path, secret: str) -> None:
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secret)


def _role(text: str) -> "Role":
    from domain.cases.roles import Role  # noqa: PLC0415
    from domain.errors import Invalid  # noqa: PLC0415

    try:
        return Role(text)
    except ValueError as error:
        raise Invalid(f"there is no role {text!r}") from error


@contextmanager
def _opened(config: Path) -> "Iterator[Centre]":
    from api.centre import open_centre  # noqa: PLC0415
    from api.persistence.schema import require_current_schema  # noqa: PLC0415
    from api.settings import load_settings  # noqa: PLC0415
    from plumbing.system_clock import SystemClock  # noqa: PLC0415

    centre = open_centre(load_settings(config), clock=SystemClock())
    try:
        require_current_schema(centre.store.database)
        yield centre
    finally:
        centre.close()
