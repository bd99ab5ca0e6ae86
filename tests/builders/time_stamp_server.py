"""A time stamp authority on this machine: HTTP, certificates by ``cryptography``, answers by ``openssl ts``."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SETTINGS = """[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, slots=True)
class TimeStampServer:
    """Where it answers, and what its answers lead to."""

    url: str
    root_file: Path


@contextmanager
def time_stamp_server(folder: Path) -> Iterator[TimeStampServer]:
    """A running authority with a new root."""
    folder.mkdir()
    _write_certificates(folder)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(_SETTINGS.format(folder=folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = ["openssl", "ts", "-reply", "-config", folder / "tsa.cnf", "-section", "tsa"]
            subprocess.run(
                [*command, "-queryfile", folder / "query", "-out", folder / "reply"], check=True, capture_output=True
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write((folder / "reply").read_bytes())

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield TimeStampServer(f"http://127.0.0.1:{server.server_port}/tsr", folder / "root.pem")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _write_certificates(folder: Path) -> None:
    now = datetime.now(UTC)
    root_key, tsa_key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    root_name, tsa_name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Root", "TSA"))

    def certificate(name: x509.Name, key: rsa.RSAPrivateKey, *, is_root: bool) -> x509.Certificate:
        usage = x509.KeyUsage(not is_root, not is_root, False, False, False, is_root, is_root, False, False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(root_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(usage, critical=True)
        )
        if not is_root:
            stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(stamping, critical=True)
        return builder.sign(root_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(certificate(root_name, root_key, is_root=True).public_bytes(pem))
    (folder / "tsa.pem").write_bytes(certificate(tsa_name, tsa_key, is_root=False).public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "tsa.key").write_bytes(tsa_key.private_bytes(pem, *plain))
