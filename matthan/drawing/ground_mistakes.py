"""Zones whose ground a rule asks for and that are too small in the picture to tell anything of it."""

from collections.abc import Iterator

from detectors.surface.ground import LEAST_BLOCKS, ground_of
from domain.camera import CameraConfig
from domain.seen.looks import Look
from matthan.drawing.mistake import Mistake
from rules.fact_rule import FactRule
from rules.registry import RULES, read_use

_BLOCK_PX = 16


def ground_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    """One for each such zone, by the size of the reference still."""
    asked = zones_asked(camera)
    for index, zone in enumerate(camera.zones):
        if zone.id not in asked:
            continue
        blocks = len(ground_of(zone.polygon_norm, camera.reference_still_wh, _BLOCK_PX).blocks)
        if blocks < LEAST_BLOCKS:
            problem = (
                f"zone {zone.id} holds {blocks} blocks of {_BLOCK_PX} pixels, of {LEAST_BLOCKS} needed to tell "
                "what lies on its ground"
            )
            yield Mistake(("zones", index, "polygon_norm"), problem, "draw more of the ground", certain=False)


def zones_asked(camera: CameraConfig) -> frozenset[str]:
    """Ids of the zones whose ground a rule of the camera asks for; a rule with wrong parameters asks for nothing."""
    return frozenset(
        place
        for use in camera.rules
        if isinstance(rule := RULES.get(use.rule), FactRule) and Look.SURFACE in rule.LOOKS
        if not isinstance(checked := read_use(camera, use), tuple)
        for place in rule.place_ids(camera, checked.parameters)
    )
