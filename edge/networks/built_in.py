"""Networks that came with this version and that no setting replaces: checked, and opened when first asked for."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import ModelSpec
from detectors.onnx_detector import Session
from detectors.sessions import open_session
from domain.errors import ConfigurationError, ModelError
from edge.networks.street_network import built_in_manifest

logger = logging.getLogger(__name__)

Spec = TypeVar("Spec", bound=ModelSpec)
Spec_contra = TypeVar("Spec_contra", bound=ModelSpec, contravariant=True)
Network = TypeVar("Network")
Network_co = TypeVar("Network_co", covariant=True)


class _Made(Protocol[Spec_contra, Network_co]):
    """What makes a network of its manifest's entry and its open session."""

    def __call__(self, *, spec: Spec_contra, session: Session) -> Network_co: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInNetwork(Generic[Spec, Network]):
    """One entry of the built-in manifest.

    Attributes:
        name: In the manifest.
        kind: Of the entry.
        made: Of the entry and its open session.
    """

    name: str
    kind: type[Spec]
    made: _Made[Spec, Network]

    def check(self) -> None:
        """See that the weight file is the one that the manifest means, without opening it.

        Raises:
            ConfigurationError: the manifest is wrong.
            ModelError: the weight file is missing or another one.
        """
        read_weights(self._spec())

    def open(self) -> Network:
        """The network, on the CPU.

        Raises:
            ConfigurationError: the manifest is wrong, or the network does not fit it.
            ModelError: the weight file is missing, another one, or cannot be run.
        """
        spec = self._spec()
        return self.made(spec=spec, session=open_session(spec))

    def _spec(self) -> Spec:
        return find_model(read_manifest(built_in_manifest()), self.name, self.kind)


class OpenedOnce(Generic[Network]):
    """One network for a whole process, opened when first asked for.

    Args:
        open_network: opens it.
        absent: what is logged, once, where it cannot be had: the sentence and the action.
    """

    def __init__(self, open_network: Callable[[], Network], absent: tuple[str, str]) -> None:
        self._open = open_network
        self._absent = absent
        self._network: Network | None = None
        self._tried = False

    def __call__(self) -> Network | None:
        """The network; None where it cannot be had."""
        if not self._tried:
            self._tried = True
            try:
                self._network = self._open()
            except (ConfigurationError, ModelError) as error:
                sentence, action = self._absent
                logger.warning(sentence, extra={"action": action, "reason": str(error)})
        return self._network
