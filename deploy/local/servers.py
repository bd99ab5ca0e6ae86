"""Real servers on free ports of the loopback, for tests and the demo.

Examples:
    ``with NatsBroker(folder, users={"centre": "secret"}) as broker: connect(broker.host, broker.port)``
"""

from deploy.local.nats_broker import MqttUser, NatsBroker, box_user
from deploy.local.postgres import Postgres
from deploy.local.process import LOOPBACK, LocalServer, ServerNotReady, free_port
from deploy.local.rtsp_server import RtspServer
from deploy.local.s3 import S3

__all__ = [
    "LOOPBACK",
    "S3",
    "LocalServer",
    "MqttUser",
    "NatsBroker",
    "Postgres",
    "RtspServer",
    "ServerNotReady",
    "box_user",
    "free_port",
]
