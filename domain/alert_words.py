"""The words that operators read for alerts: what it is, and what to do. Vietnamese first, English beside it."""

from collections.abc import Mapping

from domain.alert import AlertEnd
from domain.cases.words import Words

ALERT_WORDS: Mapping[str, Words] = {
    "PERSON_ON_CARRIAGEWAY": Words("Có người dưới lòng đường", "Somebody on the carriageway"),
    "ANIMAL_ON_CARRIAGEWAY": Words("Có gia súc, chó dưới lòng đường", "An animal on the carriageway"),
    "CROWD": Words("Tụ tập đông người", "A crowd"),
    "STOPPED_ON_FAST_ROAD": Words("Xe dừng trên đường tốc độ cao", "A vehicle stands on a fast road"),
    "AGAINST_TRAFFIC": Words("Xe đi ngược chiều trên đường tốc độ cao", "A vehicle against traffic on a fast road"),
    "OBJECT_ON_ROAD": Words("Có vật lạ trên lòng đường", "Something lies on the road"),
    "FLOODING": Words("Có thể ngập đến mực đã đánh dấu", "Water may stand up to the marked line"),
}
"""By rule."""

TO_DO_WORDS: Mapping[str, Words] = {
    "PERSON_ON_CARRIAGEWAY": Words(
        "Xem camera. Nếu có người bị nạn: gọi 115 và cảnh sát giao thông",
        "Look at the camera. Is somebody hurt: call 115 and the traffic police",
    ),
    "ANIMAL_ON_CARRIAGEWAY": Words(
        "Xem camera. Báo cảnh sát giao thông và UBND phường để đưa ra khỏi đường",
        "Look at the camera. Call the traffic police and the ward to lead it off the road",
    ),
    "CROWD": Words(
        "Xem camera: tai nạn, cháy, hay tụ tập? Báo công an phường",
        "Look at the camera: an accident, a fire, a gathering? Call the ward police",
    ),
    "STOPPED_ON_FAST_ROAD": Words(
        "Xem camera: hỏng xe hay tai nạn? Báo cảnh sát giao thông, cảnh báo xe phía sau",
        "Look at the camera: breakdown or accident? Call the traffic police, warn those behind",
    ),
    "AGAINST_TRAFFIC": Words(
        "Xem camera. Báo ngay cảnh sát giao thông phía trước",
        "Look at the camera. Call the traffic police ahead at once",
    ),
    "OBJECT_ON_ROAD": Words(
        "Xem camera: vật gì? Báo đơn vị dọn đường, cảnh báo xe phía sau",
        "Look at the camera: what is it? Call whoever clears the road, warn those behind",
    ),
    "FLOODING": Words(
        "Xem camera: có ngập thật không? Báo UBND phường, đơn vị thoát nước và cảnh sát giao thông",
        "Look at the camera: is it really flooded? Call the ward, the drainage company and the traffic police",
    ),
}
"""By rule; what a rule of another package asks for is to look at the camera."""

LOOK_WORDS = Words("Xem camera", "Look at the camera")

END_WORDS: Mapping[AlertEnd | None, Words] = {
    None: Words("Đang diễn ra", "Standing"),
    AlertEnd.OVER: Words("Đã hết", "Over"),
    AlertEnd.NOT_WATCHED: Words(
        "Không còn quan sát được, chưa rõ đã hết chưa", "Not watched any more: unknown whether over"
    ),
}
