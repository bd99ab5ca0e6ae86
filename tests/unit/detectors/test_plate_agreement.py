from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.plates import agreement
from detectors.plates.agreement import TrackRead, agree
from detectors.plates.lattice import character_chances, distance, log_likelihood
from detectors.plates.looks import PlateLook
from detectors.plates.reads import CharacterRead, PlateText
from detectors.plates.spacing import lacks_a_character

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
OTHER = {"8": "B", "B": "8", "1": "7", "7": "1"}
texts = st.text("0123456789ABĐ", min_size=1, max_size=9)


def read_of(text: str, *, confidence: float = 0.985, at_s: float = 0.0, lawful: bool = True) -> TrackRead:
    characters = tuple(
        CharacterRead(options=((one, confidence), (OTHER.get(one, "Z"), 1 - confidence))) for one in text
    )
    return TrackRead(
        at=START + timedelta(seconds=at_s),
        text=PlateText(characters),
        lawful=text if lawful else None,
        layout="two_lines",
    )


def reads_of(*texts: str, confidence: float = 0.985) -> list[TrackRead]:
    return [read_of(text, confidence=confidence, at_s=0.2 * place) for place, text in enumerate(texts)]


def test_two_pictures_that_show_the_same_are_a_plate() -> None:
    verdict = agree(reads_of("59F112345", "59F112345"))

    assert (verdict.text, verdict.layout, verdict.reason) == ("59F112345", "two_lines", None)
    assert verdict.confidences == pytest.approx((0.985,) * 9)


@pytest.mark.parametrize(
    ("reads", "reason"),
    [
        ([], agreement.NO_READ),
        (reads_of("59F112345"), agreement.ONE_READ),
        ([read_of("59F112345"), read_of("59F112345", at_s=0.04)], agreement.ONE_READ),
        (reads_of("59F112345", "59F112346"), agreement.DISAGREE),
        ([read_of("59F112345"), read_of("59F112345")], agreement.ONE_READ),
        ([read_of("XX"), read_of("YY", lawful=False)], agreement.ONE_READ),
        ([read_of("XX", lawful=False), read_of("XX", at_s=1, lawful=False)], agreement.NOT_LAWFUL),
        (reads_of("59F112345", "59F112345", confidence=0.6), agreement.DOUBTFUL),
        (reads_of(*["59F112345"] * 5, *["75AB99887"] * 2), agreement.TWO_PLATES),
    ],
)
def test_what_is_not_sure_is_unread_and_says_why(reads: list[TrackRead], reason: str) -> None:
    verdict = agree(reads)

    assert (verdict.text, verdict.agreed, verdict.reason) == (None, False, reason)


def test_one_stray_read_does_not_outweigh_many() -> None:
    assert agree(reads_of(*["59F112345"] * 9, "59F112845")).text == "59F112345"


def test_a_close_contest_is_no_agreement() -> None:
    assert agree(reads_of(*["59F112345"] * 3, *["59F112845"] * 3)).reason == agreement.DISAGREE


@given(st.lists(st.tuples(texts, st.floats(0.4, 1.0), st.integers(0, 5)), max_size=7), st.randoms())
def test_the_order_of_the_reads_does_not_matter(rows: list[tuple[str, float, int]], random: object) -> None:
    reads = [read_of(text, confidence=confidence, at_s=at_s) for text, confidence, at_s in rows]
    shuffled = list(reads)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert (agree(shuffled).text, agree(shuffled).reason) == (agree(reads).text, agree(reads).reason)


@given(st.lists(st.tuples(texts, st.floats(0.4, 1.0)), max_size=7))
def test_an_agreed_text_was_seen_in_two_pictures(rows: list[tuple[str, float]]) -> None:
    reads = [read_of(text, confidence=confidence, at_s=place) for place, (text, confidence) in enumerate(rows)]

    verdict = agree(reads)

    if verdict.text is not None:
        assert sum(read.lawful == verdict.text for read in reads) >= 2
        assert len(verdict.confidences) == len(verdict.text)


@given(texts, st.integers(2, 6), st.integers(1, 4))
def test_more_of_the_same_evidence_keeps_the_text(text: str, count: int, more: int) -> None:
    assert agree(reads_of(*[text] * count)).text == text
    assert agree(reads_of(*[text] * (count + more))).text == text


@given(texts, texts)
def test_a_read_fits_its_own_text_best(text: str, other: str) -> None:
    read = read_of(text).text

    assert log_likelihood(read, text) >= log_likelihood(read, other)


@given(texts, texts, texts)
def test_the_distance_is_a_metric(first: str, second: str, third: str) -> None:
    assert distance(first, second) == distance(second, first)
    assert (distance(first, second) == 0) == (first == second)
    assert distance(first, third) <= distance(first, second) + distance(second, third)


def test_a_character_that_a_read_lacks_has_no_chance_of_it() -> None:
    reads = [read_of("59F1", confidence=1.0).text, read_of("59F", confidence=1.0).text]

    assert character_chances(reads, "59F1") == ((1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 0.0))


def with_last_character(*chances: float) -> list[TrackRead]:
    reads = reads_of(*["59F112341"] * len(chances))
    sure = [read.text.characters[:-1] for read in reads]
    last = [CharacterRead(options=(("1", chance), ("7", 1 - chance))) for chance in chances]
    return [replace(read, text=PlateText((*before, one))) for read, before, one in zip(reads, sure, last, strict=True)]


def test_a_character_that_no_picture_shows_surely_is_unread_however_many_show_it() -> None:
    assert agree(with_last_character(*[0.9] * 9)).reason == agreement.NOWHERE_SURE
    assert agree(with_last_character(0.8, 0.8, 0.99)).text == "59F112341"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.floats(0, 1))
def test_a_picture_that_shows_a_character_worse_never_makes_a_plate_of_none(chances: list[float], lower: float) -> None:
    assert (
        agree(with_last_character(*chances)).agreed
        or not agree(with_last_character(*(min(chance, lower) for chance in chances))).agreed
    )


def standing(*places: float, at_s: float) -> TrackRead:
    """An old plate of four order digits, read with these in those places of its lower line."""
    upper = [CharacterRead(options=((one, 1.0),), line=0, place=0.2) for one in "59F1"]
    lower = [CharacterRead(options=((one, 1.0),), line=1, place=at) for one, at in zip("2819", places, strict=True)]
    text = PlateText((*upper, *lower))
    lawful, hidden = (None, text.text) if lacks_a_character(text) else (text.text, None)
    return TrackRead(at=START + timedelta(seconds=at_s), text=text, lawful=lawful, hidden=hidden, layout="two_lines")


def test_a_text_whose_characters_stand_as_if_one_were_hidden_in_every_fourth_picture_is_unread() -> None:
    even = [standing(0.23, 0.41, 0.59, 0.77, at_s=second) for second in range(3)]
    uneven = standing(0.31, 0.48, 0.69, 0.88, at_s=9)
    assert agree(even).text == "59F12819"
    assert agree([*even, uneven]).reason == agreement.HIDDEN_CHARACTER
    assert agree([*even, *(replace(even[0], at=START + timedelta(seconds=s)) for s in (3, 4)), uneven]).agreed


def test_a_read_that_was_repaired_to_it_counts_among_those_that_hide_one() -> None:
    even = [standing(0.23, 0.41, 0.59, 0.77, at_s=second) for second in range(3)]
    as_letter = list(even[0].text.characters)
    as_letter[4] = replace(as_letter[4], options=(("Z", 0.52), ("2", 0.47)))
    repaired = replace(even[0], text=PlateText(tuple(as_letter)), lawful=None, hidden="59F12819")
    assert agree([*even, replace(repaired, at=START + timedelta(seconds=9))]).reason == agreement.HIDDEN_CHARACTER


def with_length_chances(*chances: float) -> list[TrackRead]:
    return [
        replace(read, text=replace(read.text, length_chance=chance))
        for read, chance in zip(reads_of(*["59F112345"] * len(chances)), chances, strict=True)
    ]


def test_what_all_reads_may_have_left_out_is_unread() -> None:
    assert agree(with_length_chances(0.5, 0.6, 0.6)).reason == agreement.LENGTH_DOUBTFUL
    assert agree(with_length_chances(0.99, 1.0, 0.97)).agreed


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.floats(0, 1))
def test_a_doubtful_length_never_makes_a_text_surer(chances: list[float], lower: float) -> None:
    doubted = with_length_chances(*(min(chance, lower) for chance in chances))
    assert agree(with_length_chances(*chances)).agreed or not agree(doubted).agreed


def look(seed: int, *, x_px: float = 0.0, width_px: float = 80.0, light: float = 1.0, noise: float = 1.0) -> PlateLook:
    """A look at one plate, drawn; the seed is of the camera's noise."""
    plate = np.full((64, 96), 200, np.uint8)
    cv2.putText(plate, "59F1", (8, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 30, 3)
    cv2.putText(plate, "12345", (4, 58), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 30, 3)
    grey = plate * light + np.random.default_rng(seed).normal(0, noise, plate.shape)
    found = PlateLook.of(cv2.merge([np.clip(grey, 0, 255).astype(np.uint8)] * 3), (x_px, 50.0), width_px)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (look(2), True),  # the vehicle stands: only the noise differs
        (look(2, x_px=60.0), False),  # it went on
        (look(2, width_px=90.0), False),  # it came nearer
        (look(2, light=0.8), False),  # another light
        (look(2, noise=90.0), False),  # hardly to be seen
    ],
)
def test_the_same_picture_again_is_no_second_witness(other: PlateLook, same: bool) -> None:
    looks = (look(1), other)
    assert looks[0].same_again(other) is same is other.same_again(looks[0])
    reads = [replace(read, look=one) for read, one in zip(reads_of("59F112345", "59F112345"), looks, strict=True)]
    assert agree(reads).reason == (agreement.SAME_PICTURE if same else None)


def test_a_parked_vehicles_plate_counts_where_every_character_is_very_sure() -> None:
    """It stands still, so all its pictures are one witness: that one must be sure."""
    looks = (look(1), look(2), look(3))
    for confidence, reason in ((0.98, agreement.SAME_PICTURE), (0.995, None)):
        reads = reads_of(*["59F112345"] * 3, confidence=confidence)
        shown = [replace(read, look=one) for read, one in zip(reads, looks, strict=True)]
        assert agree(shown).reason == reason


def test_a_picture_of_one_colour_has_no_look_to_compare() -> None:
    assert PlateLook.of(np.full((64, 96, 3), 90, np.uint8), (0.0, 0.0), 80.0) is None


def of_another_kind(count: int) -> list[TrackRead]:
    return [replace(read, other_kind=True) for read in reads_of(*["59F112345"] * count)]


def test_a_plate_of_another_kind_of_vehicle_needs_three_moments_and_no_other_text() -> None:
    assert agree(of_another_kind(2)).reason == agreement.NOT_LAWFUL
    assert agree(of_another_kind(3)).text == "59F112345"
    assert not agree([*of_another_kind(5), read_of("59F112346", at_s=9)]).agreed
