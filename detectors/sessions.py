"""ONNX Runtime sessions, opened the one way that suits a box with many cameras."""

from collections.abc import Mapping
from typing import Literal

import onnxruntime as ort

from detectors.manifest import read_weights
from detectors.model_specs import ModelSpec
from domain.errors import ConfigurationError, ModelError

Provider = Literal["cpu", "openvino", "cuda"]

PROVIDERS: Mapping[str, str] = {
    "cpu": "CPUExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cuda": "CUDAExecutionProvider",
}
_PACKAGES = {
    "cpu": "onnxruntime",
    "openvino": "onnxruntime-openvino, in place of onnxruntime",
    "cuda": "onnxruntime-gpu, in place of onnxruntime",
}


def available_providers() -> tuple[str, ...]:
    """The providers of this installation by the names used in settings.

    Examples:
        >>> "cpu" in available_providers()
        True
    """
    offered = set(ort.get_available_providers())
    return tuple(name for name, theirs in PROVIDERS.items() if theirs in offered)


def open_session(spec: ModelSpec, *, provider: str = "cpu", threads: int = 1) -> ort.InferenceSession:
    """Open a network; one session serves all cameras and threads of a process.

    One thread and no spinning is the default, because spinning threads eat the cores that decoding needs.

    Args:
        spec: which network; its hash is checked.
        provider: "cpu", "openvino" or "cuda"; never another one than was asked for.
        threads: threads inside one operator, at least 1.

    Raises:
        ConfigurationError: the provider is unknown or this installation does not offer it.
        ModelError: the file cannot be read or is no network that the runtime can run.
        ModelIntegrityError: the file is not the one that the manifest means.
    """
    theirs = PROVIDERS.get(provider)
    if theirs is None:
        msg = f"provider {provider!r} is unknown, use one of {', '.join(PROVIDERS)}"
        raise ConfigurationError(msg)
    if provider not in available_providers():
        msg = (
            f"provider {provider!r} is not in this installation, which offers {', '.join(available_providers())}; "
            f"it comes with the package {_PACKAGES[provider]}"
        )
        raise ConfigurationError(msg)
    if threads < 1:
        msg = f"threads must be at least 1, got {threads}"
        raise ConfigurationError(msg)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    weights = read_weights(spec)
    try:
        session = ort.InferenceSession(weights, options, providers=[theirs])
    except Exception as e:  # the runtime's errors have no common base
        msg = f"the network {spec.name} cannot be opened with provider {provider!r}: {e}"
        raise ModelError(msg) from e
    if session.get_providers()[0] != theirs:  # the runtime falls back in silence
        msg = f"provider {provider!r} could not be started, the runtime chose {session.get_providers()[0]} instead"
        raise ConfigurationError(msg)
    return session
