"""What a person says of the open case and another act or case: the same, two, or a second one in its evidence."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from nicegui import ui

from api.cases.case_rows import StoredCase, StoredFile
from api.cases.clones import Clones, is_cloneable
from api.cases.duplicates import Duplicates, OtherCase
from api.console.review.clone_dialog import CLONE_KEY, ask_second_act, show_clone
from api.console.review.other_cases import (
    DIFFERENT_KEY,
    SAME_KEY,
    SPLIT_KEY,
    first_open,
    show_other_cases,
    show_split,
)
from api.console.review.reason_dialog import ask_words
from api.console.words import Language, translate
from api.principals import Principal
from domain.cases.duplicates import Judgement
from domain.cases.states import CaseState

T = TypeVar("T")


class Page(Protocol):
    """The page that a case is open on."""

    async def ask(self, question: Callable[[Principal], T]) -> T | None:
        """Put a question to the centre as the person of the session."""
        ...

    async def refresh(self) -> None:
        """Read the list anew."""
        ...

    async def open(self, case_id: uuid.UUID) -> None:
        """Show a case."""
        ...

    async def go_on(self, case_id: uuid.UUID, following: uuid.UUID | None, done: str) -> None:
        """Say what was done, and open the next case."""
        ...

    def after(self, case_id: uuid.UUID) -> uuid.UUID | None:
        """The case that comes next."""
        ...

    def is_taken(self, case_id: uuid.UUID) -> bool:
        """Whether a decision of the case waits."""
        ...

    def keys_belong_to_the_page(self, *, so: bool) -> None:
        """Whether keys are the page's, or a dialog's."""
        ...


class PairJudging:
    """Shows and judges pairs.

    Args:
        duplicates: the service.
        clones: likewise.
        language: of everything shown.
        page: that the case is open on.
    """

    def __init__(self, duplicates: Duplicates, clones: Clones, language: Language, page: Page) -> None:
        self._duplicates = duplicates
        self._clones = clones
        self._language = language
        self._page = page
        self._stored: StoredCase | None = None
        self._files: Sequence[StoredFile] = ()
        self._others: Sequence[OtherCase] = ()
        self._may = False

    @property
    def keys(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """By key what it does with the open case."""
        return {
            SAME_KEY.lower(): lambda: self._judge_first(Judgement.SAME),
            DIFFERENT_KEY.lower(): lambda: self._judge_first(Judgement.DIFFERENT),
            SPLIT_KEY.lower(): self._split,
            CLONE_KEY.lower(): self._clone,
        }

    def lay_out(
        self, stored: StoredCase, files: Sequence[StoredFile], others: Sequence[OtherCase], *, may: bool
    ) -> None:
        """Lay them out beside a case.

        Args:
            stored: the case.
            files: its files.
            others: cases that may be, or are, the same act.
            may: whether this person may say anything of it now.
        """
        show_other_cases(others, stored, files, self._language, self._judge if may else None)
        if may:
            show_split(stored, self._language, self._split)
            show_clone(stored, self._language, self._clone)

    def begin(self, stored: StoredCase, files: Sequence[StoredFile], others: Sequence[OtherCase], *, may: bool) -> None:
        """The case is open from now on: keys and buttons are about it; arguments as when it was laid out."""
        self._stored, self._files, self._others, self._may = stored, files, others, may

    def end(self) -> None:
        """No case is open from now on."""
        self._stored, self._files, self._others, self._may = None, (), (), False

    def _meant(self) -> StoredCase | None:
        """The case that a key is about; None: there is none, as the person is told."""
        stored = self._stored
        if stored is None:
            self._say("key_no_case")
        elif not self._may:
            self._say("key_held")
        elif self._page.is_taken(stored.case_id):
            self._say("key_answered")
        else:
            return stored
        return None

    def _say(self, why: str) -> None:
        """Why a key does nothing."""
        ui.notify(translate(self._language, why), type="warning", position="top")

    async def _judge_first(self, judgement: Judgement) -> None:
        if self._meant() is None:
            return
        other = first_open(self._others)
        if other is None:
            self._say("key_no_pair")
        else:
            await self._judge(other, judgement)

    async def _judge(self, other: OtherCase, judgement: Judgement) -> None:
        """Carried out at once; what was merged can be split again."""
        stored = self._meant()
        if stored is None:
            return
        following = self._page.after(stored.case_id)
        judged = await self._page.ask(
            lambda who: self._duplicates.judge(
                who, stored.case_id, other.stored.case_id, judgement, expected_version=stored.version
            )
        )
        if judged is None:
            return
        if judged.state is CaseState.DUPLICATE:
            await self._page.go_on(stored.case_id, following, "merged_done")
        else:
            await self._stay(stored, "merged_done" if judgement is Judgement.SAME else "different_done")

    async def _split(self) -> None:
        """Take the open duplicate out of the case that leads it."""
        stored = self._meant()
        if stored is None:
            return
        if stored.state is not CaseState.DUPLICATE:
            self._say("key_no_split")
            return
        self._page.keys_belong_to_the_page(so=False)
        note = await ask_words(self._language, title="split_case", label="why_split", colour="blue-grey-8")
        self._page.keys_belong_to_the_page(so=True)
        if note is None:
            return
        done = await self._page.ask(
            lambda who: self._duplicates.split(who, stored.case_id, note=note, expected_version=stored.version)
        )
        if done is not None:
            await self._stay(stored, "split_done")

    async def _clone(self) -> None:
        """Make a case of a second act that the open one's evidence shows, and open it."""
        stored = self._meant()
        if stored is None:
            return
        if not is_cloneable(stored):
            self._say("key_no_clone")
            return
        self._page.keys_belong_to_the_page(so=False)
        vehicles = await self._page.ask(lambda who: self._clones.vehicles(who, stored.case_id))
        act = await ask_second_act(stored, self._files, vehicles or (), self._language)
        self._page.keys_belong_to_the_page(so=True)
        if act is None:
            return
        made = await self._page.ask(
            lambda who: self._clones.make(who, stored.case_id, act, expected_version=stored.version)
        )
        if made is not None:
            ui.notify(translate(self._language, "clone_done"), type="positive", position="top")
            await self._page.refresh()
            await self._page.open(made.case_id)

    async def _stay(self, stored: StoredCase, done: str) -> None:
        ui.notify(translate(self._language, done), type="positive", position="top")
        await self._page.refresh()
        await self._page.open(stored.case_id)
