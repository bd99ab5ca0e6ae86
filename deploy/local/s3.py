"""An S3 server: seaweedfs in one process."""

import json
import secrets
import signal
from pathlib import Path
from typing import Any

from deploy.local.nats_broker import installed_program
from deploy.local.process import LOOPBACK, LocalServer, free_port

_PARTS = ("master", "volume", "filer", "s3")
_PROBE_BUCKET = "ready-probe"


class S3(LocalServer):
    """seaweedfs on the loopback with one random access key; ready when an object could be written.

    After a kill and restart the first write may take 20 s and more, because volumes are leased anew.
    """

    def __init__(self, data_dir: Path) -> None:
        super().__init__("seaweedfs", data_dir=data_dir, start_limit_s=90.0)
        self.access_key = secrets.token_hex(10)
        self.secret_key = secrets.token_urlsafe(24)
        self._ports: dict[str, int] = {}

    @property
    def endpoint_url(self) -> str:
        """Where S3 clients connect."""
        return f"http://{LOOPBACK}:{self._ports['s3']}"

    def _choose_ports(self) -> None:
        self._ports = {name: free_port() for part in _PARTS for name in (part, f"{part}.grpc")}

    @property
    def _identities_path(self) -> Path:
        return self.data_dir / "identities.json"

    def _prepare(self) -> None:
        (self.data_dir / "volumes").mkdir(exist_ok=True)
        credentials = [{"accessKey": self.access_key, "secretKey": self.secret_key}]
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "matthan", "credentials": credentials, "actions": actions}
        self._identities_path.touch(mode=0o600)
        self._identities_path.write_text(json.dumps({"identities": [identity]}))

    def _command(self) -> list[str]:
        sockets = [f"-{part}.localSocket={self.data_dir}/{part}.sock" for part in ("filer", "s3")]
        ports = [f"-{part}.port={self._ports[part]}" for part in _PARTS]
        grpc_ports = [f"-{part}.port.grpc={self._ports[f'{part}.grpc']}" for part in _PARTS]
        return [
            installed_program("weed"),
            f"-logdir={self.data_dir}",
            "server",
            f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}",
            f"-dir={self.data_dir / 'volumes'}",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=1000",
            "-volume.preStopSeconds=0",
            "-filer",
            "-s3",
            f"-s3.config={self._identities_path}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            *sockets,
            *ports,
            *grpc_ports,
        ]

    def _stop_signal(self) -> signal.Signals:
        return signal.SIGKILL  # its own shutdown takes longer than 5 s, and it keeps what it has acknowledged

    def client(self) -> Any:
        """A boto3 client for this server."""
        import boto3  # noqa: PLC0415 - the s3 extra is only needed where this server is used
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(connect_timeout=2, read_timeout=30, retries={"max_attempts": 0}, signature_version="s3v4"),
        )

    def _is_ready(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        client = self.client()
        try:
            client.create_bucket(Bucket=_PROBE_BUCKET)
        except ClientError as error:
            if not error.response["Error"]["Code"].startswith("BucketAlready"):
                return False
        except BotoCoreError:
            return False
        try:
            client.put_object(Bucket=_PROBE_BUCKET, Key="probe", Body=b"ready")
        except (BotoCoreError, ClientError):
            return False
        finally:
            client.close()
        return True
