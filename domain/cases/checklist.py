"""What a case must contain, item by item: each checked by code, shown by name with the frame or value that proves it.

The items are those of the city's proposal of what a case must hold (Law on Handling Administrative Violations art. 64,
Decrees 61/2026 and 168/2024, Circular 73/2024). What reviewers alone can tell (context, exemptions) is no item here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, FileRole, Manifest
from domain.cases.words import Words
from domain.instants import HUE_TIME, seconds_between
from domain.plates.by_hand import VEHICLES_WITH_PLATES, carries
from domain.plates.proof import shows_plate
from domain.seen.timeline import SignalState

APART_S = 0.5  # two wide stills of one view
GRACE_S = 0.5  # after the lamp turned red
STOOD_S = 2.0  # over the stop line
ALONG_M = 10.0  # against the direction, or along a pavement
LOOKS = 3
SHARP = 2
TRADE_APART_S = 600.0
_UNKNOWN = "unknown"
_OF_A_CITIZEN = "supplied_by_citizen"


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a case and its package can prove with."""

    case: Case
    manifest: Manifest
    plate_by_hand: str | None = None  # that a person entered

    @property
    def clips(self) -> dict[str, EvidenceFile]:
        """Clips that hold something."""
        return {file.name: file for file in self.manifest.files if file.role == FileRole.CLIP and file.size_bytes}

    @property
    def stills(self) -> list[EvidenceFile]:
        """Full stills that were taken from a clip that was running then, in order of time; copies where no other is."""
        clips = self.clips
        originals = any(file.role == FileRole.STILL_FULL and file.clip for file in self.manifest.files)
        role = FileRole.STILL_FULL if originals else FileRole.STILL_FULL_BLURRED
        found = [
            file
            for file in self.manifest.files
            if file.role == role
            and file.size_bytes
            and file.at is not None
            and (clip := clips.get(file.clip or "")) is not None
            and clip.runs_at(file.at)
        ]
        return sorted(found, key=lambda file: (file.at or self.case.began_at, file.name))

    def still_of(self, *moments: str, red: bool = False) -> str | None:
        """The stills of some decisive moments, all of them; red: the governing lamp showed red at each."""
        by_instant = {file.at: file.name for file in self.stills}
        named = {moment.name: moment for moment in self.case.moments}
        found = []
        for name in moments:
            moment = named.get(name)
            if moment is None or moment.at not in by_instant or (red and moment.signal != SignalState.RED):
                return None
            found.append(by_instant[moment.at])
        return ", ".join(found)

    def at_least(self, name: str, least: float, unit: str = "") -> str | None:
        """A measurement that is large enough, with what it had to be."""
        value = self.case.measurements.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            return None
        return f"{value:g}{unit} ≥ {least:g}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a case must contain."""

    key: str
    words: Words
    check: Callable[[Proofs], str | None]  # what proves it; None: it is missing
    codes: tuple[str, ...] = ()  # beginnings of the offences that it is for; empty: all
    blocks: bool = True  # a case cannot be confirmed without it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An item as it stands with one case."""

    item: Item
    proof: str | None

    @property
    def missing(self) -> bool:
        """Whether nothing proves it."""
        return self.proof is None


def _when(proofs: Proofs) -> str | None:
    case = proofs.case
    if case.clock_error_ms is None:
        return None
    at = case.began_at.astimezone(HUE_TIME).strftime("%d/%m/%Y %H:%M:%S.%f")[:-3]
    return f"{at} +07:00, ± {case.clock_error_ms:.0f} ms"


def _where(proofs: Proofs) -> str | None:
    site = proofs.case.site
    named = (site.camera_id, site.road, site.ward, site.direction)
    position = f"{site.position.latitude_deg:.5f}, {site.position.longitude_deg:.5f}"
    return ", ".join((*named[1:], position)) if all(named) else None


def _camera(proofs: Proofs) -> str | None:
    site = proofs.case.site
    if site.legal_class == _OF_A_CITIZEN:
        return "-"  # whose telephone it was is known to the operations centre alone
    return f"{site.camera_owner}, {site.camera_serial}" if site.camera_owner and site.camera_serial else None


def _camera_kept(proofs: Proofs) -> str | None:
    site = proofs.case.site
    if site.legal_class == _OF_A_CITIZEN:
        return "-"
    if site.camera_installed_on is None or site.camera_checked_on is None:
        return None
    return f"{site.camera_installed_on:%d/%m/%Y}, {site.camera_checked_on:%d/%m/%Y}"


def _legal_class(proofs: Proofs) -> str | None:
    site = proofs.case.site
    if site.legal_class == _OF_A_CITIZEN:
        return site.legal_class  # by the law itself
    return (
        f"{site.legal_class}: {site.legal_paper}"
        if site.legal_class not in {"", _UNKNOWN} and site.legal_paper
        else None
    )


def _two_stills(proofs: Proofs) -> str | None:
    for one, other in combinations(proofs.stills, 2):
        if one.at and other.at and seconds_between(one.at, other.at) >= APART_S:
            return f"{one.name}, {other.name}"
    return None


def _clip(proofs: Proofs) -> str | None:
    clips = proofs.clips.values()
    if not clips or not all(any(clip.runs_at(moment.at) for clip in clips) for moment in proofs.case.moments):
        return None
    return ", ".join(sorted(clip.name for clip in clips))


def _each_moment(proofs: Proofs) -> str | None:
    return proofs.still_of(*(moment.name for moment in proofs.case.moments))


def _overlay(proofs: Proofs) -> str | None:
    return next((file.name for file in proofs.manifest.files if file.role == FileRole.OVERLAY), None)


def _plate(proofs: Proofs) -> str | None:
    case = proofs.case
    if case.violation.vehicle_kind not in {"car", "motorbike"}:
        return case.violation.vehicle_kind  # the place or business is shown, no plate
    read = case.plate.text if case.plate.status == "agreed" else None
    return f"{proofs.plate_by_hand} ✎" if proofs.plate_by_hand else read


def _plate_of_kind(proofs: Proofs) -> str | None:
    """That the plate is carried by such a vehicle; one that is not is as one that nobody read."""
    case, vehicle = proofs.case, proofs.case.violation.vehicle_kind
    if vehicle not in VEHICLES_WITH_PLATES or case.plate.status != "agreed" or proofs.plate_by_hand:
        return "-"  # what a person enters is held against the kind when it is
    day = case.began_at.astimezone(HUE_TIME).date()
    fits = carries(vehicle, case.plate.text or "", kind=case.plate.kind, on=day)
    return (case.plate.kind or vehicle) if fits else None


def _plate_shown(proofs: Proofs) -> str | None:
    if proofs.case.plate.status != "agreed":
        return "-"  # nothing is said of a plate, so nothing has to be shown
    crops = [file.name for file in proofs.manifest.files if file.role == FileRole.PLATE_CROP]
    return ", ".join(crops) if shows_plate(proofs.case, proofs.manifest) else None


def _law(proofs: Proofs) -> str | None:
    violation = proofs.case.violation
    return f"{violation.legal_ref} ({violation.catalogue_version})" if violation.legal_ref else None


def _instrument(proofs: Proofs) -> str | None:
    return "; ".join(proofs.case.site.instruments) or None


def _detector(proofs: Proofs) -> str | None:
    detector = proofs.case.provenance.detector
    if detector is None:
        return "-" if proofs.case.site.legal_class == _OF_A_CITIZEN else None  # people saw it, no network
    return f"{detector.name} {detector.sha256[:12]}"


def _dwell(proofs: Proofs) -> str | None:
    case = proofs.case
    threshold = case.measurements.get("threshold_s", case.provenance.rule_parameters.get("dwell_s"))
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        return None
    return proofs.at_least("dwell_s", float(threshold), " s")


def _trade_apart(proofs: Proofs) -> str | None:
    stills = proofs.stills
    if len(stills) < 2 or not (stills[0].at and stills[-1].at):  # noqa: PLR2004 - a pair
        return None
    apart = seconds_between(stills[0].at, stills[-1].at)
    return f"{stills[0].name}, {stills[-1].name}: {apart:.0f} s" if apart >= TRADE_APART_S else None


_LINE = ("before_line", "after_line")
_OVER = ("over_line", "still_over_line")
_IN_LANE = ("in_lane", "still_in_lane")
_TURN = ("entered_by_gate", "turning", "left_by_gate")
_LOOKED = ("first_look", "middle_look", "last_look")
_RIDERS = ("NO_HELMET", "OVERLOAD")
_TRADE = ("VENDOR_STREET", "PAVEMENT_TRADE")

ITEMS: tuple[Item, ...] = (
    Item(key="time", words=Words("Thời điểm và sai số đồng hồ", "Time and clock error"), check=_when),
    Item(key="place", words=Words("Địa điểm, hướng, phường, tọa độ", "Place, direction, ward, position"), check=_where),
    Item(key="camera", words=Words("Chủ quản và số máy camera", "Camera's owner and serial"), check=_camera),
    Item(
        key="camera_kept",
        words=Words("Ngày lắp và ngày kiểm tra camera", "When the camera was installed and last checked"),
        check=_camera_kept,
    ),
    Item(
        key="legal_class",
        words=Words(
            "Nguồn dữ liệu theo luật và văn bản xác định", "Legal class of the camera, and the paper that gives it"
        ),
        check=_legal_class,
    ),
    Item(
        key="two_stills", words=Words("Hai ảnh rộng cách nhau 0,5 s", "Two wide stills 0.5 s apart"), check=_two_stills
    ),
    Item(key="moments", words=Words("Ảnh mỗi thời điểm quyết định", "A still of each moment"), check=_each_moment),
    Item(key="clip", words=Words("Đoạn phim gốc phủ mọi thời điểm", "Original clip over every moment"), check=_clip),
    Item(
        key="caption",
        words=Words("Lớp phủ: giờ, nơi, đèn", "Side-car: time, place, lamp"),
        check=_overlay,
    ),
    Item(
        key="plate",
        words=Words("Biển số đọc được hoặc nhập tay (✎)", "Plate read, or entered by hand (✎)"),
        check=_plate,
        blocks=False,
    ),
    Item(
        key="plate_of_kind",
        words=Words("Biển số thuộc loại xe đã báo", "Plate of the kind of vehicle that is told"),
        check=_plate_of_kind,
        blocks=False,
    ),
    Item(
        key="plate_shown",
        words=Words("Ảnh cận và ảnh đầy đủ của biển số", "Plate shown, close and full"),
        check=_plate_shown,
    ),
    Item(key="law", words=Words("Căn cứ và phiên bản danh mục", "Law and catalogue version"), check=_law),
    Item(
        key="instrument",
        words=Words("Biển, vạch, văn bản đang hiệu lực", "Sign, marking or order in force"),
        check=_instrument,
    ),
    Item(key="detector", words=Words("Mạng đã phát hiện", "Detecting network"), check=_detector),
    Item(
        key="red_before_and_after",
        words=Words("Trước vạch và sau vạch, đèn vẫn đỏ", "Before and past the line, red at both"),
        check=lambda proofs: proofs.still_of(*_LINE, red=True),
        codes=("RED_LIGHT",),
    ),
    Item(
        key="red_for",
        words=Words("Đèn đã đỏ ít nhất 0,5 s", "Red for at least 0.5 s"),
        check=lambda proofs: proofs.at_least("red_before_crossing_s", GRACE_S, " s"),
        codes=("RED_LIGHT",),
    ),
    Item(
        key="over_line_red",
        words=Words("Đè vạch khi đèn đỏ", "Over the line under red"),
        check=lambda proofs: proofs.still_of(*_OVER, red=True),
        codes=("STOP_LINE",),
    ),
    Item(
        key="stood",
        words=Words("Dừng ít nhất 2 s", "Stood for at least 2 s"),
        check=lambda proofs: proofs.at_least("stood_at_least_s", STOOD_S, " s"),
        codes=("STOP_LINE",),
    ),
    Item(
        key="against",
        words=Words("Đi ngược chiều ít nhất 10 m", "At least 10 m against the direction"),
        check=lambda proofs: proofs.at_least("against_direction_m", ALONG_M, " m"),
        codes=("WRONG_WAY",),
    ),
    Item(
        key="along",
        words=Words("Chạy dọc hè ít nhất 10 m", "At least 10 m along the pavement"),
        check=lambda proofs: proofs.at_least("along_pavement_m", ALONG_M, " m"),
        codes=("DRIVE_PAVEMENT",),
    ),
    Item(
        key="on_line",
        words=Words("Bánh xe đè vạch liền trong 3 hình", "On the solid line in 3 pictures"),
        check=lambda proofs: proofs.at_least("sightings_on_line", LOOKS),
        codes=("LANE_CHANGE",),
    ),
    Item(
        key="dwell",
        words=Words("Đứng quá ngưỡng nơi này", "Stood beyond the threshold here"),
        check=_dwell,
        codes=("PARK_",),
    ),
    Item(
        key="first_and_last",
        words=Words("Ảnh lần đầu và lần cuối", "First and last sighting"),
        check=lambda proofs: proofs.still_of("first_sighting", "last_sighting"),
        codes=("PARK_",),
    ),
    Item(
        key="looks",
        words=Words("Nhìn rõ trong 3 hình", "Seen clearly in 3 pictures"),
        check=lambda proofs: proofs.at_least("looks", LOOKS) and proofs.still_of(*_LOOKED),
        codes=(*_RIDERS, "PHONE"),
    ),
    Item(
        key="sharp",
        words=Words("Biển số nhìn rõ trong 2 hình", "The plate seen sharply in 2 pictures"),
        check=lambda proofs: proofs.at_least("looks", SHARP) and _two_stills(proofs),
        codes=("PLATE_OBSCURED",),
    ),
    Item(
        key="permit_register",
        words=Words("Kết quả tra sổ giấy phép, có ngày", "Dated answer of the permit register"),
        check=lambda _: None,  # no register is connected, and no camera sees a permit
        codes=("PAVEMENT_NO_PERMIT",),
    ),
    Item(
        key="in_lane",
        words=Words("Trong làn cấm ở hai thời điểm", "In the lane at two moments"),
        check=lambda proofs: proofs.still_of(*_IN_LANE),
        codes=("WRONG_LANE",),
    ),
    Item(
        key="whole_turn",
        words=Words("Cả đường rẽ", "The whole turn"),
        check=lambda proofs: proofs.still_of(*_TURN),
        codes=("UTURN", "BANNED_TURN"),
    ),
    Item(
        key="ten_minutes",
        words=Words("Hai ảnh cách nhau 10 phút", "Stills ten minutes apart"),
        check=_trade_apart,
        codes=_TRADE,
    ),
    Item(
        key="meter",
        words=Words("Số đo của thiết bị đã kiểm định", "Reading of a verified meter"),
        check=lambda _: None,  # no such device is connected, and a video estimate is never a case
        codes=("SPEED_",),
    ),
)


def checklist(case: Case, manifest: Manifest, plate_by_hand: str | None = None) -> tuple[Checked, ...]:
    """Every item that an offence asks for, in order, with what proves it.

    Args:
        case: the suspected act.
        manifest: of its package; whether the files are whole is checked elsewhere.
        plate_by_hand: that a person entered; it stands where the networks read none, or another.
    """
    proofs = Proofs(case, manifest, plate_by_hand)
    code = case.violation.code
    asked = (item for item in ITEMS if not item.codes or code.startswith(item.codes))
    return tuple(Checked(item=item, proof=item.check(proofs) or None) for item in asked)


def missing_musts(case: Case, manifest: Manifest) -> tuple[str, ...]:
    """Keys of the items without which the case cannot be confirmed."""
    return tuple(each.item.key for each in checklist(case, manifest) if each.missing and each.item.blocks)
