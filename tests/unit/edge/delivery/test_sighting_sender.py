"""Sightings go to the real centre's door: hashed, sorted, each once, bounded, and none where none are wanted."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.persistence.tables import sightings
from domain.plates.reading import PlateReading
from domain.plates.sightings import MOST_SIGHTINGS
from edge.delivery import sighting_sender
from edge.delivery.sighting_sender import EVERY_S, SightingSender
from tests.builders.box_fakes import ManualClock
from tests.builders.cases import build_case
from tests.builders.centre import CentreBuilder
from tests.builders.ledgers import ReachedCentre

MakeBench = Callable[..., "Bench"]


class Bench:
    """A box's sender and a centre."""

    def __init__(self, folder: Path, *, with_basis: bool = True) -> None:
        secret = folder / "sightings.key"
        secret.write_text("0123456789abcdef" * 4)
        basis = {"sightings": {"basis": "QĐ 12/2026", "key": {"file": secret}}} if with_basis else {}
        self.centre = CentreBuilder(folder, **basis)
        self.peer = ReachedCentre(self.centre)
        self.sender = SightingSender(self.peer.line(), clock=ManualClock(), randomness=random.Random(1))

    def see(self, text: str | None = "75F112345", *, seconds: int = 0) -> datetime:
        at = self.centre.clock.now() - timedelta(hours=1) + timedelta(seconds=seconds)
        plate = (
            PlateReading(status="unread", reason="blurred")
            if text is None
            else PlateReading(status="agreed", text=text)
        )
        self.sender.note(build_case(began_at=at, ended_at=at + timedelta(seconds=4), plate=plate))
        return at

    def at_centre(self) -> list[tuple[datetime, str]]:
        with self.centre.database.read() as connection:
            asked = select(sightings.c.seen_at, sightings.c.plate_hash).order_by(sightings.c.seen_at)
            return [(row.seen_at, row.plate_hash) for row in connection.execute(asked)]


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[MakeBench]:
    made: list[Bench] = []

    def make(**given: bool) -> Bench:
        made.append(Bench(tmp_path, **given))
        return made[-1]

    yield make
    for bench in made:
        bench.sender.close()
        bench.centre.close()


def test_what_was_seen_arrives_once_without_its_plate(make_bench: MakeBench) -> None:
    bench = make_bench()
    assert EVERY_S * 0.9 <= bench.sender.turn() <= EVERY_S * 1.1
    later, earlier = bench.see(seconds=10), bench.see("75F155555")
    bench.see(None)
    bench.peer.cut = "answer"
    assert bench.sender.turn() < EVERY_S
    bench.peer.cut = None
    bench.sender.turn()
    bench.sender.turn()
    found = bench.at_centre()
    assert [at for at, _ in found] == [earlier, later]
    assert all("75F1" not in hashed for _, hashed in found)
    assert len({hashed for _, hashed in found}) == 2


def test_without_a_basis_nothing_is_kept_or_sent(make_bench: MakeBench) -> None:
    bench = make_bench(with_basis=False)
    bench.see()
    assert bench.sender.turn() == 3600.0
    bench.see()
    assert bench.sender.turn() == 3600.0
    assert bench.at_centre() == []


def test_what_waits_is_bounded_and_goes_in_batches_the_oldest_first(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sighting_sender, "MOST_KEPT", MOST_SIGHTINGS + 5)
    bench = make_bench()
    bench.sender.turn()
    bench.peer.cut = "request"
    seen = [bench.see(seconds=number) for number in range(MOST_SIGHTINGS + 9)]
    assert bench.sender.turn() < EVERY_S
    assert bench.at_centre() == []
    bench.peer.cut = None
    assert bench.sender.turn() == 0.0
    assert [at for at, _ in bench.at_centre()] == seen[4 : 4 + MOST_SIGHTINGS]
    assert bench.sender.turn() > 0.0
    assert [at for at, _ in bench.at_centre()] == seen[4:]
