"""The record as a Merkle tree: leaf ``n`` is the event ``n + 1``, by its hash, and so all that the event says."""

import threading
from collections.abc import Iterator

from sqlalchemy import Connection, select

from api.persistence.tables import events
from plumbing import merkle

_LEVEL = 8
_BLOCK = 1 << _LEVEL  # leaves
_BATCH_ROWS = 10_000


class RecordTree:
    """Roots and proofs of the record, for one process.

    It keeps one hash for every 256 events (some megabytes for ten million events) and reads what it does
    not know: everything at its first use, what is new at each later one. May be used by several threads.
    """

    def __init__(self) -> None:
        self._blocks: list[bytes] = []  # whole subtrees of ``_BLOCK`` leaves, in order
        self._lock = threading.Lock()

    def at(self, connection: Connection, size: int) -> merkle.Subtree:
        """The tree of the first ``size`` events.

        Args:
            connection: reads them; must stay open while the tree is asked.
            size: no more than the record has.
        """
        with self._lock:
            self._learn(connection, size // _BLOCK)
        known: dict[int, list[bytes]] = {}

        def leaves_of(block: int) -> list[bytes]:
            if block not in known:
                known[block] = list(_leaves(connection, block * _BLOCK, (block + 1) * _BLOCK))
            return known[block]

        def subtree(level: int, number: int) -> bytes:
            if level >= _LEVEL:
                shift = level - _LEVEL
                return merkle.whole_subtree(self._blocks[number << shift : (number + 1) << shift])
            start = number << level
            within = start % _BLOCK
            return merkle.whole_subtree(leaves_of(start // _BLOCK)[within : within + (1 << level)])

        return subtree

    def _learn(self, connection: Connection, blocks: int) -> None:
        block: list[bytes] = []
        for leaf in _leaves(connection, len(self._blocks) * _BLOCK, blocks * _BLOCK):
            block.append(leaf)
            if len(block) == _BLOCK:
                self._blocks.append(merkle.whole_subtree(block))
                block = []


def _leaves(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    if end <= start:
        return
    statement = select(events.c.hash).where(events.c.seq > start, events.c.seq <= end).order_by(events.c.seq)
    streaming = connection.execution_options(yield_per=_BATCH_ROWS)
    with streaming.execute(statement) as rows:
        for (digest,) in rows:
            yield merkle.leaf_hash(bytes.fromhex(digest))
