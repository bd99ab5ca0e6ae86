"""One page in Vietnamese that a citizen can read: what, where, when, by which law, and how it can be checked."""

import io
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import font_roboto
from fpdf import FPDF
from PIL import Image

from api.cases.case_rows import StoredCase
from domain.cases.act_words import MOMENT_WORDS
from domain.cases.evidence import EvidenceFile, FileRole
from domain.cases.words import KIND_WORDS
from domain.instants import HUE_TIME, from_text
from domain.plates.reading import PlateReading
from domain.plates.reasons import MAY_BE_COVERED
from plumbing.seals import Custody

_FONTS: Final = Path(font_roboto.__file__).parent / "files"
_MARGIN_MM: Final = 16
_LABEL_MM: Final = 46
_LINE_MM: Final = 5.4
_PICTURES: Final = 2
_GREY: Final = (90, 90, 90)
_CAUTION: Final = (
    "Đây là hành vi bị nghi ngờ do máy phát hiện và cán bộ đã xem, xác nhận. Chỉ người có thẩm quyền kết luận vi phạm. "
    "Người nhận có quyền xem hình ảnh của vụ việc của mình và khiếu nại theo pháp luật."
)
_CHECK: Final = (
    "Cách kiểm tra: hồ sơ gốc (tệp ZIP) có chữ ký số của thiết bị và của trung tâm; lệnh `matthan verify HO-SO.zip` "
    "cho biết từng tệp còn nguyên vẹn hay không, không cần mạng."
)


def summary_pdf(
    stored: StoredCase,
    custody: Custody,
    *,
    sealed_at: datetime,
    picture: Callable[[str], bytes],
    not_hidden: Collection[str] = (),
) -> bytes:
    """The page.

    Args:
        stored: the case.
        custody: its steps.
        sealed_at: the page's own date.
        picture: gives a file of the package; asked for blurred pictures only.
        not_hidden: names of blurred pictures on which somebody could be known; they are not printed.
    """
    page = FPDF(format="A4")
    page.set_creation_date(sealed_at)
    page.set_title(f"Vụ việc {stored.case_id}")
    page.set_lang("vi")
    page.set_margins(_MARGIN_MM, _MARGIN_MM)
    page.set_auto_page_break(False)
    page.add_font("Roboto", "", _FONTS / "Roboto-Regular.ttf")
    page.add_font("Roboto", "B", _FONTS / "Roboto-Bold.ttf")
    page.add_page()
    page.set_font("Roboto", "B", 15)
    page.multi_cell(0, 7, "Tóm tắt vụ việc nghi vi phạm", new_x="LMARGIN", new_y="NEXT")
    page.set_font("Roboto", "", 9)
    page.set_text_color(*_GREY)
    page.multi_cell(0, 5, f"Mã vụ việc: {stored.case_id}", new_x="LMARGIN", new_y="NEXT")
    page.set_text_color(0)
    page.ln(2)
    for label, value in summary_lines(stored, custody, sealed_at):
        _line(page, label, value)
    page.ln(2)
    _pictures(page, stored, picture, not_hidden)
    page.set_font("Roboto", "", 9)
    for words in (_CAUTION, _CHECK):
        page.multi_cell(0, 4.6, words, new_x="LMARGIN", new_y="NEXT")
        page.ln(1.5)
    return bytes(page.output())


def summary_lines(stored: StoredCase, custody: Custody, sealed_at: datetime) -> Iterator[tuple[str, str]]:
    """What the page says, by label."""
    case, site = stored.case, stored.case.site
    plate, kind = case.plate, KIND_WORDS.get(case.subject.vehicle_kind)
    yield "Hành vi nghi vi phạm", stored.name_vi
    yield "Căn cứ pháp lý", stored.case.violation.legal_ref
    yield "Thời gian", f"{_local(case.began_at)} đến {_local(case.ended_at)}"
    error = case.clock_error_ms
    yield "Sai số đồng hồ", "không rõ" if error is None else f"không quá {error / 1000:.2f} giây".replace(".", ",")
    yield "Địa điểm", stored.where
    yield "Tọa độ (WGS-84)", f"{site.position.latitude_deg:.5f}; {site.position.longitude_deg:.5f}".replace(".", ",")
    yield "Thiết bị", " · ".join(part for part in (site.camera_name, site.camera_serial, site.camera_owner) if part)
    yield "Phương tiện", case.subject.vehicle_kind if kind is None else kind.of("vi")
    by_hand = stored.plate_by_hand
    read = plate_words(plate)
    yield "Biển số", read if by_hand is None else f"{by_hand} (người rà soát nhập tay; máy đọc: {read})"
    yield "Biển báo, vạch, văn bản", "; ".join(site.instruments) or "không ghi"
    yield "Thiết bị phát hiện", f"quy tắc {case.provenance.rule} {case.provenance.rule_version}"
    confirmed = [entry for entry in custody.entries if entry.action == "confirm"]
    if confirmed:
        yield (
            "Cán bộ xác nhận",
            "; ".join(f"{each.actor.partition(':')[2]}, {_local(from_text(each.at))}" for each in confirmed),
        )
    yield "Niêm phong hồ sơ", f"{_local(sealed_at)}; {len(stored.manifest.files)} tệp, {len(custody.entries)} bước"


def plate_words(plate: PlateReading) -> str:
    """The plate, or that it is unread; that it may be covered is told, an offence of its own to be looked at.

    Examples:
        >>> plate_words(PlateReading(status="unread", reason="the reads do not agree"))
        'không đọc được'
    """
    if plate.status == "agreed":
        return plate.text or ""
    if plate.reason == MAY_BE_COVERED:
        return "không đọc được dù thấy lớn ở nhiều ảnh: có thể bị che, bẻ cong hoặc bẩn, cần xem tận mắt"
    return "không đọc được"


def _local(instant: datetime) -> str:
    return instant.astimezone(HUE_TIME).strftime("%H:%M:%S ngày %d/%m/%Y (+07:00)")


def _line(page: FPDF, label: str, value: str) -> None:
    top = page.get_y()
    page.set_font("Roboto", "B", 10)
    page.multi_cell(_LABEL_MM, _LINE_MM, label, new_x="RIGHT", new_y="TOP")
    page.set_font("Roboto", "", 10)
    page.set_xy(_MARGIN_MM + _LABEL_MM, top)
    page.multi_cell(0, _LINE_MM, value[:400], new_x="LMARGIN", new_y="NEXT")


def _pictures(page: FPDF, stored: StoredCase, picture: Callable[[str], bytes], not_hidden: Collection[str]) -> None:
    """The first and the last decisive moment, side by side, from blurred copies; none where there is none.

    What a box sent under such a name and is no picture keeps no case from the police: the package holds it as it came.
    """
    copies = [file for file in stored.manifest.files if file.role is FileRole.STILL_FULL_BLURRED and file.moment]
    shown = [file for file in copies if file.name not in not_hidden]
    read = [(file, picture(file.name)) for file in shown[:1] + shown[1:][-1:]]
    chosen = [(file, content) for file, content in read if _is_jpeg(content)]
    if not chosen:
        return
    width, top, heights = (page.epw - 4) / _PICTURES, page.get_y(), [0.0]
    for place, (file, content) in enumerate(chosen):
        left = _MARGIN_MM + place * (width + 4)
        drawn = page.image(io.BytesIO(content), x=left, y=top, w=width)
        page.set_font("Roboto", "", 8)
        page.set_xy(left, top + drawn.rendered_height + 1)
        page.cell(width, 4, _caption(file))
        heights.append(drawn.rendered_height)
    page.set_xy(_MARGIN_MM, top + max(heights) + 7)


def _is_jpeg(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as opened:
            opened.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


def _caption(file: EvidenceFile) -> str:
    words = MOMENT_WORDS.get(file.moment or "")
    name = words.of("vi") if words else (file.moment or "")
    return f"{name} · {_local(file.at)} · người và biển số khác đã che" if file.at else name
