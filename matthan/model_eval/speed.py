"""What a network costs: CPU milliseconds of one look, networks taking turns, and the memory of the process."""

import resource
import statistics
import time
from collections.abc import Mapping, Sequence

from detectors.model_specs import ModelSpec
from matthan.model_eval.fitness import trial

_WARM_UP = 3


def cpu_ms(specs: Sequence[ModelSpec], rounds: int) -> Mapping[str, float]:
    """Median CPU milliseconds of one look by network; one thread each, in turns, so that a busy machine hits all.

    A detector, a corner finder or a head classifier looks at one picture of its input size, with everything the
    product does around the network; a plate reader reads two plates, one of each layout, and half of that is reported.

    Raises:
        ConfigurationError: a network does not fit its entry.
        ModelError: a weight file is missing, another one, or cannot be run.
        DetectionError: an inference failed.
    """
    runs = {spec.name: (trial(spec), 2 if spec.task == "plate-read" else 1) for spec in specs}
    spent_ms: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + _WARM_UP):
        for name, (run, pictures) in runs.items():
            began_s = time.process_time()
            run()
            if turn >= _WARM_UP:
                spent_ms[name].append(1000 * (time.process_time() - began_s) / pictures)
    return {name: statistics.median(values) for name, values in spent_ms.items()}


def peak_memory_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
