"""Stop lines, gates and lamps of one approach: which lamp governs which way on, said once and completely."""

from collections.abc import Iterator

from domain.camera import CameraConfig, LineKind
from matthan.drawing.mistake import Mistake


def approach_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    """Lamps that govern nobody, ways that two lamps govern, gates without ways on, and lamps that are never asked."""
    yield from _stop_line_mistakes(camera)
    yield from _movement_mistakes(camera)
    if any(line.kind is LineKind.STOP_LINE for line in camera.lines):
        yield from _lamps_of_nobody(camera)


def _lamps_of_nobody(camera: CameraConfig) -> Iterator[Mistake]:
    governing = {line.signal for line in camera.lines} | {movement.signal for movement in camera.movements}
    asked = governing | {use.parameters.get("signal") for use in camera.rules}
    for index, signal in enumerate(camera.signals):
        if signal.id not in asked:
            problem = f"signal {signal.id} governs no stop line and no movement"
            remedy = "name it as `signal` of its stop line or movement, or leave it out"
            yield Mistake(("signals", index), problem, remedy, certain=False)


def _stop_line_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    first: dict[str, tuple[str, str | None]] = {}
    for index, line in enumerate(camera.lines):
        if line.gate is None:
            continue
        if line.kind is not LineKind.STOP_LINE:
            problem = f"line {line.id}: a stop line has a gate, not a {line.kind}"
            yield Mistake(("lines", index, "gate"), problem, "leave it out, or make it a stop line", certain=False)
            continue
        ways = [movement for movement in camera.movements if movement.from_gate == line.gate]
        if not ways:
            problem = f"line {line.id}: no movement begins at its gate {line.gate}"
            remedy = "describe every way on from that gate, or leave the gate out"
            yield Mistake(("lines", index, "gate"), problem, remedy)
        other, signal = first.setdefault(line.gate, (line.id, line.signal))
        shared = [movement.id for movement in ways if movement.signal is None and not movement.on_red]
        if signal != line.signal and shared:
            problem = (
                f"line {line.id}: {other} has the same gate {line.gate} and another signal, so two lamps govern "
                f"{', '.join(shared)}"
            )
            remedy = "give each of these movements its own `signal`, or each line a gate of its own"
            yield Mistake(("lines", index, "signal"), problem, remedy)


def _movement_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    approached = {line.gate for line in camera.lines if line.kind is LineKind.STOP_LINE}
    for index, movement in enumerate(camera.movements):
        if (movement.signal is None and not movement.on_red) or movement.from_gate in approached:
            continue
        key = "on_red" if movement.on_red else "signal"
        problem = f"movement {movement.id} says `{key}`, but no stop line names {movement.from_gate} as its gate"
        yield Mistake(("movements", index, key), problem, f"add `gate: {movement.from_gate}` to its stop line")
