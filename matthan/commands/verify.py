"""``matthan verify``: whether a case's package is what the box signed, file by file, without any network."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from plumbing.package_checks import PackageReport

_EXIT_ALTERED = 1
_EXIT_UNKNOWN_SIGNER = 3
_EXIT_NOT_BOUND = 4

_WORDS = {
    "valid": ("hợp lệ", "valid"),
    "altered": ("đã bị thay đổi", "altered"),
    "missing": ("thiếu", "missing"),
    "not_listed": ("không có trong danh mục đã ký", "not listed"),
    "unknown_signer": ("không rõ người ký", "unknown signer"),
    "not_bound": ("biển số không gắn với clip nào trong hồ sơ", "plate not bound to a clip of the package"),
}
_OVERALL = {
    "valid": (
        "Hồ sơ nguyên vẹn, chữ ký đúng.",
        "The package is whole and its signature is right.",
    ),
    "altered": (
        "Hồ sơ KHÔNG còn nguyên vẹn: không được dùng làm chứng cứ.",
        "The package is NOT whole: do not use it as evidence.",
    ),
    "unknown_signer": (
        "Các tệp khớp nhau, nhưng khóa ký không có trong danh sách khóa đã biết.",
        "The files fit together, but the signing key is not among the known keys.",
    ),
    "not_bound": (
        "Các tệp đúng như hộp đã ký, nhưng clip trong hồ sơ không cho thấy biển số: không được dựa vào biển số này.",
        "The files are what the box signed, but the package's clips do not show the plate: do not rely on it.",
    ),
}


def verify(
    case_dir: Annotated[
        Path, typer.Argument(metavar="CASE_DIR", help="A package folder: CASE_ID/ with manifest.json.")
    ],
    keys: Annotated[Path, typer.Option(help="A box's public key file, or a folder with *.pub files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,  # noqa: FBT002
) -> None:
    """Check a package offline: 0 valid, 1 altered, missing or not listed, 3 unknown signer, 4 plate not bound."""
    from plumbing.package_checks import Overall, verify_package  # noqa: PLC0415
    from plumbing.signing import load_public_keys  # noqa: PLC0415 - the command line starts fast

    report = verify_package(case_dir, load_public_keys(keys))
    typer.echo(_as_json(report) if as_json else _as_text(report))
    if report.overall is Overall.ALTERED:
        raise typer.Exit(_EXIT_ALTERED)
    if report.overall is Overall.UNKNOWN_SIGNER:
        raise typer.Exit(_EXIT_UNKNOWN_SIGNER)
    if report.overall is Overall.NOT_BOUND:
        raise typer.Exit(_EXIT_NOT_BOUND)


def register(app: typer.Typer) -> None:
    """Add the command to ``matthan``."""
    app.command("verify")(verify)


def _as_json(report: "PackageReport") -> str:
    document = {
        "case_id": report.case_id,
        "overall": report.overall.value,
        "signature": report.signature.value,
        "key_id": report.key_id,
        "files": {name: verdict.value for name, verdict in report.files.items()},
        "gaps": list(report.gaps),
        "remarks": list(report.remarks),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _as_text(report: "PackageReport") -> str:
    lines = [f"Vụ việc / case: {report.case_id or '?'}"]
    lines += [_line(name, verdict.value) for name, verdict in report.files.items()]
    signature = _WORDS[report.signature.value]
    lines.append(f"chữ ký / signature: {signature[0]} / {signature[1]} (khóa / key {report.key_id or '?'})")
    lines += [f"hộp tự ghi thiếu / the box itself noted as missing: {gap}" for gap in report.gaps]
    lines += [f"hộp tự ghi chú / the box itself remarked: {remark}" for remark in report.remarks]
    lines += _OVERALL[report.overall.value]
    return "\n".join(lines)


def _line(name: str, verdict: str) -> str:
    vietnamese, english = _WORDS[verdict]
    return f"  {name:32} {vietnamese} / {english}"
