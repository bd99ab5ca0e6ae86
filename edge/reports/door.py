"""The centre's door for workers that look at citizens' pictures (docs/analyse-reports.md)."""

import uuid

import httpx
from pydantic import ValidationError

from domain.errors import TransportError
from domain.report_analysis import FILM_PART_BYTES, AnalysisFailure, AnalysisTask, ReportFindings
from edge.delivery.centre import CentreLine, refusal_of

_PATH = "edge/report-analyses"


class AnalysisDoor:
    """Used by one thread.

    Each request raises ``Invalid``, ``NotAllowed``, ``NotFound`` (the lease is over), ``CentreUnreachable``,
    ``CentreBusy`` or ``TransportError`` as at the door for cases.

    Args:
        line: to the centre.
    """

    def __init__(self, line: CentreLine) -> None:
        self._line = line

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def pull(self) -> AnalysisTask | None:
        """Lease a file; None: nothing waits."""
        response = self._line.request("POST", _PATH, content=b"")
        if response.status_code == httpx.codes.NO_CONTENT:
            return None
        if response.status_code != httpx.codes.OK:
            raise refusal_of(response)
        try:
            return AnalysisTask.model_validate_json(response.content)
        except ValidationError as error:
            raise TransportError("the centre's answer about a file cannot be read") from error

    def file(self, task: AnalysisTask) -> bytes:
        """The leased file."""
        response = self._line.request("GET", f"{_PATH}/{task.lease_id}/file", content=b"")
        if response.status_code != httpx.codes.OK:
            raise refusal_of(response)
        if len(response.content) != task.size_bytes:
            raise TransportError("the centre gave another number of bytes than it named")
        return response.content

    def bring(self, lease_id: uuid.UUID, number: int, picture: bytes) -> None:
        """Bring a picture of the file with heads and plates hidden."""
        path = f"{_PATH}/{lease_id}/pictures/{number}"
        self._expect(self._line.request("PUT", path, content=picture, content_type="image/jpeg"))

    def bring_film(self, lease_id: uuid.UUID, film: bytes) -> None:
        """Bring the copy of the whole video with heads and plates hidden."""
        for part, start in enumerate(range(0, len(film), FILM_PART_BYTES), start=1):
            path, content = f"{_PATH}/{lease_id}/film/{part}", film[start : start + FILM_PART_BYTES]
            self._expect(self._line.request("PUT", path, content=content, content_type="video/mp4"))

    def finish(self, lease_id: uuid.UUID, findings: ReportFindings) -> None:
        """Tell what was seen."""
        content = findings.model_dump_json().encode()
        self._expect(self._line.request("PUT", f"{_PATH}/{lease_id}", content=content))

    def give_back(self, lease_id: uuid.UUID, failure: AnalysisFailure) -> None:
        """Give the file back."""
        content = failure.model_dump_json().encode()
        self._expect(self._line.request("POST", f"{_PATH}/{lease_id}/failure", content=content))

    @staticmethod
    def _expect(response: httpx.Response) -> None:
        if response.status_code != httpx.codes.NO_CONTENT:
            raise refusal_of(response)
