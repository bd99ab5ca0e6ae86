"""What the alert rules call an operator for, and what they do not."""

from collections.abc import Mapping

from docs.rules.scene import Act, Way
from domain.cases.words import Words

ALERTS: Mapping[str, Act] = {
    "PERSON_ON_CARRIAGEWAY": Act(
        offence="",
        act=Way(
            corners=[(0, 9, 20), (9, -1, 20)],
            label="person",
            words=Words("Người đi bộ trên lòng đường", "On foot on the carriageway"),
        ),
        lawful=Way(
            corners=[(0, 9, 11.5), (9, -1, 11.5)],
            label="person",
            words=Words("Qua đường ở vạch người đi bộ", "Crosses on the crosswalk"),
        ),
    ),
    "ANIMAL_ON_CARRIAGEWAY": Act(
        offence="",
        act=Way(
            corners=[(0, 9, 14), (9, 0, 18)],
            label="dog",
            words=Words("Chó trên lòng đường", "A dog on the carriageway"),
        ),
        lawful=Way(
            corners=[(0, 9, 10), (9, 9, 20)],
            label="dog",
            words=Words("Ở bên lề", "Beside the road"),
        ),
    ),
    "CROWD": Act(
        offence="",
        act=Way(
            corners=[(0, -2, 14), (20, -1, 14)],
            label="person",
            words=Words("Đám đông trên quảng trường", "A crowd on the square"),
            group=16,
        ),
        lawful=Way(
            corners=[(0, 3, 10), (20, 4, 10)],
            label="person",
            words=Words("Vài người", "A few people"),
            group=3,
        ),
    ),
    "STOPPED_ON_FAST_ROAD": Act(
        offence="",
        act=Way(
            corners=[(0, 5.2, 4), (2, 5.2, 16), (20, 5.2, 16)],
            label="car",
            words=Words("Dừng trên làn nhanh", "Stands in a fast lane"),
        ),
        lawful=Way(
            corners=[(0, 1.8, 4), (4, 1.8, 42)],
            label="car",
            words=Words("Chạy bình thường", "Drives on"),
        ),
    ),
    "OBJECT_ON_ROAD": Act(
        offence="",
        act=Way(
            corners=[(0, 5, 14), (60, 5, 14)],
            label="things",
            words=Words("Vật rơi nằm lại trên làn xe", "Something fell and lies in the lane"),
        ),
        lawful=Way(
            corners=[(0, 2, 22), (15, 2, 22)],
            label="things",
            words=Words("Được nhặt lên ngay", "Picked up at once"),
        ),
    ),
    "FLOODING": Act(
        offence="",
        act=Way(
            corners=[(0, 3.5, 9), (240, 3.5, 9)],
            label="water",
            words=Words("Nước ngập đến mực đã vẽ và không rút", "Water stands up to the drawn line and stays"),
        ),
        lawful=Way(
            corners=[(0, 3.5, 5), (60, 3.5, 5)],
            label="water",
            words=Words("Nước rút ngay trong một phút", "Gone within a minute"),
        ),
    ),
    "AGAINST_TRAFFIC": Act(
        offence="",
        act=Way(
            corners=[(0, 3, 40), (5, 3, 4)],
            label="car",
            words=Words("Chạy ngược chiều trên làn nhanh", "Against traffic in a fast lane"),
        ),
        lawful=Way(
            corners=[(0, 5.5, 4), (5, 5.5, 40)],
            label="car",
            words=Words("Đi đúng chiều", "With the direction"),
        ),
    ),
}
