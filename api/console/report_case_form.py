"""The form with which an operator makes a case of a citizen's report."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from nicegui import ui

from api.citizens.analyses import picture_name
from api.citizens.decoding import VIDEO
from api.citizens.report_cases import ReportedAct
from api.citizens.reported import Report, ReportFile
from api.console.moment_pictures import MomentPicture, MomentPictures
from api.console.visitor import Visitor
from api.principals import Principal
from domain.camera import Position
from domain.cases.shown_acts import moments_of
from domain.errors import Invalid
from domain.instants import HUE_TIME
from domain.law.catalogue import CatalogueRow, built_in_catalogue
from domain.plates.by_hand import VEHICLES_WITH_PLATES

_FORM: Final = "%d/%m/%Y %H:%M:%S"
_LINES: Final = ("road", "ward", "direction", "instrument")


class ReportCaseForm:
    """The form of one report.

    Args:
        visitor: an operator.
        report: that waits, with its files.
    """

    def __init__(self, visitor: Visitor, report: Report) -> None:
        self._visitor = visitor
        self._report = report
        self._vi = visitor.language == "vi"
        self._rows = [
            row
            for row in built_in_catalogue().rows
            if moments_of(row.code) and row.vehicle in VEHICLES_WITH_PLATES and row.effective_to is None
        ]
        self._pictures = [
            self._picture(file, number, picture.offset_s)
            for file in report.files
            if file.analysis is not None and file.analysis.findings is not None
            for number, picture in enumerate(file.analysis.findings.pictures, start=1)
        ]
        self._lines: dict[str, ui.input] = {}
        self._moments: dict[str, MomentPictures] = {}

    def build(self) -> None:
        """Lay out the form; where no worker has looked at the files, why there is none."""
        say = self._visitor.say
        with ui.expansion(say("report_case")).classes("mt-note"):
            ui.label(say("report_case_hint")).classes("mt-hint")
            if not self._pictures:
                ui.label(say("report_case_no_pictures")).classes("mt-alert")
                return
            offences = {number: self._name(row) for number, row in enumerate(self._rows)}
            self._offence = ui.select(offences, label=say("citizen_offence"), with_input=True, on_change=self._ask)
            self._offence.props("dense outlined").classes("mt-note")
            self._lay_out_moments()
            self._line("acted_at", self._time())
            for name in _LINES:
                self._line(name, self._report.ward if name == "ward" else "")
            place = next((file for file in self._report.files if file.latitude_deg is not None), None)
            self._line("position", self._place(place))
            self._line("note", "")
            button = ui.button(say("report_case_make"), on_click=self._make)
            button.props("no-caps unelevated color=green-10")

    def _picture(self, file: ReportFile, number: int, offset_s: float) -> MomentPicture:
        name = picture_name(file.name, number)
        url = f"/api/v1/reports/{self._report.report_id}/files/{name}"
        seconds = f"{offset_s:.1f}".replace(".", "," if self._vi else ".")
        words = f"{file.name} · {seconds} s" if file.media_type == VIDEO else file.name
        return MomentPicture(name=name, url=url, words=words)

    def _name(self, row: CatalogueRow) -> str:
        vehicle = self._visitor.say(f"report_case.{row.vehicle}")
        return f"{row.name_vi if self._vi else row.name_en} ({vehicle})"

    def _line(self, name: str, value: str) -> None:
        field = ui.input(self._visitor.say(f"report_case.{name}"), value=value)
        self._lines[name] = field.props("dense outlined maxlength=200").classes("mt-note")

    def _time(self) -> str:
        said = next((file.taken_at for file in self._report.files if file.taken_at), self._report.acted_at)
        return said.astimezone(HUE_TIME).strftime(_FORM) if said else ""

    @staticmethod
    def _place(file: ReportFile | None) -> str:
        return "" if file is None else f"{file.latitude_deg:.6f}, {file.longitude_deg:.6f}"

    def _lay_out_moments(self) -> None:
        """The pictures for each moment of any offence, once: what somebody chose is never redrawn."""
        for name in dict.fromkeys(name for row in self._rows for name in moments_of(row.code)):
            self._moments[name] = MomentPictures(name, self._pictures, self._visitor.language)

    def _ask(self) -> None:
        """Show the moments that the chosen offence has."""
        wanted = self._wanted()
        for name, choice in self._moments.items():
            choice.show(so=name in wanted)

    def _wanted(self) -> tuple[str, ...]:
        return () if self._offence.value is None else moments_of(self._rows[int(self._offence.value)].code)

    async def _make(self) -> None:
        report = self._report

        def step(who: Principal) -> tuple[str]:
            act = self._act()
            made = self._visitor.centre.report_cases.make(who, report.report_id, act, expected_version=report.version)
            return (str(made),)

        answer = await self._visitor.do(step)
        if answer is not None:
            ui.navigate.to(f"/?lang={self._visitor.language}&case={answer[0]}")

    def _act(self) -> ReportedAct:
        if self._offence.value is None:
            raise Invalid("an accepted report names an offence of the catalogue, another none")
        row = self._rows[int(self._offence.value)]
        said = {name: str(field.value or "").strip() for name, field in self._lines.items()}
        return ReportedAct(
            offence_code=row.code,
            vehicle_kind=row.vehicle,
            acted_at=_instant(said["acted_at"]),
            position=_position(said["position"]),
            moments={name: self._moments[name].chosen for name in self._wanted() if self._moments[name].chosen},
            note=said["note"],
            **_of(said, _LINES),
        )


def _of(said: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: said[name] for name in names}


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=HUE_TIME).astimezone(UTC)
    except ValueError as error:
        raise Invalid("write the time as day/month/year hour:minute:second") from error


def _position(text: str) -> Position:
    try:
        latitude, longitude = (float(part) for part in text.split(","))
        return Position(latitude_deg=latitude, longitude_deg=longitude)
    except ValueError as error:
        raise Invalid("write the place as latitude, longitude") from error
