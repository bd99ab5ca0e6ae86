"""What is wrong with a box as a whole, in words, for the heartbeat, the health page and the log."""

import logging
import threading

logger = logging.getLogger(__name__)

_MOST_TEXTS = 50  # a heartbeat must stay small whatever happens


class ProblemBoard:
    """Problems by key; told once when they begin and once when they end. Safe to use from every thread.

    Examples:
        >>> board = ProblemBoard()
        >>> board.tell("outbox_full", "the disk is full")
        >>> board.texts()
        ('the disk is full',)
        >>> board.over("outbox_full")
        >>> board.texts()
        ()
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}

    def tell(self, key: str, text: str) -> None:
        """A problem is there; ``text`` never holds a credential."""
        with self._lock:
            known = self._texts.get(key) == text
            self._texts[key] = text
        if not known:
            logger.error("problem: %s", text, extra={"action": "problem_began", "problem": key})

    def over(self, key: str) -> None:
        """The problem is gone; nothing happens when it was not there."""
        with self._lock:
            text = self._texts.pop(key, None)
        if text is not None:
            logger.info("problem over: %s", text, extra={"action": "problem_over", "problem": key})

    def is_told(self, key: str) -> bool:
        """Whether a problem is there now."""
        with self._lock:
            return key in self._texts

    def texts(self) -> tuple[str, ...]:
        """Every present problem, oldest first; more than ``_MOST_TEXTS`` are only counted."""
        with self._lock:
            texts = tuple(self._texts.values())
        if len(texts) <= _MOST_TEXTS:
            return texts
        return (*texts[:_MOST_TEXTS], f"and {len(texts) - _MOST_TEXTS} more problems")
