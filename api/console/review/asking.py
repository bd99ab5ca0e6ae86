"""Questions of one page to the centre, put as the person of its session."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from nicegui import run, ui

from api.console.problem_texts import problem_text
from api.console.words import Language, translate
from api.errors import StaleVersion, Unauthenticated
from api.principals import Permission, Principal
from domain.errors import CentreError

if TYPE_CHECKING:
    from api.centre import Centre

T = TypeVar("T")


class Asking:
    """Asks; what goes wrong is shown, not hidden.

    Args:
        centre: the services.
        token: of the session; looked at again with every question.
        language: of what is shown.
    """

    def __init__(self, centre: "Centre", token: str, language: Language) -> None:
        self._centre = centre
        self._token = token
        self._language = language

    async def ask(self, question: Callable[[Principal], T]) -> T | None:
        """What the centre answers; None: it did not, and the person was told why."""

        def as_person() -> T:
            principal = self._centre.sign_in.by_session(self._token)
            principal.require(Permission.CASES_READ)
            return question(principal)

        try:
            return await run.io_bound(as_person)
        except Unauthenticated:
            self.to_sign_in()
        except StaleVersion:
            ui.notify(translate(self._language, "changed_meanwhile"), type="warning", position="top")
        except CentreError as error:
            ui.notify(problem_text(error, self._language), type="negative", position="top", multi_line=True)
        return None

    def to_sign_in(self) -> None:
        """The session has ended: lead to the sign-in."""
        ui.notify(translate(self._language, "session_ended"), type="warning", position="top")
        ui.navigate.to(f"/login?lang={self._language}")
