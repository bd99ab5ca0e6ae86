"""A form as PDF, Vietnamese with English beside it; what is not known is a line to write on. Always the same bytes."""

from pathlib import Path
from typing import Final

import font_roboto
from fpdf import FPDF

from api.police.forms import FormDocument, FormField

_FONTS: Final = Path(font_roboto.__file__).parent / "files"
_MARGIN_MM: Final = 18
_LABEL_MM: Final = 62
_LINE_MM: Final = 5.6
_LONGEST: Final = 600  # characters of a value; what is longer says that it goes on
_GREY: Final = (90, 90, 90)
_STATE: Final = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
_REMARK: Final = (
    "Điền từ hồ sơ của trung tâm; dòng trống do cơ quan công an điền."
    " Đây là hành vi bị nghi ngờ cho đến khi người có thẩm quyền kết luận."
)


def form_pdf(form: FormDocument) -> bytes:
    """The form on one page, or on more where its texts are long."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(form.as_of)
    pdf.set_title(f"Mẫu số {form.form} - {form.title_vi}")
    pdf.set_lang("vi")
    pdf.set_margins(_MARGIN_MM, _MARGIN_MM)
    pdf.add_font("Roboto", "", _FONTS / "Roboto-Regular.ttf")
    pdf.add_font("Roboto", "B", _FONTS / "Roboto-Bold.ttf")
    pdf.add_page()
    _centred(pdf, f"Mẫu số {form.form} ({form.law})", size=9, align="R")
    for words in _STATE:
        _centred(pdf, words, size=11, bold=True)
    pdf.ln(4)
    _centred(pdf, form.title_vi.upper(), size=15, bold=True)
    _centred(pdf, form.title_en, size=10)
    pdf.ln(4)
    for field in form.fields:
        _field(pdf, field)
    pdf.ln(4)
    pdf.set_text_color(*_GREY)
    pdf.set_font("Roboto", "", 8)
    pdf.multi_cell(0, 4, _REMARK, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _field(pdf: FPDF, field: FormField) -> None:
    if pdf.will_page_break(4 * _LINE_MM):
        pdf.add_page()
    top = pdf.get_y()
    pdf.set_font("Roboto", "B", 9.5)
    pdf.multi_cell(_LABEL_MM, _LINE_MM - 1, field.label_vi, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Roboto", "", 7.5)
    pdf.set_text_color(*_GREY)
    pdf.multi_cell(_LABEL_MM, _LINE_MM - 2, field.label_en, new_x="LMARGIN", new_y="NEXT")
    pdf.set_text_color(0)
    below = pdf.get_y()
    pdf.set_xy(_MARGIN_MM + _LABEL_MM, top)
    pdf.set_font("Roboto", "", 10)
    if field.value is None:
        pdf.cell(0, _LINE_MM, "", border="B", new_x="LMARGIN", new_y="NEXT")
    else:
        pdf.multi_cell(0, _LINE_MM, _short(field.value), new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(max(below, pdf.get_y()) + 1.2)


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… (còn nữa, xem hồ sơ)"


def _centred(pdf: FPDF, words: str, *, size: float, bold: bool = False, align: str = "C") -> None:
    pdf.set_font("Roboto", "B" if bold else "", size)
    pdf.multi_cell(0, size * 0.55, words, align=align, new_x="LMARGIN", new_y="NEXT")
