"""What a network says stands on a plate in one picture."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterRead:
    """One character with what else it may be.

    Examples:
        >>> read = CharacterRead(options=(("B", 0.75), ("8", 0.25)))
        >>> read.best, read.confidence, read.chance("8"), read.chance("X")
        ('B', 0.75, 0.25, 0.0)
    """

    options: tuple[tuple[str, float], ...]  # character and calibrated probability, best first, at least one
    line: int | None = None  # 0: the upper or only one; None: not known
    place: float | None = None  # of its middle along the line, 0 to 1; None: not known

    @property
    def best(self) -> str:
        """The likeliest character."""
        return self.options[0][0]

    @property
    def confidence(self) -> float:
        """Its probability."""
        return self.options[0][1]

    def chance(self, character: str) -> float:
        """The probability of any character; 0 where it is not among the options."""
        return next((chance for option, chance in self.options if option == character), 0.0)


@dataclass(frozen=True)
class PlateText:
    """The characters of one plate, upper line first; empty where nothing was read."""

    characters: tuple[CharacterRead, ...]
    length_chance: float = 1.0  # that there are as many, and not one more or fewer

    @cached_property
    def text(self) -> str:
        """The likeliest text."""
        return "".join(character.best for character in self.characters)

    @cached_property
    def upper(self) -> int | None:
        """How many characters stand in the upper line of two; None where there is one line, or it is not known."""
        lines = [character.line for character in self.characters]
        return lines.count(0) if 1 in lines and None not in lines else None

    @cached_property
    def confidences(self) -> tuple[float, ...]:
        """Of each character of the text."""
        return tuple(character.confidence for character in self.characters)
