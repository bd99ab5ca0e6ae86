"""The worker as it is installed: a process with the example's settings, a real centre over HTTP, ended by SIGTERM."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import uvicorn

from api.citizens.reported import AnalysisState, NewReport, Upload
from api.principals import SYSTEM, Principal
from deploy.local.servers import LOOPBACK, free_port
from domain.cases.roles import Role
from domain.errors import ConfigurationError
from edge.box.box_files import read_worker_settings
from edge.wiring.reports import report_worker
from tests.builders.centre import CentreBuilder
from tests.builders.phone_videos import phone_video
from tests.builders.watching import wait_until

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "edge" / "example" / "report-worker.yaml"
LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


@pytest.mark.server
def test_the_worker_of_the_example_looks_and_ends(tmp_path: Path) -> None:
    builder = CentreBuilder(tmp_path)
    _, key = builder.centre.machines.create_key(SYSTEM, name="worker", role=Role.ANALYSER)
    new = NewReport(uploads=[Upload(content=phone_video(form="mp4"))], words="a car", place="")
    builder.centre.report_intake.take(new)
    (listed,) = builder.centre.reports.list(LAN)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(builder.app, host=LOOPBACK, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, 60.0, "the centre answers")
    config = tmp_path / "report-worker.yaml"
    config.write_text(EXAMPLE.read_text("utf-8").replace("https://matthan.example", f"http://{LOOPBACK}:{port}"))
    command = [sys.executable, "-m", "matthan", "edge", "analyse-reports", "--config", str(config)]
    with subprocess.Popen(command, env={"MATTHAN_WORKER_API_KEY": key}, stderr=subprocess.PIPE) as worker:
        try:

            def looked() -> bool:
                (file,) = builder.centre.reports.open(LAN, listed.report_id).files
                return file.analysis is not None and file.analysis.state is AnalysisState.DONE

            wait_until(looked, 120.0, "the worker has looked")
            worker.send_signal(signal.SIGTERM)
            _, log = worker.communicate(timeout=60)
        finally:
            worker.kill()
    assert worker.returncode == 0
    assert b"A citizen's file was looked at" in log
    assert key.encode() not in log
    server.should_exit = True
    thread.join(20)
    builder.close()


def test_a_worker_that_reads_no_plates_or_has_no_key_is_refused() -> None:
    settings = read_worker_settings(EXAMPLE)
    with pytest.raises(ConfigurationError, match="API key"):
        report_worker(settings, folder=EXAMPLE.parent, environ={})
    plateless = settings.model_copy(update={"plates": settings.plates.model_copy(update={"enabled": False})})
    with pytest.raises(ConfigurationError, match="plates"):
        report_worker(plateless, folder=EXAMPLE.parent, environ={"MATTHAN_WORKER_API_KEY": "x"})
