"""A list on a page that is read again and again, and shown anew when it has changed."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from nicegui import run, ui

from api.console.words import Language, translate
from api.errors import Unauthenticated
from domain.errors import MatThanError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Read(Protocol[T_co]):
    """Reads what is shown, in another thread, and looks at the session again."""

    def __call__(self, *, afresh: bool) -> T_co:
        """What there is now; ``afresh``: the person has just changed something."""
        ...


class WatchedList(Generic[T]):
    """What a page shows of something that changes.

    A centre that cannot answer is said, or a list that stands still would look like peace.

    Args:
        read: what is to be shown.
        show: lays out what was read.
        unread: the word for a centre that cannot answer.
        language: of everything shown.
    """

    def __init__(self, *, read: Read[T], show: Callable[[T], None], unread: str, language: Language) -> None:
        self._read = read
        self._show = show
        self._unread = unread
        self._language = language
        self._shown: T | None = None
        self._problem = ui.label().classes("mt-alert bad")
        self._problem.set_visibility(False)

    async def renew(self, *, afresh: bool = False) -> None:
        """Read, and show what has changed."""
        try:
            found = await run.io_bound(self._read, afresh=afresh)
        except Unauthenticated:
            ui.navigate.to(f"/login?lang={self._language}")
            return
        except MatThanError:
            self._problem.set_text(translate(self._language, self._unread))
            self._problem.set_visibility(True)
            return
        self._problem.set_visibility(False)
        if found is not None and found != self._shown:
            self._shown = found
            self._show(found)
