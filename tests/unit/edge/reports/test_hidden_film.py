"""A copy of a stranger's film is of all of it, whatever form its pictures have, or there is none."""

import io

import av
import numpy as np
import pytest

from domain.errors import EvidenceError
from edge.reports.hidden_film import hidden_film
from edge.reports.stills import DecodedStill


def film_of(*sizes_wh: tuple[int, int]) -> bytes | None:
    stills = (
        DecodedStill(offset_s=0.2 * at, image_bgr=np.full((height, width, 3), 90, np.uint8))
        for at, (width, height) in enumerate(sizes_wh)
    )
    return hidden_film(stills, lambda _: [])


@pytest.mark.parametrize("size_wh", [(320, 240), (321, 241), (1280, 1), (1, 1)])
def test_a_film_of_any_size_has_a_copy(size_wh: tuple[int, int]) -> None:
    content = film_of(size_wh, size_wh)
    assert content is not None
    with av.open(io.BytesIO(content)) as copy:
        assert len(list(copy.decode(video=0))) == 2


@pytest.mark.parametrize("later_wh", [(640, 480), (240, 320)])
def test_a_film_whose_pictures_change_their_size_has_no_copy_rather_than_a_part_of_one(
    later_wh: tuple[int, int],
) -> None:
    with pytest.raises(EvidenceError, match="one size"):
        film_of((320, 240), later_wh)
