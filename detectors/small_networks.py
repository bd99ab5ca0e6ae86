"""What the sessions of small networks have in common: one input, one output, our own errors."""

from collections.abc import Sequence

import numpy as np

from detectors.model_specs import ModelSpec
from detectors.onnx_detector import Session
from domain.errors import ConfigurationError, DetectionError
from domain.geometry import Float32Array, Float64Array, ImageBgr


def to_tensor(images_bgr: Sequence[ImageBgr], spec: ModelSpec) -> Float32Array:
    """Pictures of one size as a network's input.

    Args:
        images_bgr: N pictures (h, w, 3).
        spec: names the order of the colours and the scale.

    Returns:
        (N, 3, h, w).
    """
    stacked = np.stack(images_bgr).astype(np.float32)
    if spec.color == "rgb":
        stacked = stacked[..., ::-1]
    return np.ascontiguousarray((stacked * spec.scale).transpose(0, 3, 1, 2), np.float32)


def infer(
    session: Session, spec: ModelSpec, tensor: Float32Array, last_axis: int, axes: int, *, things: str = "plates"
) -> Float32Array:
    """Run a network and see that its answer is what the manifest says.

    Args:
        session: open.
        spec: of its network.
        tensor: (N, 3, h, w).
        last_axis: length of the answer's last axis.
        axes: number of the answer's axes; the first one is N.
        things: what the pictures show, for the message.

    Raises:
        DetectionError: it failed, or answered something else; nothing is known about these pictures.
    """
    try:
        output = np.asarray(session.run(None, {session.get_inputs()[0].name: tensor})[0], np.float32)
    except Exception as e:  # the runtime's errors have no common base
        raise DetectionError(f"{spec.name} failed on {len(tensor)} {things}: {e}") from e
    if output.ndim != axes or len(output) != len(tensor) or output.shape[-1] != last_axis:
        raise DetectionError(f"{spec.name} answered {len(tensor)} {things} with an output of shape {output.shape}")
    if not np.isfinite(output).all():
        raise DetectionError(f"{spec.name} answered with numbers that are not finite")
    return output


def check_shapes(
    session: Session, spec: ModelSpec, sizes_hw: Sequence[tuple[int, int]], answer: Sequence[int | None]
) -> None:
    """Refuse a network whose input or output cannot be what its entry in the manifest says.

    Args:
        session: open.
        spec: of its network.
        sizes_hw: heights and widths that it must take.
        answer: the output's axes after the first, None where any length will do.

    Raises:
        ConfigurationError: it does not fit; the message says what was expected.
    """
    takes, gives = session.get_inputs()[0].shape, session.get_outputs()[0].shape
    for height, width in sizes_hw:
        if not _fits(takes, (None, 3, height, width)):
            raise ConfigurationError(
                f"{spec.name} takes {list(takes)}; family {spec.family!r} needs pictures of {width}x{height}: "
                f"[batch, 3, {height}, {width}] or free axes"
            )
    if not _fits(gives, (None, *answer)):
        wanted = ", ".join("any" if length is None else str(length) for length in answer)
        raise ConfigurationError(f"{spec.name} answers {list(gives)}; family {spec.family!r} needs [batch, {wanted}]")


def _fits(shape: Sequence[int | str | None], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        not isinstance(theirs, int) or ours is None or theirs == ours
        for theirs, ours in zip(shape, wanted, strict=True)
    )


def calibrated(logits: Float32Array, temperature: float) -> Float64Array:
    """Logits to chances (Guo et al. 2017, On Calibration of Modern Neural Networks).

    Args:
        logits: (N, labels).
        temperature: more than 0; higher is less sure.

    Returns:
        (N, labels), each row adding to 1.

    Examples:
        >>> calibrated(np.array([[0.0, 0.0]], np.float32), 1.0)
        array([[0.5, 0.5]])
    """
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    chances: Float64Array = powers / powers.sum(axis=1, keepdims=True)
    return chances
