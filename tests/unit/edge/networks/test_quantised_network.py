"""The int8 form of a network looks only on a processor where it sees what the full one sees."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detectors.painted_streets import painted_street
from domain.errors import ConfigurationError, ModelError
from edge.configuration.settings import ModelSettings
from edge.networks import quantised_network
from edge.networks.quantised_network import RESULT_FILE, open_looking_network, processor
from edge.networks.street_network import built_in_manifest
from tests.builders.damaged_networks import Int8Array, manifest_with_int8, with_weights

QUANTISED = built_in_manifest().parent / "weights" / "street-n.int8.onnx"
SHIPPED = ModelSettings(name="street-n")


def with_int8(folder: Path, quantised: bytes) -> ModelSettings:
    return ModelSettings(name="street-n", manifest_file=manifest_with_int8(folder, quantised).name)


@pytest.mark.parametrize("name", ["street-n", "street-n-int8"])
def test_the_int8_form_looks_where_it_sees_the_same(tmp_path: Path, name: str) -> None:
    looking = open_looking_network(ModelSettings(name=name), Path(), data_dir=tmp_path / "data")
    assert looking.refusal is None
    assert looking.detector.model.name == "street-n-int8"
    assert len(looking.detector.look([painted_street(1)])[0]) >= 3


def _signs_lost(share: float) -> Callable[[Int8Array], Int8Array]:
    rng = np.random.default_rng(0)
    return lambda weights: np.where(rng.random(len(weights)) < share, -weights.astype(np.int16), weights).astype(
        np.int8
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda weights: np.clip(weights, -100, 100), id="saturated"),
        pytest.param(_signs_lost(0.001), id="one sign in a thousand"),
        pytest.param(np.zeros_like, id="nothing"),
    ],
)
def test_one_that_computes_wrong_never_looks_and_the_full_one_does(
    tmp_path: Path, change: Callable[[Int8Array], Int8Array]
) -> None:
    settings = with_int8(tmp_path, with_weights(QUANTISED.read_bytes(), change))
    looking = open_looking_network(settings, tmp_path, data_dir=tmp_path / "data")
    assert looking.detector.model.name == "street-n"
    assert looking.refusal is not None
    assert "on this processor it does not see what street-n sees" in looking.refusal
    again = open_looking_network(settings, tmp_path, data_dir=tmp_path / "data")
    assert again.refusal == looking.refusal


def test_one_whose_file_is_damaged_stops_no_box(tmp_path: Path) -> None:
    settings = with_int8(tmp_path, QUANTISED.read_bytes())
    (tmp_path / "int8.onnx").write_bytes(b"half")
    looking = open_looking_network(settings, tmp_path, data_dir=tmp_path / "data")
    assert looking.detector.model.name == "street-n"
    assert looking.refusal is not None
    assert "is not the file that the manifest names" in looking.refusal
    text = (tmp_path / "mine.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text.replace("street-n.onnx", "absent.onnx"), "utf-8")
    with pytest.raises(ModelError, match="street-n cannot be read"):
        open_looking_network(settings, tmp_path, data_dir=tmp_path / "data")


def test_a_result_holds_until_network_runtime_or_processor_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested: list[str] = []
    run_self_test = quantised_network.run_self_test
    monkeypatch.setattr(
        quantised_network,
        "run_self_test",
        lambda full, int8, **how: (tested.append(int8.sha256), run_self_test(full, int8, **how))[1],
    )
    open_looking_network(SHIPPED, Path(), data_dir=tmp_path)
    open_looking_network(SHIPPED, Path(), data_dir=tmp_path)
    assert len(tested) == 1
    for key, other in {
        **dict.fromkeys(("full_sha256", "quantised_sha256", "runtime", "processor"), "another"),
        **dict.fromkeys(("version", "threads", "batch_size"), 0),
    }.items():
        document = json.loads((tmp_path / RESULT_FILE).read_text("utf-8"))
        document["conditions"][key] = other
        (tmp_path / RESULT_FILE).write_text(json.dumps(document), "utf-8")
        before = len(tested)
        open_looking_network(SHIPPED, Path(), data_dir=tmp_path)
        assert len(tested) == before + 1, key
    (tmp_path / RESULT_FILE).write_text("{", "utf-8")
    assert open_looking_network(SHIPPED, Path(), data_dir=tmp_path).refusal is None


def test_a_file_that_is_another_one_since_the_test_passed_stops_no_box(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = with_int8(tmp_path, QUANTISED.read_bytes())
    assert open_looking_network(settings, tmp_path, data_dir=tmp_path / "data").refusal is None
    (tmp_path / "int8.onnx").write_bytes(QUANTISED.read_bytes()[:-1])
    looking = open_looking_network(settings, tmp_path, data_dir=tmp_path / "data")
    assert looking.detector.model.name == "street-n"
    assert looking.refusal is not None
    assert "is not the file that the manifest names" in looking.refusal
    assert "is not the file that the manifest names" in caplog.text
    (tmp_path / "int8.onnx").unlink()
    assert open_looking_network(settings, tmp_path, data_dir=tmp_path / "data").detector.model.name == "street-n"


def test_another_network_under_its_name_stops_no_box(tmp_path: Path) -> None:
    other = (built_in_manifest().parent / "weights" / "heads.onnx").read_bytes()
    looking = open_looking_network(with_int8(tmp_path, other), tmp_path, data_dir=tmp_path / "data")
    assert looking.detector.model.name == "street-n"
    assert looking.refusal is not None


def test_it_is_tried_as_the_box_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[dict[str, int]] = []
    run_self_test = quantised_network.run_self_test
    monkeypatch.setattr(
        quantised_network,
        "run_self_test",
        lambda full, int8, **how: (tried.append(how), run_self_test(full, int8, **how))[1],
    )
    for threads, batch_size in ((1, 1), (2, 1), (2, 4), (2, 4)):
        settings = ModelSettings(name="street-n", threads=threads, batch_size=batch_size)
        assert open_looking_network(settings, Path(), data_dir=tmp_path).refusal is None
    assert tried == [{"threads": threads, "batch_size": batch} for threads, batch in ((1, 1), (2, 1), (2, 4))]


def test_a_result_that_cannot_be_kept_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder belongs", "utf-8")
    assert open_looking_network(SHIPPED, Path(), data_dir=tmp_path / "data").refusal is None


def test_a_form_with_other_labels_cannot_take_the_place(tmp_path: Path) -> None:
    settings = with_int8(tmp_path, QUANTISED.read_bytes())
    text = (tmp_path / "mine.toml").read_text("utf-8")
    head, tail = text.split('name = "street-n-int8"')
    (tmp_path / "mine.toml").write_text(
        head + 'name = "street-n-int8"' + tail.replace('"person"', '"pedestrian"', 1), "utf-8"
    )
    with pytest.raises(ConfigurationError, match="cannot be the int8 form of street-n"):
        open_looking_network(settings, tmp_path, data_dir=tmp_path / "data")


def test_a_processor_is_told_by_its_kind_and_not_by_its_speed_or_number(tmp_path: Path) -> None:
    def described(**changes: str) -> str:
        lines = {"model name": "A", "microcode": "1", "flags": "avx2", "cpu MHz": "2000", "processor": "0", **changes}
        text = "\n".join(f"{key}\t: {value}" for key, value in lines.items())
        (tmp_path / "cpuinfo").write_text(f"{text}\n\n{text}\n", "utf-8")
        return processor(tmp_path / "cpuinfo")

    usual = described()
    assert described(processor="1") == usual
    assert described(**{"cpu MHz": "3100"}) == usual
    assert described(flags="avx2 avx_vnni") != usual
    assert described(microcode="2") != usual
    assert processor(tmp_path / "absent") == processor(tmp_path / "absent")
