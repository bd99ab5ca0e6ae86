"""A box whose processor computes the int8 network wrong looks with the full one, and says so."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from deploy.local.servers import NatsBroker, box_user
from edge.networks.street_network import built_in_manifest
from tests.builders.box_process import BoxProcess, camera_document
from tests.builders.damaged_networks import manifest_with_int8, with_weights

pytestmark = pytest.mark.server


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsBroker]:
    users = {"centre": "centre-password", "box-1": box_user("box-1", "box-1-password")}
    with NatsBroker(tmp_path_factory.mktemp("broker"), users=users) as server:
        yield server


def test_it_is_named_on_the_health_page_in_the_metrics_and_in_the_log(tmp_path: Path, broker: NatsBroker) -> None:
    right = (built_in_manifest().parent / "weights" / "street-n.int8.onnx").read_bytes()
    wrong = manifest_with_int8(tmp_path, with_weights(right, np.zeros_like))
    box = BoxProcess(tmp_path, broker, model={"name": "street-n", "manifest_file": str(wrong)})
    try:
        box.put_camera(camera_document("cam-1", "rtsp://127.0.0.1:9/nobody"))
        box.start()
        health = box.health()
        assert health["network"] == "street-n"
        (problem,) = [one for one in health["problems"] if one["code"] == "quantised_not_used"]
        assert "street-n-int8 is not used: on this processor" in problem["text"]
        assert box.metrics()['matthan_problems{camera="",code="quantised_not_used"}'] == 1
        assert "does not see what street-n sees" in box.log_file.read_text("utf-8")
    finally:
        box.close()
