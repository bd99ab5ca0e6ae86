"""Looks a box or camera file through before it runs: every fault at once, and warnings for what will stop it later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detectors.manifest import read_manifest
from domain.camera import CameraConfig, Mode, RuleUse, VehicleSide
from domain.errors import ConfigurationError, ConfigurationFaults, Fault, ModelError
from domain.event import FindingKind
from edge.configuration.camera_files import find_camera_files, read_camera_files
from edge.configuration.settings import BoxSettings
from edge.networks.head_network import check_head_network, figures_of, measured_figures
from edge.networks.lamp_network import LAMP_FIT
from edge.networks.plate_networks import check_plate_networks
from edge.networks.quantised_network import check_looking_network
from edge.networks.street_network import built_in_manifest
from edge.networks.surface_network import SURFACE
from matthan.drawing.calibration import described
from matthan.drawing.ground_mistakes import zones_asked
from matthan.drawing.mistakes import drawing_mistakes
from plumbing.secret_values import read_secret
from plumbing.signing import BoxSigner
from plumbing.yaml_documents import Place, YamlDocument, read_yaml, validated
from rules.kit.ground import MIN_POINTS
from rules.proof import MeasuredFigures
from rules.registry import RULES, RULES_AT_A_LINE, RULES_AT_A_SIGNAL

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a look at some files found."""

    faults: tuple[Fault, ...] = ()  # it cannot run so, or would judge wrongly
    warnings: tuple[Fault, ...] = ()  # it can run, but likely not as meant
    sound: tuple[str, ...] = ()  # files without a fault


def check_files(paths: Iterable[Path], environ: Mapping[str, str]) -> Findings:
    """Look through box and camera files, and the camera files that box files name.

    Args:
        paths: the files; what kind each is shows in its content.
        environ: where secrets are looked for; only whether they are there is reported.
    """
    faults: list[Fault] = []
    warnings: list[Fault] = []
    sound: list[str] = []
    figures = figures_of(read_manifest(built_in_manifest()))
    cameras: dict[Path, Path] = {}  # by resolved path: a file may be named twice, by hand and by its box
    for path in paths:
        try:
            document = read_yaml(path)
            kind = _kind_of(document)
            if kind == "camera":
                cameras[path.resolve()] = path
            if kind != "box":
                faults.extend(_unknown(document) if kind is None else ())
                continue
            settings = validated(document, BoxSettings)
        except ConfigurationFaults as error:
            faults.extend(error.faults)
            continue
        found = _box_faults(document, settings)
        faults.extend(found)
        warnings.extend(_box_warnings(document, settings, environ))
        for camera_path in _cameras_of(settings, path):
            cameras.setdefault(camera_path.resolve(), camera_path)
        if not found:
            figures |= measured_figures(settings.model, settings.heads, path.resolve().parent)
            sound.append(f"{path}: box {settings.box_id}")
    for name, answer in read_camera_files(cameras.values()).items():
        if isinstance(answer, ConfigurationFaults):
            faults.extend(answer.faults)
        elif isinstance(answer, CameraConfig):
            found_here = _camera_findings(read_yaml(Path(name)), answer, environ, figures)
            faults.extend(found_here.faults)
            warnings.extend(found_here.warnings)
            sound.extend(found_here.sound)
    return Findings(faults=tuple(faults), warnings=tuple(warnings), sound=tuple(sound))


def _kind_of(document: YamlDocument) -> Literal["box", "camera"] | None:
    if "box_id" in document.content:
        return "box"
    return "camera" if document.content.keys() & {"stream", "reference_still_wh", "id"} else None


def _unknown(document: YamlDocument) -> tuple[Fault, ...]:
    remedy = "a box file has `box_id:`, a camera file `id:` and `stream:`"
    return (document.fault((), "this is neither a box file nor a camera file", remedy),)


def _cameras_of(settings: BoxSettings, path: Path) -> tuple[Path, ...]:
    try:
        return find_camera_files(settings.cameras, path.resolve().parent)
    except ConfigurationError:
        return ()  # reported by _box_faults


def _box_faults(document: YamlDocument, settings: BoxSettings) -> list[Fault]:
    folder = document.path.resolve().parent
    faults = []
    for index, pattern in enumerate(settings.cameras):
        try:
            find_camera_files([pattern], folder)
        except ConfigurationError as error:
            faults.append(document.fault(("cameras", index), str(error), "correct the pattern or write the file"))
    try:
        check_looking_network(settings.model, folder)
    except (ConfigurationError, ModelError) as error:
        faults.append(document.fault(("model",), str(error), "name a network of the manifest whose file is whole"))
    try:
        check_plate_networks(settings.plates, folder)
    except (ConfigurationError, ModelError) as error:
        remedy = "name networks of the manifest for these tasks whose files are whole, or set enabled: false"
        faults.append(document.fault(("plates",), str(error), remedy))
    try:
        check_head_network(settings.heads, folder)
    except (ConfigurationError, ModelError) as error:
        remedy = "name a network of the manifest for the task heads whose file is whole"
        faults.append(document.fault(("heads",), str(error), remedy))
    return faults


def _box_warnings(document: YamlDocument, settings: BoxSettings, environ: Mapping[str, str]) -> Iterable[Fault]:
    folder = document.path.resolve().parent
    centre, mqtt = settings.centre, settings.mqtt
    yield from _missing_secret(document, ("centre",), centre.api_key_env, centre.api_key_file, environ)
    yield from _missing_secret(document, ("mqtt",), mqtt.password_env, mqtt.password_file, environ)
    try:
        BoxSigner.load(folder / settings.box_key_file)
    except ConfigurationError as error:
        yield document.fault(("box_key_file",), str(error), "the box does not start without its key")
    if not mqtt.tls and mqtt.host not in _LOOPBACK:
        yield document.fault(("mqtt", "tls"), "cases would travel unencrypted", "set tls: true")
    if centre.url.startswith("http://") and centre.url.split("://")[1].split(":")[0].split("/")[0] not in _LOOPBACK:
        yield document.fault(("centre", "url"), "evidence would travel unencrypted", "use https://")
    if settings.health.bind_address not in _LOOPBACK:
        problem = "the health page can be read from outside the box"
        yield document.fault(("health", "bind_address"), problem, "keep it on 127.0.0.1 or behind a firewall")


def _camera_findings(
    document: YamlDocument, camera: CameraConfig, environ: Mapping[str, str], figures: MeasuredFigures
) -> Findings:
    mistakes = drawing_mistakes(camera)
    named = {item: document.fault(item.place, item.problem, item.remedy) for item in mistakes}
    wrong = tuple(fault for item, fault in named.items() if item.certain)
    doubtful = tuple(fault for item, fault in named.items() if not item.certain)
    rules = ", ".join(f"{use.rule} ({use.mode.value})" for use in camera.rules) or "no rules"
    line = f"{document.path}: camera {camera.id}, version {camera.version}, {rules}; {described(camera)}"
    return Findings(
        faults=wrong,
        warnings=(*_camera_warnings(document, camera, environ, figures), *doubtful),
        sound=() if wrong else (line,),
    )


def _camera_warnings(
    document: YamlDocument, camera: CameraConfig, environ: Mapping[str, str], figures: MeasuredFigures
) -> Iterable[Fault]:
    stream = camera.stream
    yield from _missing_secret(document, ("stream",), stream.password_env, stream.password_file, environ)
    if not camera.rules:
        yield document.fault((), "no rule runs at this camera", "add rules, or leave it as a camera that only watches")
    at_line = sorted({use.rule for use in camera.rules} & RULES_AT_A_LINE)
    if camera.sees is None and at_line:
        problem = (
            f"it is not said whether this camera sees fronts or rears of vehicles, which {', '.join(at_line)} must know"
        )
        yield document.fault(
            (), problem, "add `sees: fronts`, `rears` or `both`; until then each vehicle's heading decides"
        )
    if any(use.mode is not Mode.SHADOW for use in camera.rules):
        yield from _unconfirmable(document, camera)
    yield from _fronts_unmeasured(document, camera)
    yield from _nobody_looks_first(document, camera)
    yield from _exits_unnamed(document, camera)
    yield from _networks_absent(document, camera)
    for index, use in enumerate(camera.rules):
        instruments = [*(zone.instrument for zone in camera.zones), *(line.instrument for line in camera.lines)]
        instruments += [movement.instrument for movement in camera.movements]
        if use.mode is Mode.ENFORCE and not any(instruments):
            problem = f"{use.rule} is enforced, and no zone, line or movement names the sign or decision behind it"
            yield document.fault(("rules", index), problem, "fill in `instrument:` of its zone, line or movement")
        yield from _held_in_shadow(document, index, use, figures)
        if use.rule in RULES_AT_A_SIGNAL and camera.signals and use.parameters.get("signal") is None:
            problem = f"{use.rule} does not say at which signal vehicles wait in its zones: who waits alone is told"
            yield document.fault(("rules", index), problem, "name it as `signal`, if any vehicle waits for one there")


_NEEDED_IN_A_CASE = {
    "direction": (
        "which traffic this camera sees",
        '`direction:`, for instance "về cầu Trường Tiền" or "cả hai hướng"',
    ),
    "owner": ("who answers for this camera", '`owner:`, for instance "IOC Huế"'),
    "serial": ("which device this is", "`serial:`, make and serial number as they stand on it"),
    "installed_on": ("when this device was installed", "`installed_on:`, a date as 2024-05-31"),
    "checked_on": ("when it was last checked", "`checked_on:`, a date as 2026-05-31"),
    "legal_class": ("whose device this is in the sense of the law", "`legal_class:`, once it is settled in writing"),
    "legal_paper": ("which paper says whose device it is", "`legal_paper:`, its number and date"),
}


def _unconfirmable(document: YamlDocument, camera: CameraConfig) -> Iterable[Fault]:
    """What every case must say, and what only the camera's file can tell."""
    for name, (what, add) in _NEEDED_IN_A_CASE.items():
        if getattr(camera, name) in {"", "unknown", None}:
            yield document.fault((), f"it is not said {what}, and no case without it can be confirmed", f"add {add}")


def _held_in_shadow(document: YamlDocument, index: int, use: RuleUse, figures: MeasuredFigures) -> Iterable[Fault]:
    rule = RULES.get(use.rule)
    why = rule.why_shadow(figures) if rule is not None else None
    if use.mode is not Mode.SHADOW and rule is not None and why is not None:
        problem = (
            f"{use.rule} runs in shadow whatever is written here: {why.en} · luôn chạy thử, dù tệp ghi gì: {why.vi}"
        )
        opens = "better weights open it" if rule.PROOF else "a version that was measured to be right oftener opens it"
        yield document.fault(("rules", index, "mode"), problem, f"write mode: shadow; {opens}")


def _networks_absent(document: YamlDocument, camera: CameraConfig) -> Iterable[Fault]:
    """Networks that came with this version, which this camera asks for, and which are not what they should be."""
    if zones_asked(camera):
        try:
            SURFACE.check()
        except (ConfigurationError, ModelError) as error:
            remedy = "install this version again; until then rules about the ground find nothing"
            yield document.fault(("rules",), str(error), remedy)
    if any(signal.source == "lamp" for signal in camera.signals):
        try:
            LAMP_FIT.check()
        except (ConfigurationError, ModelError) as error:
            remedy = "install this version again; until then no traffic light in the picture is read"
            yield document.fault(("signals",), str(error), remedy)


def _fronts_unmeasured(document: YamlDocument, camera: CameraConfig) -> Iterable[Fault]:
    runs = any(use.rule == "STOP_LINE" for use in camera.rules)
    if runs and camera.sees is VehicleSide.REARS and len(camera.ground_points) < MIN_POINTS:
        problem = "STOP_LINE sees rears, and the ground is not calibrated: it finds only who stands far over the line"
        remedy = f"measure {MIN_POINTS} ground points around the line; until then the others are not found"
        yield document.fault(("sees",), problem, remedy)


def _nobody_looks_first(document: YamlDocument, camera: CameraConfig) -> Iterable[Fault]:
    """A place that is a case without a reminder, though roadworks with workers look like it."""
    for index, use in enumerate(camera.rules):
        rule = RULES.get(use.rule)
        reminds = rule is not None and rule.KIND is FindingKind.REMINDER
        if reminds and use.parameters.get("remind") is False and use.mode is Mode.ENFORCE:
            problem = f"{use.rule} makes cases without a reminder, and roadworks with workers by them look like its act"
            remedy = "leave remind: true, or enter every work in `calendar:` or in a zone of kind permitted_use"
            yield document.fault(("rules", index, "parameters"), problem, remedy)


def _exits_unnamed(document: YamlDocument, camera: CameraConfig) -> Iterable[Fault]:
    """Rules at one stop line that judge by other ways out than their neighbours there."""
    at_line = [(index, use) for index, use in enumerate(camera.rules) if use.rule in RULES_AT_A_LINE]
    for index, use in at_line:
        for name in ("lawful_exit_zones", "other_exit_zones"):
            named = {
                zone: other.rule
                for _, other in at_line
                if other.parameters.get("line") == use.parameters.get("line")
                for zone in _texts(other.parameters.get(name))
            }
            missing = sorted(named.keys() - set(_texts(use.parameters.get(name))))
            if missing:
                rules = ", ".join(sorted({named[zone] for zone in missing}))
                problem = f"{use.rule} does not name {', '.join(missing)} as {name}, as {rules} at the same line does"
                remedy = f"write the same {name} there: who may leave on red must be let go by every rule at the line"
                yield document.fault(("rules", index), problem, remedy)


def _texts(value: object) -> tuple[str, ...]:
    """A list of a camera's file that the rule checks itself, as far as it is one."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()


def _missing_secret(
    document: YamlDocument, place: Place, env: str | None, file: str | None, environ: Mapping[str, str]
) -> Iterable[Fault]:
    key = next((name for name in ("api_key_env", "api_key_file", "password_env", "password_file")
                if (*place, name) in document.lines), "")  # fmt: skip
    try:
        read_secret("secret", env=env, file=file, folder=document.path.resolve().parent, environ=environ)
    except ConfigurationError as error:
        yield document.fault((*place, key), str(error), "it must be there when the box starts")
