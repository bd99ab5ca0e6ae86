"""The whole way to a plate is judged by visits and by groups; a public benchmark judges any reader."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.plates.public import make, score
from domain.errors import ConfigurationError, ConfigurationFaults
from matthan.model_eval.chain import VisitResult, answered, chain_rows
from matthan.model_eval.groups import GROUPINGS, group_of
from matthan.model_eval.label_forms import read_labels

ON = date(2026, 1, 5)
VISITS = 4


def result(truth: str, told: str | None) -> VisitResult:
    return VisitResult(name=truth, truth=truth, layout="two_lines", pictures=3, width_px=70.0, told=told, reason=None)


def test_every_group_says_how_its_visits_ended() -> None:
    rows = chain_rows(
        [result("75F112345", "75F112345"), result("59F112345", "59F112346"), result("75F112346", None)], ON
    )
    assert rows[0][:3] == ("all", "", "3")
    assert rows[0][3].startswith("0.333")
    assert rows[0][4].startswith("1 (")
    assert rows[0][5] == "1"
    assert [row[:3] for row in rows if row[0] == "province"] == [("province", "59", "1"), ("province", "75", "2")]
    assert {row[0] for row in rows} == {"all", *GROUPINGS}


@given(
    st.lists(st.tuples(st.sampled_from(["75F112345", "59F12345", "51C12345"]), st.none() | st.just("75F112345"))),
    st.sampled_from(GROUPINGS),
)
def test_groups_hold_every_visit_once(rows: list[tuple[str, str | None]], by: str) -> None:
    results = [result(truth, told) for truth, told in rows]
    counted = [int(row[2]) for row in chain_rows(results, ON) if row[0] == by]
    assert sum(counted) == len(results)


@pytest.mark.parametrize(
    ("width_px", "group"), [(None, "unknown"), (0.0, "0 to 45 px"), (60.0, "60 to 80 px"), (500.0, "from 110 px")]
)
def test_a_width_has_its_band(width_px: float | None, group: str) -> None:
    assert group_of("75F112345", "two_lines", width_px, "width", ON) == group


def test_what_is_no_lawful_plate_is_of_no_known_group() -> None:
    assert group_of("XX", "one_line", None, "province", ON) == group_of("XX", "one_line", None, "kind", ON) == "unknown"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("public")
    make(folder, VISITS, 75)
    return folder


def test_the_public_benchmark_is_the_same_for_the_same_seed(bench: Path, tmp_path: Path) -> None:
    make(tmp_path, VISITS, 75)
    names = sorted(path.relative_to(bench) for path in bench.rglob("*.*"))
    assert len(names) > 4 * VISITS
    assert all((tmp_path / name).read_bytes() == (bench / name).read_bytes() for name in names)


def test_any_reader_is_judged_by_a_table_of_answers(bench: Path, tmp_path: Path) -> None:
    truth = {str(one.visit): str(one.text) for one in read_labels(bench, "tsv")}
    assert len(truth) == VISITS
    names = sorted(truth)
    answers = tmp_path / "mine.tsv"
    told = [truth[names[0]], truth[names[1]][:-1] + "X", ""]
    rows = [f"{name}\t{text}" for name, text in zip(names, told, strict=False)]  # the last visit is left out
    answers.write_text("\n".join(["visit\ttext", *rows, ""]), encoding="utf-8")
    first = score(bench, [answers]).splitlines()[2]
    assert first.startswith("| mine | all |  | 4 | 0.250 (")
    assert "| 1 (" in first
    assert first.endswith("| 2 |")


def test_answers_are_compared_by_their_characters() -> None:
    (one,) = answered([result("75F112345", None)], {"75F112345": "75-F1 123.45"})
    assert one.told == one.truth


def test_columns_of_visits_are_checked(bench: Path, tmp_path: Path) -> None:
    picture = next((bench / "images").iterdir())
    (tmp_path / "a.png").write_bytes(picture.read_bytes())
    (tmp_path / "manifest.tsv").write_text("file\tat_s\tvehicle\na.png\tsoon\t\na.png\t1\tship\n", encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as caught:
        read_labels(tmp_path, "tsv")
    assert len(caught.value.faults) == 2
    assert "could not convert" in str(caught.value)
    assert "expected car or motorbike" in str(caught.value)


def test_one_visit_has_one_plate(bench: Path, tmp_path: Path) -> None:
    from matthan.model_eval.chain import judge_visits  # noqa: PLC0415

    picture = next((bench / "images").iterdir())
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(picture.read_bytes())
    (tmp_path / "manifest.tsv").write_text(
        "file\tvisit\ttext\na.png\t1\t75F112345\nb.png\t1\t75F112346\n", encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match="different texts"):
        judge_visits(read_labels(tmp_path, "tsv"), finder=None, corners=None, reader=None, on=ON)  # type: ignore[arg-type]
