"""The tables of plates say what was counted, also where nothing was."""

from benchmarks.plates.figures import Count


def test_a_band_without_a_visit_has_no_shares() -> None:
    assert (
        Count(visits=0, right=0, wrong=0).row("plates up to 60 to 90 px")
        == "| plates up to 60 to 90 px | 0 | - | - | - |"
    )


def test_shares_have_their_interval() -> None:
    assert Count(visits=4, right=3, wrong=1).row("all") == "| all | 4 | 75.0 % | 1 | 25.00 % (4.56 to 69.94) |"
