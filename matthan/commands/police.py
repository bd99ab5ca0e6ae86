"""``matthan police``: pull cases as the police do."""

import json
import os
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.police_client.client import PoliceClient
    from api.police_client.packages import HeldCase

app = typer.Typer(name="police", help="Pull confirmed cases, take them over, give them back.", no_args_is_help=True)
KEY_VARIABLE = "MATTHAN_API_KEY"
CentreOption = Annotated[str, typer.Option("--centre", help="The centre's address, e.g. https://matthan.hue.gov.vn")]
KeyOption = Annotated[
    Path | None, typer.Option("--key-file", help=f"A file with the API key; else ${KEY_VARIABLE} holds it.")
]
OutOption = Annotated[Path, typer.Option("--out", help="Where the pulled cases lie.")]
LeaseOption = Annotated[float | None, typer.Option("--lease-s", help="Seconds that the cases stay yours.")]
CaseArgument = Annotated[uuid.UUID, typer.Argument(help="The case's id.")]


@app.command()
def pull(
    *,
    centre: CentreOption,
    queue: Annotated[str, typer.Option(help="The queue, e.g. traffic_police.")],
    out: OutOption,
    n: Annotated[int, typer.Option("--n", min=1, help="How many cases at most.")] = 10,
    lease_s: LeaseOption = None,
    wait_s: Annotated[float, typer.Option("--wait-s", min=0, max=25, help="Wait so long for a case.")] = 0.0,
    key_file: KeyOption = None,
) -> None:
    """Lease cases and download their packages; prints the id of each case that is here, whole and checked."""
    from api.police_client.packages import HeldCase  # noqa: PLC0415 - heavy imports stay out of the other commands

    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _client(centre, key_file) as client:
        lease = client.pull(queue, n=n, lease_s=lease_s, wait_s=wait_s)
        if lease.lease_id is None or lease.expires_at is None:
            typer.echo("no case waits", err=True)
            return
        for case in lease.cases:
            held = HeldCase(case_id=case.case_id, lease_id=lease.lease_id, expires_at=lease.expires_at)
            _keep(out, held)
        typer.echo(f"lease {lease.lease_id} until {lease.expires_at.isoformat()}", err=True)
        failed = [case.case_id for case in lease.cases if not _fetch(client, out, case.case_id)]
    if failed:
        raise typer.Exit(1)


@app.command()
def fetch(case_id: CaseArgument, centre: CentreOption, out: OutOption, key_file: KeyOption = None) -> None:
    """Download the package of a leased case once more, after a pull that broke off."""
    with _client(centre, key_file) as client:
        if not _fetch(client, out, case_id):
            raise typer.Exit(1)


@app.command()
def extend(
    lease_id: Annotated[uuid.UUID, typer.Argument(help="The lease's id.")],
    centre: CentreOption,
    lease_s: LeaseOption = None,
    key_file: KeyOption = None,
) -> None:
    """Let a lease end later."""
    with _client(centre, key_file) as client:
        typer.echo(client.extend(lease_id, lease_s=lease_s).model_dump_json(indent=1))


@app.command("ack")
def acknowledge(case_id: CaseArgument, centre: CentreOption, out: OutOption, key_file: KeyOption = None) -> None:
    """Take a case over; the receipt is kept beside its folder."""
    from domain.errors import Conflict  # noqa: PLC0415

    held = _held(out, case_id)
    if held.package_sha256 is None:
        raise Conflict(f"the package of {case_id} is not here; run `matthan police fetch` first")
    with _client(centre, key_file) as client:
        receipt = client.acknowledge(case_id, lease_id=held.lease_id, package_sha256=held.package_sha256)
    text = receipt.model_dump_json(indent=1)
    _receipt(out, str(case_id)).write_text(text + "\n", "utf-8")
    typer.echo(text)


@app.command("return")
def give_back(
    *,
    case_id: CaseArgument,
    centre: CentreOption,
    out: OutOption,
    reason: Annotated[str, typer.Option(help="A reason code that the police may give, e.g. PLATE_UNREADABLE.")],
    note: Annotated[str, typer.Option(help="In words; needed with OTHER.")] = "",
    key_file: KeyOption = None,
) -> None:
    """Give a case back with a reason."""
    held = _held(out, case_id)
    with _client(centre, key_file) as client:
        typer.echo(
            client.give_back(case_id, lease_id=held.lease_id, reason_code=reason, note=note).model_dump_json(indent=1)
        )


@app.command()
def processed(
    case_id: CaseArgument,
    centre: CentreOption,
    outcome: Annotated[str, typer.Option(help="decision_issued, warned, referred or no_action.")],
    note: Annotated[str, typer.Option(help="In words.")] = "",
    key_file: KeyOption = None,
) -> None:
    """Tell what became of a case."""
    with _client(centre, key_file) as client:
        typer.echo(client.processed(case_id, outcome=outcome, note=note).model_dump_json(indent=1))


@app.command()
def progress(
    *,
    case_id: CaseArgument,
    centre: CentreOption,
    step: Annotated[str, typer.Option(help="verify, send_notice ...: see pull-cases.md.")],
    reason: Annotated[str | None, typer.Option(help="Where the step needs one.")] = None,
    note: Annotated[str, typer.Option(help="In words.")] = "",
    key_file: KeyOption = None,
) -> None:
    """Tell of a step with a received case."""
    with _client(centre, key_file) as client:
        typer.echo(client.progress(case_id, step=step, reason_code=reason, note=note).model_dump_json(indent=1))


@app.command()
def notice(case_id: CaseArgument, centre: CentreOption, key_file: KeyOption = None) -> None:
    """Print number and code for the notice of a case, whose step it takes; the code is shown this once."""
    with _client(centre, key_file) as client:
        typer.echo(client.notice(case_id).model_dump_json(indent=1))


@app.command()
def held(centre: CentreOption, key_file: KeyOption = None) -> None:
    """Print one line a case that is with one's organisation: id, state, offence, plate, road."""
    with _client(centre, key_file) as client:
        for each in client.held():
            case = each.case
            typer.echo("\t".join((str(case.case_id), each.state, case.code, case.plate_text or "", case.road)))


@app.command("ack-all")
def acknowledge_all(centre: CentreOption, out: OutOption, key_file: KeyOption = None) -> None:
    """Take over every case that lies here with a checked package, many at once; receipts are kept beside them."""
    from api.police_client.packages import HeldCase  # noqa: PLC0415

    waiting = [path for path in sorted(out.glob("*.lease.json")) if not _receipt(out, path.name.split(".")[0]).exists()]
    held = [HeldCase.model_validate_json(path.read_text("utf-8")) for path in waiting]
    steps = [
        {"case_id": str(each.case_id), "step": "acknowledge", "lease_id": str(each.lease_id)}
        | {"package_sha256": each.package_sha256}
        for each in held
        if each.package_sha256 is not None
    ]
    refused = 0
    with _client(centre, key_file) as client:
        for start in range(0, len(steps), 100):
            for answer in client.take_many(steps[start : start + 100]):
                if answer["receipt"] is None:
                    refused += 1
                    sys.stderr.write(f"{answer['case_id']}: {answer['problem']['detail']}\n")
                    continue
                text = json.dumps(answer["receipt"], indent=1)
                _receipt(out, answer["case_id"]).write_text(text + "\n", "utf-8")
                typer.echo(answer["case_id"])
    if refused:
        raise typer.Exit(1)


def _receipt(out: Path, case_id: str) -> Path:
    return out / f"{case_id}.receipt.json"


def _fetch(client: "PoliceClient", out: Path, case_id: uuid.UUID) -> bool:
    from api.police_client.packages import unpack  # noqa: PLC0415
    from domain.errors import MatThanError  # noqa: PLC0415

    folder, archive = out / str(case_id), out / f".{case_id}.zip"
    try:
        held = _held(out, case_id)
        package_sha256 = client.fetch_package(case_id, archive)
        unpack(archive, folder, case_id)
        _keep(out, held.model_copy(update={"package_sha256": package_sha256}))
    except MatThanError as error:
        sys.stderr.write(f"{case_id}: {error}\n")
        return False
    finally:
        archive.unlink(missing_ok=True)
    typer.echo(str(case_id))
    return True


def _client(centre: str, key_file: Path | None) -> "PoliceClient":
    from api.police_client.client import PoliceClient  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from plumbing.secret_values import read_secret_file  # noqa: PLC0415

    key = os.environ.get(KEY_VARIABLE, "") if key_file is None else read_secret_file("the API key", key_file)
    if not key.strip():
        raise ConfigurationError(f"no API key: give --key-file or set {KEY_VARIABLE}")
    if not (key.strip().isascii() and key.strip().isprintable()):
        raise ConfigurationError("the API key holds characters that no key has")
    return PoliceClient(centre, key.strip())


def _keep(out: Path, held: "HeldCase") -> None:
    path = out / f"{held.case_id}.lease.json"
    part = path.with_suffix(".part")
    part.write_text(held.model_dump_json(indent=1) + "\n", "utf-8")
    part.replace(path)


def _held(out: Path, case_id: uuid.UUID) -> "HeldCase":
    from pydantic import ValidationError  # noqa: PLC0415

    from api.police_client.packages import HeldCase  # noqa: PLC0415
    from domain.errors import NotFound  # noqa: PLC0415

    try:
        return HeldCase.model_validate_json((out / f"{case_id}.lease.json").read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise NotFound(f"{out} holds no lease of the case {case_id}; pull it first") from error
