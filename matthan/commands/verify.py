"""``matthan verify``: whether a case's package is what box and centre signed, without any network, in plain words."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from plumbing.package_checks import PackageReport
    from plumbing.seal_checks import SealFinding
    from plumbing.sealed_packages import SealedReport
    from plumbing.source_checks import SourceFinding

_EXIT_CODES = {"altered": 1, "unknown_signer": 3, "not_sealed": 3, "not_bound": 4}

_WORDS = {
    "valid": ("hợp lệ", "valid"),
    "altered": ("đã bị thay đổi", "altered"),
    "missing": ("thiếu", "missing"),
    "not_listed": ("không có trong danh mục đã ký", "not listed"),
    "unknown_signer": ("không rõ người ký", "unknown signer"),
    "not_bound": ("biển số không gắn với clip nào trong hồ sơ", "plate not bound to a clip of the package"),
    "absent": ("không có", "there is none"),
    "not_checked": (
        "có, chưa kiểm tra được người cấp (thiếu --tsa)",
        "present, its signer not checked (no --tsa given)",
    ),
}
_SEAL_WORDS = {
    "signature": ("chữ ký của trung tâm", "signature of the centre"),
    "files": ("mọi tệp đúng như khi niêm phong", "every file is as it was sealed"),
    "custody": ("nhật ký các bước xử lý còn đủ", "the log of all steps is whole"),
    "checkpoint": ("mốc sổ ghi do trung tâm ký", "checkpoint of the record, signed by the centre"),
    "inclusion": ("mọi bước có trong sổ ghi của mốc đó", "every step stands in the record of that checkpoint"),
    "time_stamp": ("dấu thời gian của bên thứ ba", "time stamp of another authority"),
}
_OVERALL = {
    "valid": (
        "Hồ sơ nguyên vẹn, chữ ký đúng.",
        "The package is whole and its signatures are right.",
    ),
    "altered": (
        "Hồ sơ KHÔNG còn nguyên vẹn: không được dùng làm chứng cứ.",
        "The package is NOT whole: do not use it as evidence.",
    ),
    "unknown_signer": (
        "Các tệp khớp nhau, nhưng khóa ký không có trong danh sách khóa đã biết.",
        "The files fit together, but a signing key is not among the known keys.",
    ),
    "not_sealed": (
        "Thiếu niêm phong của trung tâm, dù đã cho khóa của trung tâm: không có gì chứng tỏ trung tâm đã giao nó.",
        "The seal of the centre is missing although its key was given: nothing shows that a centre gave this package.",
    ),
    "not_bound": (
        "Các tệp đúng như hộp đã ký, nhưng clip trong hồ sơ không cho thấy biển số: không được dựa vào biển số này.",
        "The files are what the box signed, but the package's clips do not show the plate: do not rely on it.",
    ),
}
_CLONED = (
    "  Hành vi ở đây do người của trung tâm nhận thấy trong bằng chứng của vụ đó; không số đo nào của hộp thuộc về nó.",
    "  A person at the centre saw this act in that case's evidence; nothing that the box measured is of it.",
)
_REPORTED = (
    "lập từ phản ánh của người dân: chữ ký cho biết trung tâm đã ghép hồ sơ, không chứng thực đồng hồ, nơi chụp và nội"
    " dung hình.",
    "made of a citizen's report: the signature says that the centre put it together, and vouches for no clock, place or"
    " content of the pictures.",
)
_NOT_SEALED = (
    "Hồ sơ này không có niêm phong của trung tâm: chỉ chữ ký của hộp được kiểm tra.",
    "This package bears no seal of a centre: only the box's signature was checked.",
)


def verify(
    package: Annotated[
        Path, typer.Argument(metavar="PACKAGE", help="A package: a ZIP as the police get it, or a folder CASE_ID/.")
    ],
    keys: Annotated[Path, typer.Option(help="A box's public key file, or a folder with *.pub files.")],
    centre_keys: Annotated[
        Path | None, typer.Option("--centre-keys", help="The centre's public key file, or a folder with *.pub files.")
    ] = None,
    tsa: Annotated[Path | None, typer.Option(help="Root certificates of time stamp authorities, PEM.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,  # noqa: FBT002
) -> None:
    """Check a package offline: 0 valid, 1 altered or missing, 3 unknown signer or no seal, 4 plate not bound."""
    from plumbing.sealed_packages import verify_sealed  # noqa: PLC0415 - the command line starts fast
    from plumbing.signing import load_public_keys  # noqa: PLC0415
    from plumbing.time_stamps import read_authorities  # noqa: PLC0415

    report = verify_sealed(
        package,
        load_public_keys(keys),
        {} if centre_keys is None else load_public_keys(centre_keys),
        () if tsa is None else read_authorities(tsa),
    )
    typer.echo(_as_json(report) if as_json else _as_text(report))
    if code := _EXIT_CODES.get(report.overall.value):
        raise typer.Exit(code)


def register(app: typer.Typer) -> None:
    """Add the command to ``matthan``."""
    app.command("verify")(verify)


def _as_json(report: "SealedReport") -> str:
    box = report.box
    document = {
        "case_id": box.case_id if box else None,
        "overall": report.overall.value,
        "broken": report.broken,
        "signature": box.signature.value if box else None,
        "key_id": box.key_id if box else None,
        "files": {name: verdict.value for name, verdict in box.files.items()} if box else {},
        "gaps": list(box.gaps) if box else [],
        "remarks": list(box.remarks) if box else [],
        "source": _source(box.source) if box and box.source else None,
        "seal": {each.check.value: {"verdict": each.verdict.value, "detail": each.detail} for each in report.seal},
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _source(source: "SourceFinding") -> dict[str, object]:
    return {
        "entry": source.entry.value,
        "source_id": source.source_id,
        "verdict": source.verdict.value if source.verdict else None,
        "of_report": source.of_report,
        "shared": list(source.shared),
        "made": list(source.made),
        "not_shared": list(source.not_shared),
    }


def _as_text(report: "SealedReport") -> str:
    if report.box is None:
        lines = [f"tệp ZIP / ZIP archive: {report.broken}"]
    else:
        lines = [*_box_lines(report.box), *map(_seal_line, report.seal)]
        lines += () if report.seal else _NOT_SEALED
    lines += _OVERALL[report.overall.value]
    return "\n".join(lines)


def _box_lines(box: "PackageReport") -> list[str]:
    lines = [f"Vụ việc / case: {box.case_id or '?'}"]
    lines += [_line(name, verdict.value) for name, verdict in box.files.items()]
    signature = _WORDS[box.signature.value]
    who, whom = ("hộp", "box") if box.source is None else ("trung tâm lập vụ việc", "centre that made the case")
    lines.append(
        f"chữ ký của {who} / signature of the {whom}: {signature[0]} / {signature[1]} (khóa / key {box.key_id or '?'})"
    )
    lines += [] if box.source is None else _source_lines(box.source)
    lines += [f"{who} tự ghi thiếu / the {whom} itself noted as missing: {gap}" for gap in box.gaps]
    lines += [f"{who} tự ghi chú / the {whom} itself remarked: {remark}" for remark in box.remarks]
    return lines


def _source_lines(source: "SourceFinding") -> list[str]:
    """What a case that no box found rests on, in plain words."""
    if source.verdict is None:
        return list(_REPORTED)
    vietnamese, english = _WORDS[source.verdict.value]
    who, whom = ("trung tâm", "centre") if source.of_report else ("hộp", "box")
    lines = [
        f"tách từ vụ việc / taken out of case {source.source_id}: chữ ký của {who} ở vụ đó / the {whom}'s signature"
        f" there: {vietnamese} / {english}"
    ]
    for files, words in (
        (source.shared, f"đúng từng byte như {who} đã ký / byte for byte what the {whom} signed"),
        (source.made, "do trung tâm tạo, không phải bản gốc / made by the centre, no originals"),
        (source.not_shared, f"KHÔNG phải tệp {who} đã ký / NOT what the {whom} signed"),
    ):
        lines += [f"  {words}: {', '.join(files)}"] if files else []
    return [*lines, *_CLONED, *(_REPORTED if source.of_report else ())]


def _line(name: str, verdict: str) -> str:
    vietnamese, english = _WORDS[verdict]
    return f"  {name:32} {vietnamese} / {english}"


def _seal_line(finding: "SealFinding") -> str:
    check, verdict = _SEAL_WORDS[finding.check.value], _WORDS[finding.verdict.value]
    detail = f" ({finding.detail})" if finding.detail else ""
    return f"{check[0]} / {check[1]}: {verdict[0]} / {verdict[1]}{detail}"
