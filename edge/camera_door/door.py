"""The centre's door for cameras as the box sees it (docs/camera-door.md)."""

import httpx
from pydantic import ValidationError

from domain.errors import TransportError
from domain.fleet.camera_reports import CameraAnswers, CameraReports
from edge.delivery.centre import CentreLine, refusal_of


class CameraDoor:
    """Used by one thread.

    Each request raises ``Invalid``, ``NotAllowed``, ``NotFound``, ``CentreUnreachable``, ``CentreBusy`` or
    ``TransportError`` as at the door for cases.

    Args:
        line: to the centre.
    """

    def __init__(self, line: CentreLine) -> None:
        self._line = line

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def tell(self, reports: CameraReports) -> CameraAnswers:
        """Tell the cameras as they are.

        Returns:
            What is wanted of them.
        """
        response = self._line.request("PUT", "edge/cameras", content=reports.model_dump_json().encode())
        if response.status_code != httpx.codes.OK:
            raise refusal_of(response)
        try:
            return CameraAnswers.model_validate_json(response.content)
        except ValidationError as error:
            raise TransportError("the centre's answer about cameras cannot be read") from error

    def bring_still(self, camera_id: str, content: bytes) -> None:
        """Bring a camera's still, a JPEG."""
        path = f"edge/cameras/{camera_id}/still"
        response = self._line.request("PUT", path, content=content, content_type="image/jpeg")
        if response.status_code != httpx.codes.NO_CONTENT:
            raise refusal_of(response)
