"""Rows of the violation catalogue that no rule here finds, and why."""

from collections.abc import Iterator, Mapping

from domain.cases.words import Words
from domain.law.catalogue import Catalogue, CatalogueRow
from rules.registry import RULES

WITHOUT_RULE: Mapping[str, Words] = {
    "AWNING_STRUCTURE": Words(
        "Chưa xác nhận được căn cứ pháp lý; mái che có từ trước không phân biệt được với nhà",
        "its law is not confirmed, and an awning that was always there cannot be told from the house",
    ),
    "NO_HELMET_PASSENGER": Words(
        "Biển số không cho biết người ngồi sau là ai", "a plate does not say who the passenger is"
    ),
    "NO_PLATE": Words(
        "Không tìm thấy biển số chưa có nghĩa là xe không có biển",
        "that no plate is found says more of the finder than of the vehicle: it finds none on many that carry one",
    ),
    "PARK_CONGESTION": Words(
        "Không đo được xe nào gây ra ùn tắc", "which of those who stand in a jam caused it is not seen"
    ),
    "PAVEMENT_MACHINERY": Words(
        "Không phân biệt được máy móc với hàng hóa khác", "machinery cannot be told from other goods"
    ),
    "PAVEMENT_NO_PERMIT": Words(
        "Cần tra sổ giấy phép, camera không biết", "only the register of permits knows, and no camera"
    ),
    "PHONE": Words("Chưa có mạng nào nhìn thấy điện thoại trong tay", "no network here sees a phone in a hand"),
    "PLATE_OBSCURED": Words(
        "Biển bị che và biển không đọc được trông như nhau; hồ sơ khác có biển như vậy thì cán bộ được báo",
        "a covered plate and an unread one look alike; of other cases the reviewer is told that a plate may be covered",
    ),
    "SPEED_05_10": Words("Video không phải thiết bị đo tốc độ", "video is no verified speed meter"),
    "SPEED_10_20": Words("Video không phải thiết bị đo tốc độ", "video is no verified speed meter"),
    "SPEED_20": Words("Video không phải thiết bị đo tốc độ", "video is no verified speed meter"),
    "SPEED_20_35": Words("Video không phải thiết bị đo tốc độ", "video is no verified speed meter"),
    "SPEED_35": Words("Video không phải thiết bị đo tốc độ", "video is no verified speed meter"),
}
"""By code."""


def rows_without_rule(catalogue: Catalogue) -> Iterator[CatalogueRow]:
    """The rows, each with its kind of vehicle, that no rule of this installation yields."""
    found = {(code, kind) for rule in RULES.values() for kind, code in rule.OFFENCES.items()}
    return (row for row in catalogue.rows if (row.code, row.vehicle) not in found)
