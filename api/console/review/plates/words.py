"""Texts of the console about number plates; reasons stand in the cases as English sentences."""

from collections.abc import Mapping
from datetime import date

from api.console.words import Language
from domain.cases.case import Case
from domain.instants import HUE_TIME
from domain.plates import reasons as plate_reasons
from domain.plates.grammar import plate_grammar

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
    # of the plate pipeline on the box, which this process does not load; a test holds both together
    "no plate was found on the vehicle": "không tìm thấy biển số trên phương tiện",
    "the plate is too small to read": "biển số quá nhỏ để đọc",
    plate_reasons.MAY_BE_COVERED: (
        "thấy biển số lớn ở nhiều ảnh mà không đọc được: có thể bị che, bẻ cong hoặc bẩn, cần xem tận mắt"
    ),
    "better pictures of the plate were read": "đã đọc những ảnh biển số rõ hơn",
    "not a lawful plate for this vehicle": "không phải biển số hợp lệ của loại phương tiện này",
    "the characters stand as if one were hidden": "các ký tự đứng như thể có một ký tự bị che",
    "another text was agreed": "các lần đọc khác thống nhất một biển số khác",
    "the plate may belong to another vehicle": "biển số có thể của phương tiện khác",
    "the plate is not wholly on the vehicle": "biển số không nằm trọn trên phương tiện",
    "more than one plate was found on the vehicle": "thấy nhiều hơn một biển số trên phương tiện",
    "no plate was read in any picture": "không ảnh nào đọc được biển số",
    "no read is a lawful plate for this vehicle": "không lần đọc nào cho biển số hợp lệ của loại phương tiện này",
    "only one picture shows this plate: two must agree": "chỉ một ảnh cho thấy biển số này, cần hai ảnh thống nhất",
    "the reads do not agree": "các lần đọc không thống nhất",
    "two different plates were read on this track": "đọc được hai biển số khác nhau trên cùng một vệt",
    "a character is doubtful": "có ký tự chưa chắc chắn",
    "a character is doubtful in every picture: it may be covered or spoilt": (
        "có ký tự chưa chắc chắn trong mọi ảnh: có thể bị che hoặc bị hỏng, cần xem tận mắt"
    ),
    "a character may be missing or read twice": "có thể thiếu một ký tự hoặc một ký tự bị đọc hai lần",
    "all pictures are of the same view and it is not sure enough": "các ảnh biển số giống hệt nhau và chưa đủ rõ",
}

COLOURS: Mapping[str, tuple[str, str]] = {
    "white": ("nền trắng", "white ground"),
    "yellow": ("nền vàng", "yellow ground"),
    "blue": ("nền xanh", "blue ground"),
    "red": ("nền đỏ", "red ground"),
}


def format_reason(language: Language, reason: str) -> str:
    """A reason in the reader's language; one that has no translation stays as it stands in the case.

    Examples:
        >>> format_reason("vi", "a bicycle carries no number plate")
        'xe đạp không có biển số'
        >>> format_reason("en", "a bicycle carries no number plate"), format_reason("vi", "new one")
        ('a bicycle carries no number plate', 'new one')
    """
    return REASONS_VI.get(reason, reason) if language == "vi" else reason


def format_colour(language: Language, colour: str) -> str:
    """The colour of a plate's ground.

    Examples:
        >>> format_colour("vi", "yellow"), format_colour("en", "white")
        ('nền vàng', 'white ground')
    """
    pair = COLOURS.get(colour, (colour, colour))
    return pair[0] if language == "vi" else pair[1]


def printed(case: Case) -> str | None:
    """The agreed plate as people write it, such as ``75-F1 123.45``; as it was read where no kind is known."""
    plate = case.plate
    if plate.status != "agreed" or not plate.text:
        return None
    layout = next((read.layout for read in plate.reads if read.text == plate.text), None)
    on = case.began_at.astimezone(HUE_TIME).date()
    lawful = plate_grammar().readings(plate.text, vehicle=None, layout=layout, on=on)
    return next((one.printed for one in lawful if plate.kind in {None, one.kind.id}), plate.text)


def printed_text(text: str, on: date) -> str:
    """A plate that a person entered, as people write it.

    Examples:
        >>> printed_text("75A12345", date(2026, 1, 5))
        '75A-123.45'
    """
    lawful = plate_grammar().readings(text, vehicle=None, layout=None, on=on)
    return lawful[0].printed if lawful else text


def format_kind(language: Language, kind_id: str) -> str:
    """The kind of a plate; one that this version does not know is shown by its id.

    Examples:
        >>> format_kind("en", "kind_of_tomorrow")
        'kind of tomorrow'
    """
    kind = plate_grammar().kind(kind_id)
    if kind is None:
        return kind_id.replace("_", " ")
    return kind.name_vi if language == "vi" else kind.name_en


def province(text: str) -> str | None:
    """The province whose code a plate begins with.

    Examples:
        >>> province("TM1234") is None
        True
    """
    return plate_grammar().provinces.get(text[:2])
