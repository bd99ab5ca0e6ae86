"""The archive of an export: every picture and clip, marked in a process of its own, and a sheet that lists them."""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import font_roboto

from api.evidence_store.decoding_process import MARK, Anew, require_decoder, written_anew
from domain.canonical import canonical_bytes
from domain.cases.evidence import EvidenceFile
from domain.cases.exporting import Mark
from plumbing.package_archive import entry

_FONT: Final = Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf"
_PIECE_BYTES: Final = 1024 * 1024
SHEET_FILE: Final = "phieu-xuat.json"
READ_ME_FILE: Final = "doc-truoc.txt"
_READ_ME: Final = (
    "Bản sao có dấu của trung tâm, chỉ dùng cho nơi nhận và mục đích ghi trong phieu-xuat.json.\n"
    "Hình ảnh đã mã hóa lại và có dấu, không phải chứng cứ gốc; chứng cứ gốc nằm trong hồ sơ có niêm phong.\n"
)
_BROKEN: Final = "{}: phim gốc bị cắt ngang, chỉ có hình đến chỗ cắt (the original breaks off; so does its copy).\n"


def write_archive(
    target: BinaryIO,
    files: Sequence[EvidenceFile],
    *,
    read: Callable[[EvidenceFile], Iterator[bytes]],
    mark: Mark,
    sheet: dict[str, Any],
) -> str:
    """Write the archive.

    Args:
        target: an empty file; it stands at its beginning again afterwards.
        files: that leave.
        read: gives the bytes of one.
        mark: written on each.
        sheet: what the sheet says beside the files.

    Returns:
        The hex SHA-256 of the archive.

    Raises:
        Conflict: this machine cannot write on clips: the extra ``export`` is not installed.
        EvidenceLost: a file is gone, is not the one that the manifest names, or cannot be decoded.
    """
    require_decoder()
    listed, broken = [], list[str]()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w") as archive:
        for file in files:
            marked = _marked(Path(folder), file, read(file), mark)
            content = marked.path.read_bytes()
            told = {"name": file.name, "sha256": hashlib.sha256(content).hexdigest(), "of": file.sha256}
            listed.append(told | ({"cut_off": True} if marked.cut_off else {}))
            broken += [file.name] if marked.cut_off else []
            archive.writestr(entry(file.name, len(content)), content)
            marked.path.unlink()
        for name, made in (
            (SHEET_FILE, canonical_bytes(sheet | {"files": listed})),
            (READ_ME_FILE, "".join((_READ_ME, *(_BROKEN.format(name) for name in broken))).encode()),
        ):
            archive.writestr(entry(name, len(made)), made)
    target.seek(0)
    digest = hashlib.sha256()
    while piece := target.read(_PIECE_BYTES):
        digest.update(piece)
    target.seek(0)
    return digest.hexdigest()


def _marked(folder: Path, file: EvidenceFile, pieces: Iterator[bytes], mark: Mark) -> Anew:
    asked = {"lines": mark.lines, "across": mark.across, "font": str(_FONT)}
    return written_anew(MARK, folder, file, pieces, asked)
