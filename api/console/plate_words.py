"""What the console says of number plates; reasons stand in the cases as English sentences."""

from collections.abc import Mapping

from api.console.words import Language
from domain import plate_reasons

REASONS_VI: Mapping[str, str] = {
    plate_reasons.NOT_READ_YET: "biển số chưa được đọc",
    plate_reasons.NO_READER: "hộp này không cài bộ đọc biển số",
    "no plate reader is configured on this box": "hộp này không cài bộ đọc biển số",
    plate_reasons.BICYCLE: "xe đạp không có biển số",
    plate_reasons.NO_VEHICLE: "hồ sơ không phải về một phương tiện",
    plate_reasons.NO_MEDIA: "hồ sơ không có video để đọc biển số",
    plate_reasons.NOT_OBSERVED: "không thấy phương tiện trong ảnh nào của các clip trong hồ sơ",
    plate_reasons.NOT_DECODED: "không giải mã được ảnh nào của phương tiện từ các clip trong hồ sơ",
    plate_reasons.NOT_KEPT: "không lưu được ảnh cho thấy biển số",
    plate_reasons.READING_FAILED: "việc đọc biển số gặp lỗi",
    plate_reasons.REPLAYED_LOG: "chạy lại từ nhật ký phát hiện, không có ảnh",
    plate_reasons.REPLAYED_PICTURES: "chạy lại từ thư mục ảnh, không có video gốc",
}

COLOURS: Mapping[str, tuple[str, str]] = {
    "white": ("nền trắng", "white ground"),
    "yellow": ("nền vàng", "yellow ground"),
    "blue": ("nền xanh", "blue ground"),
    "red": ("nền đỏ", "red ground"),
}


def say_reason(language: Language, reason: str) -> str:
    """A reason in the reader's language; one that has no translation is told as it stands in the case.

    Examples:
        >>> say_reason("vi", "a bicycle carries no number plate")
        'xe đạp không có biển số'
        >>> say_reason("en", "a bicycle carries no number plate"), say_reason("vi", "new one")
        ('a bicycle carries no number plate', 'new one')
    """
    return REASONS_VI.get(reason, reason) if language == "vi" else reason


def say_colour(language: Language, colour: str) -> str:
    """The colour of a plate's ground.

    Examples:
        >>> say_colour("vi", "yellow"), say_colour("en", "white")
        ('nền vàng', 'white ground')
    """
    pair = COLOURS.get(colour, (colour, colour))
    return pair[0] if language == "vi" else pair[1]
