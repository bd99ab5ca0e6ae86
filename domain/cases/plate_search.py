"""Looking a plate up: why somebody may, what may be asked, and the written rule that tells odd use. Pure."""

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from domain.cases.words import Words
from domain.errors import Invalid

PURPOSES: Final[Mapping[str, Words]] = {
    "REVIEW": Words("Đối chiếu khi rà soát hồ sơ", "To compare while a case is reviewed"),
    "DUPLICATE": Words("Tìm hồ sơ trùng", "To find a duplicate"),
    "VERIFY": Words("Xác minh vụ việc đang thụ lý", "To verify a case that one handles"),
    "COMPLAINT": Words("Giải quyết khiếu nại, phản hồi của người dân", "A complaint or objection is answered"),
    "OWNER_ASKS": Words("Chủ xe yêu cầu thông tin về mình", "The owner asks what is held about the vehicle"),
    "COURT": Words("Tòa án, cơ quan thanh tra yêu cầu", "A court or inspection asks for it"),
}
"""Why a plate may be looked up; there is no other purpose."""

NEEDS_NOTE: Final = frozenset({"COMPLAINT", "OWNER_ASKS", "COURT"})
"""Purposes from outside: the number of the letter or complaint is told."""

KNOWN_AT_LEAST: Final = 4
NEAR_AT_LEAST: Final = 6  # characters, so that one wrong one is not half of the plate
LONGEST: Final = 12
TRIGRAM: Final = 3
SPELLINGS_AT_MOST: Final = 20
_ASKED = re.compile(rf"[A-ZĐ0-9?*]{{1,{LONGEST}}}")
_BETWEEN = re.compile(r"[\s.\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatePattern:
    """What is asked of a plate: ``?`` is any one character, ``*`` any number of them.

    Examples:
        >>> pattern = PlatePattern.of("75f1-1?3.45")
        >>> pattern.text, pattern.fits("75F112345"), pattern.fits("75F111145")
        ('75F11?345', True, False)
        >>> near = PlatePattern.of("75F1 123.45", near=True)
        >>> near.fits("75F112346"), near.fits("75F112366")
        (True, False)
    """

    text: str
    near: bool  # one character may be another one

    @classmethod
    def of(cls, asked: str, *, near: bool = False) -> Self:
        """Read what a person typed; spaces, dots and dashes say nothing.

        Raises:
            Invalid: it is no plate, or says so little that many vehicles would be shown.
        """
        text = _BETWEEN.sub("", asked.upper())
        if not _ASKED.fullmatch(text):
            raise Invalid(f"a plate has letters and digits, ? for one that is not known, * for some: at most {LONGEST}")
        known = sum(character not in "?*" for character in text)
        if known < KNOWN_AT_LEAST:
            raise Invalid(f"give at least {KNOWN_AT_LEAST} known characters, so that only a few vehicles are shown")
        if near and (known < len(text) or known < NEAR_AT_LEAST):
            raise Invalid(f"one wrong character is allowed in a plate of {NEAR_AT_LEAST} or more, without ? and *")
        return cls(text=text, near=near)

    @property
    def alternatives(self) -> tuple[str, ...]:
        """All that fits, each with ``?`` and ``*``."""
        if not self.near:
            return (self.text,)
        return tuple(f"{self.text[:place]}?{self.text[place + 1 :]}" for place in range(len(self.text)))

    @property
    def has_trigram(self) -> bool:
        """Whether three known characters stand together, by which an index of trigrams finds plates.

        Examples:
            >>> [PlatePattern.of(asked).has_trigram for asked in ("75F1*", "7?F1?345", "7?F1?34?")]
            [True, True, False]
        """
        return any(len(known) >= TRIGRAM for known in re.split(r"[?*]", self.text))

    def spelled_out(self, longest: int) -> tuple[str, ...]:
        """All that fits, each character at its place: ``*`` stands only at an end any more.

        Args:
            longest: characters of the longest plate that is kept.

        Returns:
            As many as there are lengths for each ``*`` before the end; too many are none.

        Examples:
            >>> PlatePattern.of("7?F1?3*").spelled_out(20)
            ('7?F1?3*',)
            >>> PlatePattern.of("7?*F1?3").spelled_out(9)
            ('7?F1?3', '7??F1?3', '7???F1?3', '7????F1?3')
            >>> PlatePattern.of("*7?*F?1?3").spelled_out(20)
            ()
        """
        text = re.sub(r"\*+", "*", self.text)
        ends_open = text.endswith("*")
        parts = text.removesuffix("*").split("*")
        spare = longest - sum(len(part) for part in parts)
        if math.comb(max(spare, 0) + len(parts) - 1, len(parts) - 1) > SPELLINGS_AT_MOST:
            return ()
        lengths = itertools.product(range(spare + 1), repeat=len(parts) - 1)
        gaps = [each for each in lengths if sum(each) <= spare]
        end = "*" if ends_open else ""
        return tuple(
            parts[0] + "".join("?" * gap + part for gap, part in zip(each, parts[1:], strict=True)) + end
            for each in gaps
        )

    def fits(self, plate: str) -> bool:
        """Whether a plate is one of those asked for."""
        forms = (re.escape(each).replace(r"\?", ".").replace(r"\*", ".*") for each in self.alternatives)
        return any(re.fullmatch(form, plate) for form in forms)


ALARM_RULE: Final = "plate-look-ups-1"
"""A person who has looked up ten plates or more in a shift, and more than three times what is usual both for that
person and for others in that shift (means of the last thirty days, over shifts with any look-up), is named to the
auditors, once a shift. Change the rule, change its name."""

ALARM_AT_LEAST: Final = 10
ALARM_RATIO: Final = 3.0
USUAL_DAYS: Final = 30


def is_odd(look_ups: int, *, own_usual: float, others_usual: float) -> bool:
    """Whether so many look-ups in a shift are told to the auditors.

    Args:
        look_ups: of a person in the running shift.
        own_usual: mean of the person's other shifts.
        others_usual: mean of everybody else in shifts of this time of day.

    Examples:
        >>> is_odd(9, own_usual=0.0, others_usual=0.0), is_odd(10, own_usual=0.0, others_usual=2.0)
        (False, True)
        >>> is_odd(30, own_usual=4.0, others_usual=12.0)
        False
    """
    return look_ups >= ALARM_AT_LEAST and look_ups > ALARM_RATIO * max(own_usual, others_usual)
