"""What a street of several lanes is like, and how much of what happens there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LanesScene:
    """A two-way street along y: the watched half heads north at x > 0, its rightmost lane is kept for some."""

    lanes: int = 3  # of each half
    lane_width_m: float = 3.25
    kept_for: tuple[str, ...] = ("bus",)  # the rightmost lane
    pavement_m: float = 3.2
    solid_y_m: tuple[float, float] = (-5.0, 35.0)  # the line between the leftmost lane and the next
    gates_y_m: tuple[float, float] = (2.0, 26.0)  # a U-turn is banned between them for whoever comes from the south
    side_road_y_m: float | None = 14.0  # a road to the right that is closed to some
    closed_y_m: tuple[float, float] | None = None  # or a stretch of the watched half that is
    closed_to: tuple[str, ...] = ("truck", "car")
    flow_per_h: float = 800.0
    opposing_flow_per_h: float = 350.0
    obstacles_per_min: float = 0.7
    acts_per_min: float = 1.4  # of each rule
    decoys_per_min: float = 0.5  # of each kind

    @property
    def width_m(self) -> float:
        """Of the watched half."""
        return self.lanes * self.lane_width_m

    @property
    def solid_x_m(self) -> float:
        """Where the solid line lies."""
        return self.lane_width_m

    @property
    def kept_x_m(self) -> tuple[float, float]:
        """Left and right edge of the lane that is kept for some."""
        return (self.width_m - self.lane_width_m, self.width_m)

    @property
    def pavement_x_m(self) -> tuple[float, float]:
        """Kerb and wall."""
        return (self.width_m + 0.3, self.width_m + 0.3 + self.pavement_m)

    @property
    def side_road_m(self) -> tuple[float, float, float, float] | None:
        """X and y ranges of the closed side road."""
        if self.side_road_y_m is None:
            return None
        return (self.pavement_x_m[1], self.pavement_x_m[1] + 24.0, self.side_road_y_m - 3.0, self.side_road_y_m + 3.0)
