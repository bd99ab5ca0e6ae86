"""A drawing made at the centre goes to the box's file and is answered by what runs, whatever happens on the way."""

import random
from pathlib import Path
from typing import Any

import pytest

from api.cameras.drawings import DrawingVersion
from api.principals import Principal
from domain.camera import ZoneKind
from domain.camera_drawing import Drawing
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.fleet.camera_reports import drawing_of
from domain.fleet.health import ProblemCode
from edge.camera_door import wanted_drawings
from edge.camera_door.door import CameraDoor
from edge.camera_door.sender import EVERY_S, CameraSender
from edge.camera_door.stills import WantedStills
from edge.camera_door.wanted_drawings import WantedDrawings
from edge.health.problems import ProblemBoard
from tests.builders.box_fakes import ManualClock
from tests.builders.centre import CentreBuilder
from tests.builders.ledgers import ReachedCentre
from tests.builders.running_cameras import FilesThatRun
from tests.unit.matthan.test_drawing_file import JUNCTION, moved

ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)


class Bench:
    """A box with one camera file, and a centre."""

    def __init__(self, folder: Path) -> None:
        self.files = FilesThatRun(folder / "cameras")
        self.files.folder.mkdir()
        self.path = self.files.folder / "junction.yaml"
        self.path.write_bytes(JUNCTION.read_bytes())
        self.files.load()
        self.camera_id = next(iter(self.files.cameras))
        self.data = folder / "data"
        self.problems = ProblemBoard(ManualClock())
        self.centre = CentreBuilder(folder)
        self.peer = ReachedCentre(self.centre)
        self.stills = WantedStills()
        self.restart()

    def restart(self) -> None:
        """The box's process starts."""
        self.sender = CameraSender(
            CameraDoor(self.peer.line()),
            running=self.files.running,
            stills=self.stills,
            drawings=WantedDrawings(self.data, write=self.files.writer(), problems=self.problems),
            problems=self.problems,
            clock=ManualClock(),
            randomness=random.Random(1),
        )

    def known(self) -> "Bench":
        """The centre knows what runs."""
        self.sender.turn()
        self.sender.turn()
        return self

    @property
    def running(self) -> Drawing:
        return drawing_of(self.files.cameras[self.camera_id].camera)

    @property
    def base(self) -> str:
        return self.files.cameras[self.camera_id].camera.sha256()

    def want(self, drawing: Drawing | None = None, *, newest: int = 0, **changes: Any) -> DrawingVersion:
        given = {"base_sha256": self.base, "why": "vạch dừng kẻ lại"} | changes
        drawing = moved(self.running) if drawing is None else drawing
        who = given.pop("actor", ADMIN)
        return self.centre.centre.drawings.want(who, "box-1", self.camera_id, drawing=drawing, newest=newest, **given)

    def newest(self) -> DrawingVersion:
        return self.centre.centre.drawings.versions(READER, "box-1", self.camera_id)[0]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_drawing_is_written_loaded_and_answered_with_the_hash_that_runs(bench: Bench) -> None:
    bench.known()
    wanted = bench.want()
    assert (wanted.number, wanted.outcome) == (1, None)
    assert bench.sender.turn() < EVERY_S, "the box has written it and answers soon"
    bench.sender.turn()
    assert bench.newest().outcome == "written", "the file holds it, the old one still runs"
    bench.files.load()
    assert bench.running == moved(drawing_of(bench.files.cameras[bench.camera_id].camera))
    bench.sender.turn()
    newest = bench.newest()
    assert (newest.outcome, newest.config_sha256, newest.words) == ("running", bench.base, ())
    text = bench.path.read_bytes()
    bench.sender.turn()
    assert bench.path.read_bytes() == text
    assert b"# any point on the junction's side" in text, "comments of the installer stay"
    with bench.centre.database.read() as connection:
        told = connection.exec_driver_sql("SELECT actor, action FROM events WHERE action LIKE 'drawing%%'").all()
    assert [tuple(row) for row in told] == [("user:sep", "drawing_wanted"), (told[1][0], "drawing_answered")]
    assert told[1][0].startswith("key:")
    assert bench.centre.centre.audit.verify(AUDITOR).intact


def test_a_box_that_is_offline_takes_the_newest_when_it_comes_back(bench: Bench) -> None:
    bench.known()
    bench.peer.cut = "request"
    bench.want()
    for _ in range(4):
        bench.sender.turn()
    assert [each.code for each in bench.problems.problems()] == [ProblemCode.CENTRE_AWAY]
    second = bench.running.model_copy(update={"lines": ()})
    with pytest.raises(Conflict, match="version 1 meanwhile"):
        bench.want(second)
    zones = [zone for zone in bench.running.zones if zone.kind is not ZoneKind.LANE]
    bench.want(moved(bench.running).model_copy(update={"zones": tuple(zones)}), newest=1)
    bench.peer.cut = None
    bench.sender.turn()
    bench.files.load()
    bench.sender.turn()
    assert bench.problems.problems() == ()
    assert [
        (each.number, each.outcome) for each in bench.centre.centre.drawings.versions(READER, "box-1", bench.camera_id)
    ] == [
        (2, "running"),
        (1, None),
    ]


def test_a_file_that_was_changed_at_the_box_is_not_overwritten(bench: Bench) -> None:
    bench.known()
    bench.want()
    text = bench.path.read_text("utf-8").replace("\nversion: 1", "\nversion: 7")
    bench.path.write_text(text, "utf-8")
    bench.sender.turn()
    bench.sender.turn()
    newest = bench.newest()
    assert newest.outcome == "refused"
    assert "changed at the box" in newest.words[0]
    assert bench.path.read_text("utf-8") == text
    bench.files.load()
    bench.sender.turn()
    with pytest.raises(Conflict, match="another configuration"):
        bench.want(newest=1, base_sha256=newest.base_sha256)


def test_what_check_config_refuses_stays_out_of_the_file_and_is_told_in_words(bench: Bench) -> None:
    bench.known()
    before = bench.path.read_bytes()
    bow = ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9))
    zone = bench.running.zones[0].model_copy(update={"polygon_norm": bow, "direction_norm": None})
    bench.want(bench.running.model_copy(update={"zones": (zone, *bench.running.zones[1:])}))
    bench.sender.turn()
    bench.sender.turn()
    newest = bench.newest()
    assert newest.outcome == "refused"
    assert any("crosses itself" in word and "|" in word for word in newest.words), newest.words
    assert not any("/tmp" in word for word in newest.words), "no path of the box's"
    assert bench.path.read_bytes() == before
    bench.want(newest=1)
    bench.sender.turn()
    bench.files.load()
    bench.sender.turn()
    assert bench.newest().outcome == "running", "the next one is taken"


def test_a_rule_that_would_lose_its_line_is_refused(bench: Bench) -> None:
    bench.known()
    bench.want(bench.running.model_copy(update={"lines": ()}))
    bench.sender.turn()
    bench.sender.turn()
    assert bench.newest().outcome == "refused"


def test_a_box_that_dies_between_writing_and_telling_answers_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.known()
    bench.want()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(wanted_drawings, "replace_private", killed)
        with pytest.raises(KeyboardInterrupt):
            bench.sender.turn()
    bench.restart()
    bench.files.load()
    bench.sender.turn()
    bench.sender.turn()
    assert (bench.newest().outcome, bench.newest().config_sha256) == ("running", bench.base)
    assert bench.files.cameras[bench.camera_id].camera.version == 2, "written once"


def test_a_box_that_restarts_after_it_has_written_remembers(bench: Bench) -> None:
    bench.known()
    bench.want()
    bench.sender.turn()
    bench.restart()
    bench.files.load()
    bench.sender.turn()
    assert bench.newest().outcome == "running"
    (bench.data / wanted_drawings.FILE).write_text("{broken", "utf-8")
    bench.restart()
    bench.sender.turn()
    assert bench.newest().outcome == "running", "what was answered for good stays"


def test_a_centre_that_was_restored_counts_anew_and_is_drawn_and_answered_truly(bench: Bench) -> None:
    bench.known()
    before = bench.running
    for number in range(2):
        bench.want(moved(before) if number == 0 else before, newest=number)
        bench.sender.turn()
        bench.files.load()
        bench.sender.turn()
    with bench.centre.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM camera_drawings")
    fewer = before.model_copy(update={"zones": before.zones[:-1]})
    for number, drawing in enumerate((fewer, moved(fewer))):
        bench.want(drawing, newest=number)
        bench.sender.turn()
        assert bench.newest().outcome is None, "the answer to the drawing of that number before is none to this one"
        bench.sender.turn()
        assert bench.newest().outcome == "written"
        bench.files.load()
        bench.sender.turn()
        assert (bench.newest().outcome, bench.running) == ("running", drawing)


def test_rolling_back_is_a_new_version_with_its_own_reason(bench: Bench) -> None:
    bench.known()
    before = bench.running
    bench.want(before, why="như đang chạy")
    bench.sender.turn()
    bench.sender.turn()
    assert bench.newest().outcome == "running", "it runs already"
    bench.want(newest=1)
    bench.sender.turn()
    bench.files.load()
    bench.sender.turn()
    again = bench.centre.centre.drawings.want_again(
        ADMIN, "box-1", bench.camera_id, number=1, base_sha256=bench.base, newest=2, why="vẽ sai"
    )
    assert (again.number, again.drawing) == (3, before)
    bench.sender.turn()
    bench.files.load()
    bench.sender.turn()
    assert (bench.newest().outcome, bench.running) == ("running", before)
    changes = bench.centre.centre.drawings.changes(READER, "box-1", bench.camera_id, 3)
    ((name,),) = ([line.id for line in before.lines],)
    assert [str(each) for each in changes] == [f"lines {name} changed (points_norm)"]


def test_who_may_draw_and_what_is_refused_at_the_centre(bench: Bench) -> None:
    with pytest.raises(NotFound):
        bench.want()
    bench.known()
    with pytest.raises(NotAllowed):
        bench.want(actor=READER)
    for why in ("", "   ", "x" * 301):
        with pytest.raises(Invalid, match="why"):
            bench.want(why=why)
    twice = bench.running.zones[0]
    with pytest.raises(Invalid, match="used twice"):
        bench.want(bench.running.model_copy(update={"zones": (twice, twice)}))
    assert bench.centre.centre.drawings.versions(READER, "box-1", bench.camera_id) == ()


def test_the_centre_never_learns_addresses_or_names_of_secrets(bench: Bench) -> None:
    bench.known()
    with bench.centre.database.read() as connection:
        (told,) = connection.exec_driver_sql("SELECT running FROM camera_reports").scalars()
    assert "rtsp" not in told
    assert "password" not in told
    page = bench.centre.centre.camera_pages.page(READER, "box-1", bench.camera_id)
    assert page.running is not None
    assert page.running.drawing == bench.running
    assert page.config_sha256 == bench.base
    assert canonical_bytes(page.running.drawing)


def test_what_cannot_be_had_is_asked_for_often_only_for_a_moment(bench: Bench) -> None:
    pauses = [bench.sender.turn() for _ in range(10)]
    assert pauses[0] < EVERY_S / 2
    assert all(pause > EVERY_S / 2 for pause in pauses[-3:]), "no picture of the camera comes, so no still"
