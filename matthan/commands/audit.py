"""``matthan audit``: check the record, and sign where it stands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from api.persistence.ledger import ChainHead
    from api.persistence.store import Store
    from api.settings import CentreSettings

app = typer.Typer(name="audit", help="The append-only record.", no_args_is_help=True)
ConfigOption = Annotated[Path, typer.Option("--config", help="The centre's settings, e.g. centre.yaml.")]


@app.command()
def verify(
    *,
    config: ConfigOption,
    kept: Annotated[
        str | None, typer.Option(help="SEQ:HASH of an event kept elsewhere, e.g. in a police receipt.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="A checkpoint: the chain is checked from there, and the cases that went on.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The centre's public key, kept elsewhere; else that of the settings.")
    ] = None,
    evidence: Annotated[bool, typer.Option(help="Also hash every evidence file again.")] = False,
    progress: Annotated[
        Path, typer.Option(help="With --evidence: keeps how far it came, so that it goes on there.")
    ] = Path("evidence-check.json"),
) -> None:
    """Check the record and every column that a guard, queue or right trusts; name the first broken link."""
    from api.audit.audit import Audit, kept_event  # noqa: PLC0415 - heavy imports stay out of the other commands
    from api.centre import open_database  # noqa: PLC0415
    from api.persistence.schema import require_current_schema  # noqa: PLC0415
    from api.persistence.store import Store  # noqa: PLC0415
    from api.principals import SYSTEM  # noqa: PLC0415
    from api.settings import load_settings  # noqa: PLC0415
    from plumbing.system_clock import SystemClock  # noqa: PLC0415

    settings = load_settings(config)
    start = _checkpoint(settings, since, key) if since is not None else None
    database = open_database(settings)
    try:
        require_current_schema(database)
        store = Store(database, SystemClock())
        found = Audit(store).verify(SYSTEM, kept=kept_event(kept) if kept else None, since=start)
        wrong_files = _evidence(settings, store, progress) if evidence else ()
    finally:
        database.close()
    if found.fault is not None:
        typer.echo(f"BROKEN: {found.fault.problem}")
    for wrong in found.wrong_cases:
        typer.echo(f"WRONG CASE: {wrong}")
    for wrong in found.wrong_rows:
        typer.echo(f"WRONG ROW: {wrong}")
    if found.not_named:
        typer.echo(f"and {found.not_named} more")
    for wrong in wrong_files:
        typer.echo(f"WRONG FILE: {wrong}")
    head = f"{found.head.seq}:{found.head.hash}" if found.head else "none"
    typer.echo(f"{found.events} events whole, last {head}")
    if not found.intact or wrong_files:
        raise typer.Exit(1)


@app.command()
def checkpoint(config: ConfigOption) -> None:
    """Sign where the record stands; keep the file where the centre cannot reach it."""
    from api.audit.checkpoints import checkpoint_writer  # noqa: PLC0415
    from api.centre import open_database  # noqa: PLC0415
    from api.persistence.schema import require_current_schema  # noqa: PLC0415
    from api.persistence.store import Store  # noqa: PLC0415
    from api.settings import load_settings  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from plumbing.system_clock import SystemClock  # noqa: PLC0415

    settings = load_settings(config)
    if settings.record is None:
        raise ConfigurationError(f"{config} has no part `record` that names key_file and checkpoints")
    database = open_database(settings)
    try:
        require_current_schema(database)
        written = checkpoint_writer(settings.record, Store(database, SystemClock())).write()
    finally:
        database.close()
    typer.echo(str(written) if written else "the record is empty")


@app.command("consistency")
def prove_consistency(
    *,
    config: ConfigOption,
    older: Annotated[Path, typer.Argument(metavar="OLDER", help="A checkpoint that was kept elsewhere.")],
    newer: Annotated[Path, typer.Argument(metavar="NEWER", help="A later one.")],
    out: Annotated[Path, typer.Option(help="The proof, for whoever holds the centre's public key.")],
) -> None:
    """Prove that between two checkpoints the record only grew (RFC 9162); check it with `matthan audit check-proof`."""
    from api.audit.checkpoints import centre_key, consistency  # noqa: PLC0415
    from api.centre import open_database  # noqa: PLC0415
    from api.persistence.store import Store  # noqa: PLC0415
    from api.settings import load_settings  # noqa: PLC0415
    from domain.canonical import canonical_bytes  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from plumbing.checkpoints import read_checkpoint  # noqa: PLC0415
    from plumbing.system_clock import SystemClock  # noqa: PLC0415

    settings = load_settings(config)
    if settings.record is None:
        raise ConfigurationError(f"{config} has no part `record` that names key_file and checkpoints")
    key = centre_key(settings.record).public_key()
    database = open_database(settings)
    try:
        store = Store(database, SystemClock())
        proof = consistency(store, read_checkpoint(older, key), read_checkpoint(newer, key))
    finally:
        database.close()
    out.write_bytes(canonical_bytes(proof) + b"\n")
    typer.echo(f"{out}: event {proof.older.statement.seq} to {proof.newer.statement.seq}, {len(proof.proof)} hashes")


@app.command("check-proof")
def check_proof(
    proof: Annotated[Path, typer.Argument(metavar="PROOF", help="As `matthan audit consistency` wrote it.")],
    *,
    key: Annotated[Path, typer.Option(help="The centre's public key.")],
) -> None:
    """Check offline that between two checkpoints the record only grew: 0 it did, 1 it did not."""
    from domain.errors import Invalid  # noqa: PLC0415
    from plumbing.checkpoints import Consistency  # noqa: PLC0415
    from plumbing.signing import load_public_keys  # noqa: PLC0415

    try:
        read = Consistency.model_validate_json(proof.read_bytes())
    except (OSError, ValueError) as error:
        raise Invalid(f"{proof} is no proof that can be read") from error
    span = f"{read.older.statement.seq} - {read.newer.statement.seq}"
    if not any(read.holds(each) for each in load_public_keys(key).values()):
        typer.echo(f"Sổ ghi KHÔNG được chứng minh là nguyên vẹn ({span}).")
        typer.echo(f"It is NOT shown that the record only grew ({span}).")
        raise typer.Exit(1)
    typer.echo(f"Từ mốc cũ đến mốc mới, sổ ghi chỉ được ghi thêm ({span}).")
    typer.echo(f"From the older to the newer checkpoint the record only grew ({span}).")


def _checkpoint(settings: "CentreSettings", path: Path, key: Path | None) -> "ChainHead":
    from api.audit.checkpoints import head_of  # noqa: PLC0415
    from plumbing.checkpoints import read_checkpoint  # noqa: PLC0415

    return head_of(read_checkpoint(path, _public_key(settings, key)))


def _public_key(settings: "CentreSettings", key: Path | None) -> "Ed25519PublicKey":
    from api.audit.checkpoints import centre_key  # noqa: PLC0415
    from domain.errors import ConfigurationError  # noqa: PLC0415
    from plumbing.signing import load_public_keys  # noqa: PLC0415

    if key is not None:
        return next(iter(load_public_keys(key).values()))
    if settings.record is None:
        raise ConfigurationError("give --key: the settings name no key of the centre")
    return centre_key(settings.record).public_key()


def _evidence(settings: "CentreSettings", store: "Store", progress: Path) -> tuple[str, ...]:
    from api.audit.evidence_check import check_evidence, read_progress, write_progress  # noqa: PLC0415
    from api.centre import open_evidence_store  # noqa: PLC0415

    start = read_progress(progress)
    if start.files:
        typer.echo(f"goes on after {start.files} files ({progress})", err=True)
    files = open_evidence_store(settings.evidence)
    found = check_evidence(store, files, start, lambda each: write_progress(progress, each))
    typer.echo(f"{found.files} files, {found.size_bytes:,} bytes hashed again", err=True)
    return found.wrong
