"""Acts of the rules about occupied places: one that stays after the reminder, one that is cleared in two minutes."""

from collections.abc import Mapping

from docs.rules.scene import Act, RoadPoint, Way
from domain.cases.words import Words

_STAYS = Words("Chiếm dụng, được nhắc mà không dọn", "Stays there, though it was reminded")
_CLEARED = Words("Đặt tạm hai phút rồi dọn", "Set down for two minutes, then taken away")
_STAYS_S, _SHORT_S = 1260.0, 120.0


def _occupied(offence: str, place_m: RoadPoint, other_m: RoadPoint, label: str) -> Act:
    return Act(
        offence=offence,
        act=Way(corners=[(0, *place_m), (_STAYS_S, *place_m)], label=label, words=_STAYS),
        lawful=Way(corners=[(0, *other_m), (_SHORT_S, *other_m)], label=label, words=_CLEARED),
    )


PAVEMENTS: Mapping[str, Act] = {
    "PAVEMENT_TRADE": _occupied("PAVEMENT_TRADE", (9, 12), (9, 22), "goods"),
    "VENDOR_STREET": _occupied("VENDOR_STREET", (9, 12), (9, 22), "goods"),
    "PUSHCART": _occupied("PUSHCART", (5.2, 12), (5.2, 22), "cart"),
    "OBSTACLE": _occupied("OBSTACLE", (5.2, 12), (5.2, 22), "things"),
    "MEDIAN_OCCUPY": _occupied("MEDIAN_OCCUPY", (0, 12), (0, 20), "things"),
}
