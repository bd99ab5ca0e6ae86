"""How often the interpreter looks for garbage that holds itself."""

import gc

_NEW_VALUES = 20_000  # between two looks; by default 700


def look_seldom_for_cycles() -> None:
    """For a process that makes thousands of small values a picture and keeps most of them: hardly any hold themselves.

    A sixth of what rules cost with 100 tracks was the search (benchmarks/rules.md).
    """
    gc.set_threshold(_NEW_VALUES, 20, 100)
