"""Whether what a rule tells was measured to be right often enough for a case that goes to the police."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.cases.precision import Precision
from domain.cases.words import Words
from domain.model_ref import ModelRef

LEAST_PRECISION = 0.95
"""Of a rule its measured share; of a network, of which a few dozen answers are known, the lower end of the 95 %
interval: a few lucky ones prove nothing."""

MeasuredFigures = Mapping[str, Mapping[str, Precision]]
"""By sha256 of weights, then by what was told: how often that was right. From the manifest of networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigure:
    """How often a rule's cases were right when they were last held against a truth that nobody tuned it on.

    Examples:
        >>> figure = RuleFigure(version="1.4", right=42, judged=46, source="benchmarks/sumo_lanes.md")
        >>> figure.carries_a_case, figure.words.en
        (False, 'its version 1.4 was right in 42 of 46 cases, 0.913 (0.80 to 0.97); 0.95 is needed')
    """

    version: str  # of the rule that was measured
    right: int
    judged: int  # cases
    source: str  # the page that holds the figure, and the command that made it

    @property
    def precision(self) -> Precision:
        """With its interval."""
        return Precision(right=self.right, judged=self.judged)

    @property
    def carries_a_case(self) -> bool:
        """Whether the rule may accuse."""
        return (self.precision.share or 0.0) >= LEAST_PRECISION

    @property
    def words(self) -> Words:
        """The figure, and what is needed."""
        low, high = self.precision.interval95
        share = f"{self.precision.share or 0.0:.3f} ({low:.2f} to {high:.2f}); {LEAST_PRECISION}"
        return Words(
            f"bản {self.version} đúng {self.right} trên {self.judged} hồ sơ, "
            f"{share.replace('.', ',').replace('to', 'đến').replace('; ', '; cần ')}",
            f"its version {self.version} was right in {self.right} of {self.judged} cases, {share} is needed",
        )


NEVER_MEASURED = Words("chưa đo quy tắc này đúng bao nhiêu phần", "how often its cases are right was never measured")


def why_shadow(told: Sequence[str], measured: RuleFigure | None, figures: MeasuredFigures) -> Words | None:
    """Why a rule's cases are shadow whatever a camera's file says; None: they need not be.

    Args:
        told: all that its networks must have been measured to tell rightly; empty: it has the figure of its own.
        measured: that figure; None: there is none.
        figures: of the weights that look.

    Examples:
        >>> why_shadow((), None, {}) == NEVER_MEASURED
        True
        >>> right = RuleFigure(version="1.5", right=245, judged=245, source="benchmarks/sumo_lanes.md")
        >>> why_shadow((), right, {}) is None
        True
    """
    if told:
        return next((measured_so_far(one, figures) for one in told if not can_be_proven(one, figures)), None)
    if measured is None:
        return NEVER_MEASURED
    return None if measured.carries_a_case else measured.words


def of_models(models: Iterable[ModelRef | None], figures: MeasuredFigures) -> MeasuredFigures:
    """What is known of the weights that a finding rests on.

    Args:
        models: those that looked; None: not known which.
        figures: what is known of weights; of those that are not there, nothing is.
    """
    return {model.sha256: figures[model.sha256] for model in models if model is not None and model.sha256 in figures}


def can_be_proven(told: str, figures: MeasuredFigures) -> bool:
    """Whether any of these weights was measured well enough.

    Examples:
        >>> can_be_proven("bare", {"a" * 64: {"bare": Precision(right=14, judged=25)}})
        False
        >>> can_be_proven("bare", {"a" * 64: {"bare": Precision(right=200, judged=202)}})
        True
    """
    known = (of_weights.get(told) for of_weights in figures.values())
    return any(figure is not None and figure.interval95[0] >= LEAST_PRECISION for figure in known)


def measured_so_far(told: str, figures: MeasuredFigures) -> Words:
    """The best figure that there is of any weights.

    Examples:
        >>> measured_so_far("bare", {"a" * 64: {"bare": Precision(right=14, judged=25)}}).en
        "'bare' was right in 14 of 25, surely in 0.37 of them; 0.95 is needed"
        >>> measured_so_far("bare", {}).en
        "how often 'bare' is right was never measured"
    """
    known = [figure for of_weights in figures.values() if (figure := of_weights.get(told)) is not None]
    if not known:
        return Words(f"chưa đo '{told}' đúng bao nhiêu phần", f"how often {told!r} is right was never measured")
    best = max(known, key=lambda figure: figure.interval95[0])
    least, needed = f"{best.interval95[0]:.2f}", f"{LEAST_PRECISION}"
    return Words(
        f"'{told}' đúng {best.right} trên {best.judged}, chắc chắn {least.replace('.', ',')}; "
        f"cần {needed.replace('.', ',')}",
        f"{told!r} was right in {best.right} of {best.judged}, surely in {least} of them; {needed} is needed",
    )
