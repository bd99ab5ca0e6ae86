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
        "Chưa chứng minh được: chỉ xem rõ 8 xe, cần hơn 4.000 xe không sai lần nào; biển bị tháo (ảnh ghép) nhận ra "
        "1 trên 7 xe (python -m benchmarks.plates.absent)",
        "not proven: 8 vehicles were seen well enough and over 4,000 without a wrong one are needed; of plates "
        "composed away it notices 1 of 7 (python -m benchmarks.plates.absent)",
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
    "PHONE": Words(
        "Chưa mạng nào thấy điện thoại trong tay: trong 1.105 người đi xe máy báo 2 lần, sai cả 2 "
        "(python -m benchmarks.riders.phones)",
        "no network here sees a phone in a hand: of 1,105 riders two were told, both wrongly "
        "(python -m benchmarks.riders.phones)",
    ),
    "PLATE_OBSCURED": Words(
        "Chỉ nhận ra 27 trên 120 biển bị che (ảnh ghép), chưa biết sai bao nhiêu trên 3.500 xe (python -m "
        "benchmarks.plates.absent); hồ sơ khác có biển như vậy thì cán bộ và công an được báo",
        "it notices 27 of 120 covers composed, and how often it is wrong in 3,500 vehicles is not known (python -m "
        "benchmarks.plates.absent); of other cases reviewer and police are told that a plate may be covered",
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
