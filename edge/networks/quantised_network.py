"""The network that a box looks with where there is an int8 form of it: that one, if this processor runs it right."""

import hashlib
import logging
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import onnxruntime
from pydantic import BaseModel, ConfigDict, ValidationError

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import DetectorSpec, ModelSpec
from detectors.onnx_detector import OnnxDetector
from detectors.self_test import TOLD, VERSION, Agreement, compare
from detectors.sessions import open_session
from domain.errors import ConfigurationError, DetectionError, FileError, ModelError
from edge.configuration.settings import ModelSettings
from edge.networks.street_network import manifest_of, open_detector
from plumbing.files import make_private_folder, replace_private

logger = logging.getLogger(__name__)

RESULT_FILE: Final = "self-test.json"
_CPU_FILE: Final = Path("/proc/cpuinfo")
_CPU_KEYS: Final = (
    *("vendor_id", "model name", "cpu family", "model", "stepping", "microcode", "flags", "Features"),
    *("CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision"),  # of ARM
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookingNetwork:
    """What a box looks with."""

    detector: OnnxDetector
    refusal: str | None  # why the int8 form is not used though there is one


class Conditions(BaseModel):
    """All that the answer of a self-test depends on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int  # of the test
    full_sha256: str
    quantised_sha256: str
    runtime: str
    processor: str
    threads: int  # inside one operator, as the box looks: sums are divided otherwise
    batch_size: int


class SelfTestResult(BaseModel):
    """The answer of the last self-test."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conditions: Conditions
    agreement: Agreement


def open_looking_network(settings: ModelSettings, folder: Path, *, data_dir: Path) -> LookingNetwork:
    """The detector of a box, shared by its cameras: the int8 form on a processor that runs it right, else the full one.

    The self-test runs when network, runtime or processor are others than at the last start.

    Args:
        settings: names the network, or its int8 form, which means the same.
        folder: a relative manifest path counts from here.
        data_dir: of the box; keeps the result of the self-test.

    Raises:
        ConfigurationError: manifest, name or execution provider are wrong.
        ModelError: the weight file of the full network is missing, another one, or cannot be run.
    """
    full, quantised = _forms(settings, folder)
    refusal = None
    if quantised is not None and settings.provider == "cpu":
        refusal = _refusal(full, quantised, settings, data_dir / RESULT_FILE)
        if refusal is None:
            try:
                return LookingNetwork(detector=open_detector(quantised, settings), refusal=None)
            except ModelError as error:  # it passed at an earlier start, and its file is another one since
                refusal = _not_used(quantised, error)
    return LookingNetwork(detector=open_detector(full, settings), refusal=refusal)


def check_looking_network(settings: ModelSettings, folder: Path) -> None:
    """See that the weight files of a box's network, and of its int8 form on a CPU, are those that the manifest means.

    Neither is opened.

    Raises:
        ConfigurationError: the manifest is wrong or does not list the network.
        ModelError: a weight file is missing or another one.
    """
    full, quantised = _forms(settings, folder)
    for spec in (full, quantised if settings.provider == "cpu" else None):
        if spec is not None:
            read_weights(spec)


def _forms(settings: ModelSettings, folder: Path) -> tuple[DetectorSpec, DetectorSpec | None]:
    """The full network that settings mean, and its int8 form where there is one."""
    specs = read_manifest(manifest_of(settings, folder))
    named = find_model(specs, settings.name, DetectorSpec)
    full = find_model(specs, named.quantised_of, DetectorSpec) if named.quantised_of else named
    return full, quantised_form(specs, full)


def quantised_form(specs: tuple[ModelSpec, ...], full: DetectorSpec) -> DetectorSpec | None:
    """The int8 form of a network, where a manifest lists one.

    Raises:
        ConfigurationError: it lists one that cannot take the other's place.
    """
    for spec in specs:
        if isinstance(spec, DetectorSpec) and spec.quantised_of == full.name:
            if (spec.labels, spec.input_wh, spec.stride) != (full.labels, full.input_wh, full.stride):
                raise ConfigurationError(
                    f"{spec.name} cannot be the int8 form of {full.name}: "
                    "labels, input_size_wh and stride must be the same"
                )
            return spec
    return None


def run_self_test(full: DetectorSpec, quantised: DetectorSpec, *, threads: int = 1, batch_size: int = 1) -> Agreement:
    """Try the int8 form of a network against it on this processor.

    Args:
        full: the network.
        quantised: its int8 form.
        threads: as the box looks.
        batch_size: pictures in one inference, as the box looks.

    Raises:
        ConfigurationError: one of them is not what its entry says.
        DetectionError: one of them fails at looking.
        ModelError: a weight file is missing, another one, or cannot be run.
    """
    one, other = (
        OnnxDetector(spec=spec, session=open_session(spec, threads=threads), score_threshold=TOLD, max_batch=batch_size)
        for spec in (full, quantised)
    )
    return compare(one, other)


def _refusal(full: DetectorSpec, quantised: DetectorSpec, settings: ModelSettings, file: Path) -> str | None:
    conditions = Conditions(
        version=VERSION,
        full_sha256=full.sha256,
        quantised_sha256=quantised.sha256,
        runtime=onnxruntime.__version__,
        processor=processor(),
        threads=settings.threads,
        batch_size=settings.batch_size,
    )
    known = _read(file)
    if known is None or known.conditions != conditions:
        try:
            agreement = run_self_test(full, quantised, threads=settings.threads, batch_size=settings.batch_size)
        except (ConfigurationError, DetectionError, ModelError) as error:
            return _not_used(quantised, error)
        known = SelfTestResult(conditions=conditions, agreement=agreement)
        _keep(file, known)
    agreement = known.agreement
    fields = {"action": "self_test", "network": quantised.name, "agreed": agreement.agreed, "sure": agreement.sure}
    if agreement.right:
        logger.info("self-test: %s sees what %s sees", quantised.name, full.name, extra=fields)
        return None
    logger.error("self-test: %s does not see what %s sees", quantised.name, full.name, extra=fields)
    return f"{quantised.name} is not used: on this processor it does not see what {full.name} sees: {agreement}"


def _not_used(quantised: DetectorSpec, error: Exception) -> str:
    logger.error("self-test: %s cannot be tried: %s", quantised.name, error, extra={"action": "self_test_failed"})
    return f"{quantised.name} is not used: {error}"


def processor(file: Path = _CPU_FILE) -> str:
    """What tells one kind of processor from another, as a hash; a virtual machine that moves gets another one.

    Args:
        file: where Linux describes its processors.
    """
    try:
        first = file.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    except OSError:
        first = ""
    known = (line for line in first.splitlines() if line.split(":")[0].strip() in _CPU_KEYS)
    return hashlib.sha256("\n".join([platform.machine(), platform.processor(), *known]).encode()).hexdigest()


def _read(file: Path) -> SelfTestResult | None:
    try:
        return SelfTestResult.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:  # the test is run again, so nothing is lost
        logger.warning("the last self-test cannot be read: %s", error, extra={"action": "self_test_unreadable"})
        return None


def _keep(file: Path, result: SelfTestResult) -> None:
    try:
        make_private_folder(file.parent)
        replace_private(file, result.model_dump_json().encode())
    except FileError as error:  # it runs again at the next start
        logger.warning("the self-test cannot be kept: %s", error, extra={"action": "self_test_not_kept"})
