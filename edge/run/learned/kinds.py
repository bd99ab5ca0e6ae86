"""What was learned of the cameras' views and of the ground of their zones, on disk."""

from pathlib import Path
from typing import Final

from detectors.surface import bank_document as surface_document
from detectors.surface.watch import SurfaceWatch
from detectors.view import bank_document as view_document
from detectors.view.guard import ViewGuard
from edge.health.problems import ProblemBoard
from edge.run.learned.files import Kind, LearnedFiles

VIEWS: Final = "views"
SURFACES: Final = "surfaces"


def view_files(directory: Path, *, problems: ProblemBoard) -> LearnedFiles[ViewGuard]:
    """The learned views of a box's cameras."""
    kind = Kind(
        about="view",
        words="its view",
        begin=ViewGuard,
        document_of=_document_of_view,
        from_document=lambda content, camera_id: ViewGuard(view_document.from_document(content, camera_id)),
    )
    return LearnedFiles(kind, directory, problems=problems)


def surface_files(directory: Path, *, problems: ProblemBoard) -> LearnedFiles[SurfaceWatch]:
    """What the ground of the zones of a box's cameras looks like when it is empty."""
    kind = Kind(
        about="surface",
        words="the ground of its zones",
        begin=SurfaceWatch,
        document_of=surface_document.document_of,
        from_document=surface_document.from_document,
    )
    return LearnedFiles(kind, directory, problems=problems)


def _document_of_view(guard: ViewGuard, camera_id: str) -> bytes:
    if guard.bank is None:
        msg = f"camera {camera_id}: a guard that has seen nothing has nothing to be kept"
        raise ValueError(msg)
    return view_document.document_of(guard.bank, camera_id)
