from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.plates.grammar import Form, LawfulText, PlateKind, plate_grammar

TODAY = date(2026, 11, 24)
GRAMMAR = plate_grammar()
FORMS = [(kind, form) for kind in GRAMMAR.kinds for form in kind.forms]


@st.composite
def lawful(draw: st.DrawFn) -> tuple[PlateKind, Form, str]:
    kind, form = draw(st.sampled_from(FORMS))
    return (
        kind,
        form,
        draw(
            st.from_regex(form.pattern, fullmatch=True).filter(str.isascii)
            | st.from_regex(form.pattern, fullmatch=True)
        ),
    )


@given(lawful())
def test_every_lawful_text_is_read_as_its_kind(plate: tuple[PlateKind, Form, str]) -> None:
    kind, form, text = plate

    found = GRAMMAR.readings(text, vehicle=kind.vehicle, layout=form.layout, on=TODAY, upper=form.upper)

    assert LawfulText(text=text, kind=kind, form=form) in found


@given(lawful(), st.integers(0, 11))
def test_a_text_is_lawful_only_in_the_lines_of_its_form(plate: tuple[PlateKind, Form, str], upper: int) -> None:
    kind, _form, text = plate

    found = GRAMMAR.readings(text, vehicle=kind.vehicle, layout="two_lines", on=TODAY, upper=upper)

    assert all(one.form.template.partition("/")[0] for one in found)
    assert all(len(one.form.printed(text, "/").partition("/")[0].replace("-", "")) == upper for one in found)


def test_what_is_left_of_a_longer_plate_is_not_lawful_in_its_lines() -> None:
    # 59-F1 428.19 with its 1 covered: as a text it is an old 59-F4 2819
    known = {"vehicle": "motorbike", "layout": "two_lines", "on": TODAY}
    assert GRAMMAR.readings("59F42819", **known)  # type: ignore[arg-type]
    assert not GRAMMAR.readings("59F42819", upper=3, **known)  # type: ignore[arg-type]
    assert GRAMMAR.repaired("59F42819", (1.0,) * 8, upper=3, **known) is None  # type: ignore[arg-type]
    assert GRAMMAR.repaired("59F42819", (1.0,) * 8, upper=4, **known) == "59F42819"  # type: ignore[arg-type]


def test_a_doubled_character_is_left_out_of_the_line_that_it_stands_in() -> None:
    known = {"vehicle": "motorbike", "layout": "two_lines", "on": TODAY}
    upper_double, lower_double = (1.0, 0.6, *(1.0,) * 8), (*(1.0,) * 8, 0.6, 1.0)
    assert GRAMMAR.repaired("599F142819", upper_double, upper=5, **known) == "59F142819"  # type: ignore[arg-type]
    assert GRAMMAR.repaired("59F1428119", lower_double, upper=4, **known) == "59F142819"  # type: ignore[arg-type]
    assert GRAMMAR.repaired("599F142819", upper_double, upper=4, **known) is None  # type: ignore[arg-type]


@given(lawful())
def test_what_is_printed_holds_every_character_in_order(plate: tuple[PlateKind, Form, str]) -> None:
    kind, form, text = plate

    printed = LawfulText(text=text, kind=kind, form=form).printed

    assert "".join(character for character in printed if character.isalnum()) == text


@given(lawful(), st.data())
def test_a_lawful_text_is_never_repaired_into_another(plate: tuple[PlateKind, Form, str], data: st.DataObject) -> None:
    kind, form, text = plate
    confidences = data.draw(st.lists(st.floats(0, 1), min_size=len(text), max_size=len(text)))

    assert GRAMMAR.repaired(text, confidences, vehicle=kind.vehicle, layout=form.layout, on=TODAY) == text


@given(st.text("0123456789ABCDEFGHKLMNPQRSTUVXYZĐ", min_size=1, max_size=11), st.data())
def test_a_repair_is_lawful_and_changes_only_doubtful_characters(text: str, data: st.DataObject) -> None:
    confidences = data.draw(st.lists(st.floats(0, 1), min_size=len(text), max_size=len(text)))

    repaired = GRAMMAR.repaired(text, confidences, vehicle=None, layout=None, on=TODAY)

    if repaired is None or repaired == text:
        return
    assert GRAMMAR.readings(repaired, vehicle=None, layout=None, on=TODAY)
    if len(repaired) == len(text) - 1:
        twice = [place for place in range(1, len(text)) if text[place - 1] == text[place]]
        assert any(
            text[:place] + text[place + 1 :] == repaired and min(confidences[place - 1 : place + 1]) < 0.9
            for place in twice
        )
        return
    assert len(repaired) == len(text)
    changed = [place for place, pair in enumerate(zip(text, repaired, strict=True)) if pair[0] != pair[1]]
    assert 1 <= len(changed) <= 2
    assert all(confidences[place] < 0.9 for place in changed)
    assert GRAMMAR.repaired(repaired, confidences, vehicle=None, layout=None, on=TODAY) == repaired


@pytest.mark.parametrize(
    ("text", "vehicle", "layout", "kind", "printed"),
    [
        ("75C12345", "car", "one_line", "car", "75C-123.45"),
        ("75C12345", "car", "two_lines", "car", "75C 123.45"),
        ("59F112345", "motorbike", "two_lines", "motorbike", "59-F1 123.45"),
        ("29AB12345", "motorbike", "two_lines", "motorbike_two_letters", "29-AB 123.45"),
        ("54R28693", "motorbike", "two_lines", "motorbike_four_digits", "54-R2 8693"),
        ("29MĐ105200", "motorbike", "two_lines", "motorbike_electric", "29-MĐ1 052.00"),
        ("80NG63134", "car", "one_line", "ng_car", "80-NG-631-34"),
        ("41291NG01", "car", "one_line", "ng_car", "41-291-NG-01"),
        ("TH4995", "car", "one_line", "army_car", "TH-49-95"),
        ("51LD1234", "car", "one_line", "car_symbol", "51LD-1234"),
    ],
)
def test_plates_of_the_road_are_named(text: str, vehicle: str, layout: str, kind: str, printed: str) -> None:
    found = GRAMMAR.readings(text, vehicle=vehicle, layout=layout, on=TODAY)  # type: ignore[arg-type]

    assert (found[0].kind.id, found[0].printed) == (kind, printed)


def test_line_count_and_vehicle_tell_what_eight_characters_are() -> None:
    text = "29A12345"

    assert GRAMMAR.readings(text, vehicle="car", layout="two_lines", on=TODAY)[0].printed == "29A 123.45"
    assert GRAMMAR.readings(text, vehicle="motorbike", layout="two_lines", on=TODAY)[0].printed == "29-A1 2345"
    assert GRAMMAR.readings(text, vehicle="motorbike", layout="one_line", on=TODAY) == ()


@pytest.mark.parametrize("text", ["13A12345", "29I12345", "29A00000", "29A1234567", "", "A"])
def test_what_no_authority_issues_is_not_lawful(text: str) -> None:
    assert GRAMMAR.readings(text, vehicle="car", layout=None, on=TODAY) == ()


def test_a_series_is_not_lawful_before_it_was_introduced() -> None:
    known = {"vehicle": "motorbike", "layout": "two_lines"}

    assert GRAMMAR.readings("29MĐ112345", on=date(2014, 5, 31), **known) == ()  # type: ignore[arg-type]
    assert GRAMMAR.readings("29MĐ112345", on=date(2014, 6, 1), **known)  # type: ignore[arg-type]


def test_two_ways_to_mend_a_text_are_no_repair() -> None:
    doubtful = (1.0, 1.0, 0.4, 1.0, 1.0, 1.0, 1.0, 1.0)
    known = {"vehicle": "car", "layout": "one_line", "on": TODAY}

    assert GRAMMAR.repaired("75812345", doubtful, **known) == "75B12345"  # type: ignore[arg-type]
    assert GRAMMAR.repaired("75712345", doubtful, **known) is None  # type: ignore[arg-type]  # L or T
    assert GRAMMAR.repaired("75812345", (1.0,) * 8, **known) is None  # type: ignore[arg-type]  # nothing is doubtful


def test_a_character_told_twice_is_left_out_only_where_that_is_the_one_way() -> None:
    known = {"vehicle": "car", "layout": "one_line", "on": TODAY}
    doubtful = (0.7, 0.7, *(1.0,) * 7)
    assert GRAMMAR.repaired("443A29999", doubtful, **known) == "43A29999"
    assert GRAMMAR.repaired("443A29999", (1.0,) * 9, **known) is None
    assert GRAMMAR.repaired("30E112344", (*(1.0,) * 3, *(0.7,) * 6), **known) is None


def test_the_data_hold_together() -> None:
    assert len(GRAMMAR.provinces) == 81
    assert len({kind.id for kind in GRAMMAR.kinds}) == len(GRAMMAR.kinds)
    assert all(first <= second for first, second in pairwise(GRAMMAR.provinces))
    assert {kind.vehicle for kind in GRAMMAR.kinds} == {"car", "motorbike"}
    assert GRAMMAR.kind("army_car") is not None
    assert GRAMMAR.kind("spaceship") is None
    for character, others in GRAMMAR.confusions.items():
        assert character not in others
        assert all(character in GRAMMAR.confusions[other] for other in others)
