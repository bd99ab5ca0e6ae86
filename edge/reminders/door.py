"""The centre's door for reminders as the box sees it (docs/reminder-door.md)."""

import uuid

import httpx
from pydantic import ValidationError

from domain.canonical import canonical_bytes
from domain.errors import TransportError
from domain.reminder import Reminder, ReminderAnswer
from edge.delivery.centre import Centre, CentreLine, refusal_of


class ReminderDoor:
    """Used by one thread.

    Args:
        centre: where to.
    """

    def __init__(self, centre: Centre) -> None:
        self._line = CentreLine(centre)

    def close(self) -> None:
        """Let go of connections."""
        self._line.close()

    def tell(self, reminder: Reminder) -> ReminderAnswer:
        """Tell a reminder as it stands now.

        Returns:
            The word that the centre holds this message, or a newer one.

        Raises:
            Conflict: the centre holds other steps of it.
            Invalid: it refuses this very message.
            NotAllowed, NotFound, CentreUnreachable, CentreBusy, TransportError: as at the door for cases.
        """
        response = self._line.request("POST", "reminders", content=canonical_bytes(reminder))
        if response.status_code != httpx.codes.OK:
            raise refusal_of(response)
        try:
            return ReminderAnswer.model_validate_json(response.content)
        except ValidationError as e:
            raise TransportError(f"the centre's answer {response.status_code} cannot be read") from e

    def show(self, reminder_id: uuid.UUID, step: int, content: bytes) -> None:
        """Bring a picture that a message which the centre holds has named.

        Raises:
            Conflict, Invalid, NotFound: the centre never wants it.
            NotAllowed, CentreUnreachable, CentreBusy, TransportError: as at the door for cases.
        """
        path = f"reminders/{reminder_id}/pictures/{step}"
        response = self._line.request("PUT", path, content=content, content_type="image/jpeg")
        if response.status_code != httpx.codes.NO_CONTENT:
            raise refusal_of(response)
