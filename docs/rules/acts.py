"""One act for each rule, and a drive that looks like it and is none: on the road of the rule's example camera."""

import math
from collections.abc import Mapping
from itertools import pairwise

from docs.rules.alert_acts import ALERTS
from docs.rules.pavement_acts import PAVEMENTS
from docs.rules.scene import Act, Way
from docs.rules.standing_acts import STANDING
from domain.cases.words import Words


def _bend(start_s: float, *corners: tuple[float, float], speed_mps: float) -> list[tuple[float, float, float]]:
    """Corners that are driven at one speed."""
    way = [(start_s, *corners[0])]
    for one, other in pairwise(corners):
        way.append((way[-1][0] + math.dist(one, other) / speed_mps, *other))
    return way


_AROUND = [
    (-0.4 + 3.4 * math.cos(angle / 10 * math.pi), 18 + 5 * math.sin(angle / 10 * math.pi)) for angle in range(11)
]
_LEFT = [(-8 + 10 * math.cos(angle / 20 * math.pi), 16 + 10 * math.sin(angle / 20 * math.pi)) for angle in range(11)]

ACTS: Mapping[str, Act] = {
    "RED_LIGHT": Act(
        offence="RED_LIGHT",
        junction=True,
        act=Way(
            corners=[(0, 1.8, 1), (5, 1.8, 41)],
            label="car",
            words=Words(
                "Qua vạch khi đèn đỏ rồi đi tiếp vào giao lộ", "Over the line under red and on into the junction"
            ),
        ),
        lawful=Way(
            corners=[(0, 5.2, 1), (2, 5.2, 9), (14, 5.2, 9)],
            label="car",
            words=Words("Dừng trước vạch", "Stops before the line"),
        ),
    ),
    "STOP_LINE": Act(
        offence="STOP_LINE",
        junction=True,
        signal=((-60.0, "green"), (-30.0, "red"), (12.0, "green")),
        act=Way(
            corners=[(0, 1.8, 1), (3, 1.8, 15.2), (15, 1.8, 15.2), (18, 1.8, 35)],
            label="car",
            words=Words("Dừng khi đầu xe đã quá vạch, chờ hết đèn đỏ", "Stands over the line until the red ends"),
        ),
        lawful=Way(
            corners=[(0, 5.2, 1), (2, 5.2, 9), (15, 5.2, 9)],
            label="car",
            words=Words("Dừng trước vạch", "Stops before the line"),
        ),
    ),
    "NO_HELMET_DRIVER": Act(
        offence="NO_HELMET_DRIVER",
        act=Way(
            corners=[(0, 2.5, 4), (7, 2.5, 42)],
            label="motorcycle",
            riders=("bare",),
            words=Words("Đầu trần ở mọi lần nhìn", "Bare-headed in every look"),
        ),
        lawful=Way(
            corners=[(0, 4.5, 4), (7, 4.5, 42)],
            label="motorcycle",
            riders=("helmet",),
            words=Words("Có mũ bảo hiểm", "Wears a helmet"),
        ),
    ),
    "NO_HELMET_CARRY": Act(
        offence="NO_HELMET_CARRY",
        act=Way(
            corners=[(0, 2.5, 4), (7, 2.5, 42)],
            label="motorcycle",
            riders=("bare", "bare"),
            words=Words("Cả hai người đều đầu trần", "Both are bare-headed"),
        ),
        lawful=Way(
            corners=[(0, 4.5, 4), (7, 4.5, 42)],
            label="motorcycle",
            riders=("helmet", "helmet"),
            words=Words("Hai người, có mũ bảo hiểm", "Two people with helmets"),
        ),
    ),
    "OVERLOAD_2PAX": Act(
        offence="OVERLOAD_2PAX",
        act=Way(
            corners=[(0, 2.5, 4), (7, 2.5, 42)],
            label="motorcycle",
            riders=("helmet",) * 3,
            words=Words("Ba người trên một xe", "Three people on it"),
        ),
        lawful=Way(
            corners=[(0, 4.5, 4), (7, 4.5, 42)],
            label="motorcycle",
            riders=("helmet", "helmet"),
            words=Words("Hai người, có mũ bảo hiểm", "Two people with helmets"),
        ),
    ),
    "OVERLOAD_3PAX": Act(
        offence="OVERLOAD_3PAX",
        act=Way(
            corners=[(0, 2.5, 4), (7, 2.5, 42)],
            label="motorcycle",
            riders=("helmet",) * 4,
            words=Words("Bốn người trên một xe", "Four people on it"),
        ),
        lawful=Way(
            corners=[(0, 4.5, 4), (7, 4.5, 42)],
            label="motorcycle",
            riders=("helmet", "helmet"),
            words=Words("Hai người, có mũ bảo hiểm", "Two people with helmets"),
        ),
    ),
    "COUNT": Act(
        offence="",
        junction=True,
        act=Way(
            corners=[(0, 1.8, 1), (6, 1.8, 44)],
            label="car",
            words=Words(
                "Qua hai vạch: đếm từng vạch và hướng đi", "Over both gates: counted at each, and its movement"
            ),
        ),
        lawful=Way(
            corners=[(0, 5.2, 1), (2, 5.2, 9), (14, 5.2, 9)],
            label="car",
            words=Words("Chưa qua vạch", "Has not crossed yet"),
        ),
    ),
    "SPEED": Act(
        offence="",
        act=Way(
            corners=[(0, 2.5, 4), (4, 2.5, 42)],
            label="car",
            words=Words("Đi hết làn: đếm theo tốc độ", "Through the lane: counted by its speed"),
        ),
        lawful=Way(
            corners=[(0, 2.5, 4), (2, 2.5, 9), (8, 2.5, 9)],
            label="car",
            words=Words("Chưa đi hết đoạn đường cần thiết", "Has not gone far enough to tell"),
        ),
    ),
    "WRONG_WAY": Act(
        offence="WRONG_WAY",
        act=Way(
            corners=[(0, 3, 40), (6, 3, 4)],
            label="motorcycle",
            words=Words("Chạy ngược chiều", "Against the direction"),
        ),
        lawful=Way(
            corners=[(0, -3, 4), (5, -3, 40)],
            label="motorcycle",
            words=Words("Đi đúng chiều", "With the direction"),
        ),
    ),
    "WRONG_LANE": Act(
        offence="WRONG_LANE",
        act=Way(
            corners=[(0, 5.2, 4), (5, 5.2, 42)],
            label="motorcycle",
            words=Words("Xe máy chạy dọc làn xe buýt", "A motorcycle along the bus lane"),
        ),
        lawful=Way(
            corners=[(0, 1.8, 4), (5, 1.8, 42)],
            label="motorcycle",
            words=Words("Chạy ở làn bên cạnh", "In the lane beside it"),
        ),
    ),
    "LANE_CHANGE": Act(
        offence="LANE_CHANGE",
        act=Way(
            corners=[(0, 1.8, 2), (1, 1.8, 8), (4, 5.2, 24), (6, 5.2, 36)],
            label="car",
            words=Words("Sang làn qua vạch liền", "Changes lanes over the solid line"),
        ),
        lawful=Way(
            corners=[(0, 5.2, 2), (5, 5.2, 36)],
            label="car",
            words=Words("Đi giữa làn của mình", "Stays in its lane"),
        ),
    ),
    "PROHIBITED_ROAD": Act(
        offence="PROHIBITED_ROAD",
        act=Way(
            corners=[(0, 3.5, 3), (6, 3.5, 42)],
            label="truck",
            words=Words("Xe tải đi vào đường cấm xe tải", "A truck drives onto a road that is closed to trucks"),
        ),
        lawful=Way(
            corners=[(0, 1, 3), (5, 1, 42)],
            label="motorcycle",
            words=Words("Xe máy: biển không cấm", "A motorcycle: the sign does not mean it"),
        ),
    ),
    "UTURN": Act(
        offence="UTURN_SIGN",
        junction=True,
        act=Way(
            corners=_bend(0, (3, 3), *_AROUND, (-3.8, 3), speed_mps=5),
            label="car",
            words=Words("Quay đầu ở nơi có biển cấm", "Turns around where a sign forbids it"),
        ),
        lawful=Way(
            corners=[(0, 5.2, 3), (5, 5.2, 48)],
            label="car",
            words=Words("Đi thẳng", "Straight on"),
        ),
    ),
    "UTURN_PLACE": Act(
        offence="UTURN_PLACE",
        junction=True,
        act=Way(
            corners=_bend(0, (3, 3), *_AROUND, (-3.8, 3), speed_mps=5),
            label="car",
            words=Words("Quay đầu trên lối sang đường", "Turns around on the crosswalk"),
        ),
        lawful=Way(
            corners=[(0, 5.2, 3), (5, 5.2, 48)],
            label="car",
            words=Words("Đi thẳng", "Straight on"),
        ),
    ),
    "BANNED_TURN": Act(
        offence="BANNED_TURN",
        junction=True,
        act=Way(
            corners=_bend(0, (2, 3), *_LEFT, (-19, 26), speed_mps=6),
            label="motorcycle",
            words=Words("Rẽ trái ở nơi có biển cấm", "Turns left where a sign forbids it"),
        ),
        lawful=Way(
            corners=[(0, 5.2, 3), (5, 5.2, 48)],
            label="motorcycle",
            words=Words("Đi thẳng", "Straight on"),
        ),
    ),
    "DRIVE_PAVEMENT": Act(
        offence="DRIVE_PAVEMENT",
        act=Way(
            corners=[(0, 8.5, 6), (6, 8.5, 34)],
            label="motorcycle",
            words=Words("Chạy dọc hè phố", "Drives along the pavement"),
        ),
        lawful=Way(
            corners=[(0, 3, 14), (3, 13, 17)],
            label="motorcycle",
            words=Words("Cắt ngang hè vào cổng", "Crosses it to a gate"),
        ),
    ),
    **STANDING,
    **PAVEMENTS,
    **ALERTS,
}
