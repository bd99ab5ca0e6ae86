"""Both languages of every screen against the glossary: its words, none that it rules out, numbers as written."""

import re
import unicodedata
from collections.abc import Iterator

import pytest

from api.console.words import WORDS, number, percent
from domain.alert_words import ALERT_WORDS, END_WORDS, TO_DO_WORDS
from domain.cases.plate_search import PURPOSES
from domain.cases.unblurring import REASONS
from domain.cases.words import BLOCKER_WORDS, CLOCK_WORDS, Words
from domain.glossary import GLOSSARY, INTERNAL_UNITS
from domain.law.catalogue import built_in_catalogue
from domain.law.rejection import rejection_reasons


def everything() -> Iterator[tuple[str, Words]]:
    """Every text that people are shown, by where it stands."""
    yield from WORDS.items()
    for kind, words in {
        "alert": ALERT_WORDS,
        "end": END_WORDS,
        "to_do": TO_DO_WORDS,
        "blocker": BLOCKER_WORDS,
        "clock": CLOCK_WORDS,
        "purpose": PURPOSES,
        "unblur": REASONS,
    }.items():
        yield from ((f"{kind}.{name}", each) for name, each in words.items())
    yield from ((f"reason.{code}", Words(each.vi, each.en)) for code, each in rejection_reasons().items())
    yield from ((f"law.{each.code}", Words(each.name_vi, each.name_en)) for each in built_in_catalogue().rows)


def test_both_languages_say_something_and_are_composed_alike() -> None:
    for where, words in everything():
        assert words.vi.strip(), where
        assert words.en.strip(), where
        for text in words:
            assert unicodedata.is_normalized("NFC", text), where
            assert text == text.strip(), where
            assert "  " not in text, where


def test_nobody_is_shown_a_word_that_the_glossary_rules_out() -> None:
    found = [
        f"{where}: {wrong}"
        for where, words in everything()
        for term in GLOSSARY.values()
        for text, ruled_out in ((words.vi, term.not_vi), (words.en, term.not_en))
        for wrong in ruled_out
        if re.search(rf"\b{re.escape(wrong)}\b", text, re.IGNORECASE)
    ]
    assert found == []


def test_the_screens_use_the_glossary_s_words() -> None:
    vietnamese = " ".join(words.vi for _, words in everything()).casefold()
    english = " ".join(words.en for _, words in everything()).casefold()
    of_documents = {"decree_168", "place"}  # said by the law and by forms, not by a screen of its own
    on_screens = {name: term for name, term in GLOSSARY.items() if name not in of_documents}
    unused = [name for name, term in on_screens.items() if term.vi.casefold() not in vietnamese]
    unused += [name for name, term in on_screens.items() if term.en.casefold() not in english]
    assert unused == []


def test_nobody_is_shown_a_unit_that_only_the_machine_has() -> None:
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, INTERNAL_UNITS)) + r")\b", re.IGNORECASE)
    assert [where for where, words in everything() if any(pattern.search(text) for text in words)] == []


@pytest.mark.parametrize(("value", "vi", "en"), [(1234.56, "1.234,6", "1,234.6"), (0.0, "0,0", "0.0")])
def test_numbers_are_written_as_the_reader_writes_them(value: float, vi: str, en: str) -> None:
    assert (number(value, "vi"), number(value, "en")) == (vi, en)
    assert (percent(0.5, "vi"), percent(0.5, "en")) == ("50,0 %", "50.0%")
