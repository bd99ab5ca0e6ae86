"""The words that people are shown, in both languages, and those that they are not: one list, checked by a test."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Term(NamedTuple):
    """One notion."""

    vi: str
    en: str
    not_vi: tuple[str, ...] = ()  # said elsewhere for the same; not here
    not_en: tuple[str, ...] = ()


GLOSSARY: Final[Mapping[str, Term]] = {
    "decree_168": Term("Nghị định 168/2024/NĐ-CP", "Decree 168/2024/ND-CP", not_vi=("Nghị định 168/NĐ-CP", "NĐ168")),
    "box": Term("Thiết bị", "Box", not_vi=("Hộp biên", "Máy biên"), not_en=("edge device",)),
    "cancel": Term("Hủy", "Cancel", not_vi=("Huỷ",)),
    "place": Term("Địa điểm", "Place", not_vi=("Vị chí", "Địa đỉêm")),
    "case": Term("Hồ sơ", "Case", not_vi=("Ca vi phạm", "Hồ xơ")),
    "suspected": Term("Nghi vấn", "Suspected", not_vi=("Thủ phạm",)),
    "rule": Term("Luật máy", "Rule", not_vi=("Thuật toán vi phạm",)),
    "review": Term("Rà soát", "Review", not_vi=("Duyệt hồ sơ",)),
    "confirm": Term("Xác nhận", "Confirm", not_vi=("Xác nhân",)),
    "reject": Term("Từ chối", "Reject", not_vi=("Từ trối",)),
    "remind": Term("Nhắc nhở", "Remind", not_vi=("Nhắc nhỡ",)),
    "plate": Term("Biển số", "Plate", not_vi=("Biển kiểm soát", "BKS"), not_en=("licence plate number",)),
    "pavement": Term("Hè phố", "Pavement", not_en=("sidewalk",)),
    "ward": Term("Phường, xã", "Ward", not_vi=("Phường xã",)),
    "shadow": Term("Chạy thử", "Shadow", not_vi=("Chế độ bóng",)),
    "auditor": Term("Kiểm toán", "Auditor"),
    "look_up": Term("Tra cứu", "Look up"),
    "oversight": Term("Điều hành", "Oversight"),
    "clip": Term("Clip", "Clip"),
}
"""By notion. Vietnamese writes decimals with a comma; nobody is shown a unit that only the machine has."""

INTERNAL_UNITS: Final = ("chiều cao khung", "box heights", "box height", "xyxy", "px", "bbox")
"""Units that people are not shown."""
