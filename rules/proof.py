"""Whether what a network tells was measured to be right often enough for a case that goes to the police."""

from collections.abc import Iterable, Mapping

from domain.cases.precision import Precision
from domain.model_ref import ModelRef

LEAST_PRECISION = 0.95
"""The lower end of the 95 % interval must reach it: a few lucky answers prove nothing."""

MeasuredFigures = Mapping[str, Mapping[str, Precision]]
"""By sha256 of weights, then by what was told: how often that was right. From the manifest of networks."""


def is_proven(told: str, models: Iterable[ModelRef | None], figures: MeasuredFigures) -> bool:
    """Whether one of the networks that a finding rests on was measured well enough.

    Args:
        told: the figure's name, e.g. ``bare``.
        models: those that looked; None: not known which.
        figures: what is known of weights; of those that are not there, nothing is.

    Examples:
        >>> heads = ModelRef(name="heads", sha256="a" * 64)
        >>> is_proven("bare", [heads], {heads.sha256: {"bare": Precision(right=14, judged=25)}})
        False
        >>> is_proven("bare", [heads], {heads.sha256: {"bare": Precision(right=200, judged=202)}})
        True
        >>> is_proven("bare", [None], {})
        False
    """
    return can_be_proven(
        told, {model.sha256: figures[model.sha256] for model in models if model is not None and model.sha256 in figures}
    )


def can_be_proven(told: str, figures: MeasuredFigures) -> bool:
    """Whether any of these weights was measured well enough.

    Examples:
        >>> can_be_proven("bare", {"a" * 64: {"bare": Precision(right=14, judged=25)}})
        False
    """
    known = (of_weights.get(told) for of_weights in figures.values())
    return any(figure is not None and figure.interval95[0] >= LEAST_PRECISION for figure in known)


def measured_so_far(told: str, figures: MeasuredFigures) -> str:
    """The best figure that there is of any weights, in words.

    Examples:
        >>> measured_so_far("bare", {"a" * 64: {"bare": Precision(right=14, judged=25)}})
        "'bare' was right in 14 of 25, surely in 0.37 of them; 0.95 is needed"
        >>> measured_so_far("bare", {})
        "how often 'bare' is right was never measured"
    """
    known = [figure for of_weights in figures.values() if (figure := of_weights.get(told)) is not None]
    if not known:
        return f"how often {told!r} is right was never measured"
    best = max(known, key=lambda figure: figure.interval95[0])
    return (
        f"{told!r} was right in {best.right} of {best.judged}, surely in {best.interval95[0]:.2f} of them; "
        f"{LEAST_PRECISION} is needed"
    )
