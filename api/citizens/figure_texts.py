"""Published figures as page, CSV and PDF: the same bytes of the same figures, every time."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import font_roboto
from fpdf import FPDF

from api.citizens.error_report import WHAT_WORDS, ErrorReport, What
from api.citizens.figures import Counts, MonthFigures
from api.citizens.pages import day, number, page
from api.citizens.words import PAGE_WORDS
from api.counts.csv_text import plain_cell
from domain.cases.words import Language
from domain.public_figures import CITY_STATE_WORDS, NO_FIGURE, CityState

CANCELLED_AT_MOST: Final = 0.005  # the city's aim: cancelled after the notice
REFUSED_AT_MOST: Final = 0.05  # and accepted by the police: at least 95 %
_FONTS: Final = Path(font_roboto.__file__).parent / "files"
_MARGIN_MM: Final = 14
_LINE_MM: Final = 6
_NAME_MM: Final = 72
_UNKNOWN_WARD: Final = "?"


def figures_page(
    figures: MonthFigures | None, language: Language, *, months: Sequence[str], reports: Sequence[str]
) -> str:
    """The public page of a month."""
    if figures is None:
        return page("figures", language, path="so-lieu", figures=None, months=months, reports=reports)
    place = 0 if language == "vi" else 1
    say = PAGE_WORDS["no_ward"].of(language)
    return page(
        "figures",
        language,
        path="so-lieu",
        figures=figures,
        made_on=day(figures.made_on),
        months=months,
        reports=reports,
        states=[CITY_STATE_WORDS[state].of(language) for state in CityState],
        total=[(PAGE_WORDS["whole_city"].of(language), _shown(figures.total))],
        by_offence=[(names[place], _shown(numbers)) for *names, numbers in figures.by_offence],
        by_ward=[(say if ward == _UNKNOWN_WARD else ward, _shown(numbers)) for ward, numbers in figures.by_ward],
        by_day=[(day(date.fromisoformat(each)), _shown(numbers)) for each, numbers in figures.by_day],
    )


def figures_csv(figures: MonthFigures) -> str:
    """A month as CSV: one line a day, offence and ward, and the whole."""
    rows: list[tuple[str, str, Counts]] = [("all", figures.month, figures.total)]
    rows += [("day", each, numbers) for each, numbers in figures.by_day]
    rows += [("offence", vi, numbers) for vi, _, numbers in figures.by_offence]
    rows += [("ward", ward, numbers) for ward, numbers in figures.by_ward]
    head = ("by", "name", *(state.value for state in CityState))
    return _csv(head, ((by, name, *_shown(numbers)) for by, name, numbers in rows))


def report_csv(report: ErrorReport) -> str:
    """An error report as CSV: one line an offence, and the whole city first."""
    head = ("month", "offence_vi", "offence_en", *(what.value for what in What))
    first = (report.month, "", "", *(report.total[what] for what in What))
    rest = ((report.month, vi, en, *(each[what] for what in What)) for vi, en, each in report.by_offence)
    return _csv(head, (first, *rest))


def report_pdf(report: ErrorReport) -> bytes:
    """An error report as PDF, Vietnamese with English beside it; dated by its month's end, so it is always the same."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(report.ends_at)
    pdf.set_title(PAGE_WORDS["error_report"].of("vi").format(month=report.month))
    pdf.set_lang("vi")
    pdf.set_margins(_MARGIN_MM, _MARGIN_MM)
    pdf.add_font("Roboto", "", _FONTS / "Roboto-Regular.ttf")
    pdf.add_font("Roboto", "B", _FONTS / "Roboto-Bold.ttf")
    pdf.add_page()
    title = PAGE_WORDS["error_report"]
    _text(pdf, title.of("vi").format(month=report.month), size=16, bold=True)
    _text(pdf, title.of("en").format(month=report.month), size=11)
    pdf.ln(3)
    _numbers(pdf, PAGE_WORDS["whole_city"].of("vi"), PAGE_WORDS["whole_city"].of("en"), report.total)
    _share(pdf, "cancelled_share", report.cancelled_share, CANCELLED_AT_MOST)
    _share(pdf, "refused_share", report.refused_share, REFUSED_AT_MOST)
    for vi, en, numbers in report.by_offence:
        pdf.ln(3)
        _numbers(pdf, vi, en, numbers)
    pdf.ln(4)
    for language in ("vi", "en"):
        words = PAGE_WORDS["counted_to"].of(language).format(seq=report.head_seq, hash=report.head_hash)
        _text(pdf, words, size=8)
    return bytes(pdf.output())


def _numbers(pdf: FPDF, vi: str, en: str, numbers: Mapping[What, int]) -> None:
    _text(pdf, f"{vi} / {en}", size=11, bold=True)
    for what in What:
        words = WHAT_WORDS[what]
        _line(pdf, f"{words.vi} / {words.en}", str(numbers[what]))


def _share(pdf: FPDF, key: str, share: float | None, at_most: float) -> None:
    words, aim = PAGE_WORDS[key], PAGE_WORDS["target_share"].of("vi").format(share=_percent(at_most))
    _line(pdf, f"{words.vi} / {words.en}", f"{'–' if share is None else _percent(share)} ({aim})")


def _percent(share: float) -> str:
    return f"{number(100 * share, 2, 'vi')} %"


def _line(pdf: FPDF, label: str, value: str) -> None:
    pdf.set_font("Roboto", "", 9.5)
    pdf.cell(pdf.epw - _NAME_MM, _LINE_MM, label, border="B")
    pdf.cell(_NAME_MM, _LINE_MM, value, border="B", align="R", new_x="LMARGIN", new_y="NEXT")


def _text(pdf: FPDF, words: str, *, size: float, bold: bool = False) -> None:
    pdf.set_font("Roboto", "B" if bold else "", size)
    pdf.multi_cell(0, size * 0.5, words, new_x="LMARGIN", new_y="NEXT")


def _shown(numbers: Counts) -> tuple[str, ...]:
    return tuple(NO_FIGURE if each is None else str(each) for each in numbers)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([plain_cell(value) for value in row] for row in rows)
    return text.getvalue()
