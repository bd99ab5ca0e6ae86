"""The ground of one camera's zones over time; what a camera run asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from detectors.surface.empty_states import EmptyStates
from detectors.surface.ground import Ground, ground_of
from detectors.surface.network import SurfaceNetwork
from detectors.surface.sight import MARGIN, hiding, is_lit
from detectors.surface.surround import Surround
from detectors.surface.water_watch import WaterWatch
from detectors.surface.zone_bank import ZoneBank
from domain.camera import Zone
from domain.errors import DetectionError
from domain.geometry import Float32Array, SizeWh
from domain.instants import seconds_between
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from domain.seen.looks import SurfaceChange, SurfaceReading, SurfaceUnknown
from domain.seen.view import ViewState

LOOK_EVERY_S: Final = 2.0
KEEP_EVERY_S: Final = 300.0
"""So often what was learned is worth a new copy."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """One picture, as all zones need it."""

    frame: Frame
    hiding_xyxy_px: Float32Array  # (m, 4) those who come and go
    held: frozenset[str]


class SurfaceWatch:
    """Looks at zones every two seconds; used by one thread.

    What lies in a zone while it is learned, for the first ten minutes, belongs to its empty state.

    Args:
        banks: what was learned before, by zone.
        model_sha256: of the weights with which it was learned; other weights learn anew.
        waters: looks at low spots.
    """

    def __init__(
        self, banks: dict[str, ZoneBank] | None = None, model_sha256: str = "", waters: WaterWatch | None = None
    ) -> None:
        self.waters = waters if waters is not None else WaterWatch()
        self._revision = 0
        self.banks: dict[str, ZoneBank] = banks if banks is not None else {}
        self.model_sha256 = model_sha256
        self._grounds: dict[str, Ground] = {}
        self._surrounds: dict[str, Surround] = {}
        self._looked_at: datetime | None = None
        self._kept_at: datetime | None = None

    @property
    def revision(self) -> int:
        """Grows when a new copy is worth keeping."""
        return self._revision + self.waters.revision

    def see(
        self,
        frame: Frame,
        detections: Detections,
        zones: Iterable[Zone],
        *,
        network: SurfaceNetwork | None,
        view: ViewState,
        held: frozenset[str] = frozenset(),
    ) -> tuple[SurfaceReading, ...]:
        """Look at zones if it is time to.

        Args:
            frame: the picture.
            detections: of people and vehicles in it, in its own pixels: they hide the ground.
            zones: whose ground a rule asks for.
            network: None: it cannot be had.
            view: what is believed of the camera's view. One that moved forgets everything.
            held: ids of the zones in which a rule tells of something.

        Returns:
            A reading for each zone, boxes in pixels of the evidence stream; nothing where it is not time yet.
        """
        at, before = frame.captured_at, self._looked_at
        if before is not None and 0 <= seconds_between(before, at) < LOOK_EVERY_S:
            return ()
        self._looked_at = at
        if view is ViewState.MOVED:
            self._forget()
        if network is not None and network.model.sha256 != self.model_sha256:
            self._forget()
            self.model_sha256 = network.model.sha256
        readings = tuple(self._reading(zone, _Sight(frame, hiding(detections), held), network, view) for zone in zones)
        self._note_age(at)
        return readings

    def _reading(self, zone: Zone, sight: _Sight, network: SurfaceNetwork | None, view: ViewState) -> SurfaceReading:
        found: SurfaceUnknown | tuple[SurfaceChange, ...]
        if network is None:
            found = SurfaceUnknown.NO_NETWORK
        elif view.stops_rules:
            found = SurfaceUnknown.VIEW
        else:
            found = self._read(zone, sight, network)
        at = sight.frame.captured_at
        if isinstance(found, SurfaceUnknown):
            return SurfaceReading(zone_id=zone.id, at=at, unknown=found)
        return SurfaceReading(zone_id=zone.id, at=at, changes=found)

    def _forget(self) -> None:
        if self.banks:
            self._revision += 1
        self.banks = {}

    def _note_age(self, at: datetime) -> None:
        if self._kept_at is None or not 0 <= seconds_between(self._kept_at, at) < KEEP_EVERY_S:
            self._revision += self._kept_at is not None
            self._kept_at = at

    def _read(self, zone: Zone, sight: _Sight, network: SurfaceNetwork) -> SurfaceUnknown | tuple[SurfaceChange, ...]:
        """What lies there, or why that is not known."""
        frame = sight.frame
        bank, ground = self._of(zone, frame, network)
        if ground.small:
            return SurfaceUnknown.SMALL
        crop_bgr = ground.cut(frame.image_bgr)
        if not is_lit(crop_bgr):
            return SurfaceUnknown.DARK
        try:
            vectors = network.look(crop_bgr)
        except DetectionError:
            return SurfaceUnknown.NO_NETWORK
        clear = ~ground.covered(sight.hiding_xyxy_px, MARGIN)
        around, blocks = tuple(ground.around.T), tuple(ground.blocks.T)
        visible = clear[blocks]
        unknown = bank.see(
            frame.captured_at,
            vectors[blocks],
            visible,
            ground,
            held=zone.id in sight.held,
            lit_anew=self._surrounds[zone.id].is_lit_anew(vectors[around], clear[around]),
        )
        scale = _scale(frame.resolution_wh, frame.evidence_wh or frame.resolution_wh)
        return bank.changes(visible, ground, scale) if unknown is None else unknown

    def _of(self, zone: Zone, frame: Frame, network: SurfaceNetwork) -> tuple[ZoneBank, Ground]:
        """A zone's bank and ground; begun where it is new, or drawn or pictured otherwise than before."""
        bank, ground = self.banks.get(zone.id), self._grounds.get(zone.id)
        wh = frame.resolution_wh
        same = bank is not None and (bank.polygon_norm, bank.picture_wh) == (zone.polygon_norm, wh)
        if bank is None or ground is None or not same:
            ground = self._grounds[zone.id] = ground_of(zone.polygon_norm, wh, network.block_px)
            self._surrounds[zone.id] = Surround()
        if bank is None or not same:
            bank = self.banks[zone.id] = ZoneBank(
                polygon_norm=zone.polygon_norm,
                picture_wh=wh,
                states=EmptyStates.none_yet(ground.blocks, network.channels),
                begun_at=frame.captured_at,
            )
        return bank, ground


def _scale(from_wh: SizeWh, to_wh: SizeWh) -> tuple[float, float]:
    return (to_wh[0] / from_wh[0], to_wh[1] / from_wh[1])
