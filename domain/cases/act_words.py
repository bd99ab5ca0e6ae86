"""The words for acts: decisive moments, measurements, and why an act did not become a case. Vietnamese first."""

from collections.abc import Mapping

from domain.cases.words import Words

MOMENT_WORDS: Mapping[str, Words] = {
    "before_line": Words("Trước vạch", "Before the line"),
    "after_line": Words("Sau vạch", "Past the line"),
    "over_line": Words("Đè vạch", "Over the line"),
    "still_over_line": Words("Vẫn đè vạch", "Still over the line"),
    "first_sighting": Words("Thấy lần đầu", "First sighting"),
    "last_sighting": Words("Thấy lần cuối", "Last sighting"),
    "entered": Words("Vào làn", "Entered the lane"),
    "against_flow": Words("Đi ngược chiều", "Against the flow"),
    "before_solid_line": Words("Trước vạch liền", "Before the solid line"),
    "on_solid_line": Words("Đè vạch liền", "On the solid line"),
    "over_solid_line": Words("Đã sang làn bên kia", "Over the solid line"),
    "entered_by_gate": Words("Đi vào giao lộ", "Entered the junction"),
    "turning": Words("Đang rẽ", "Turning"),
    "left_by_gate": Words("Đi ra khỏi giao lộ", "Left the junction"),
    "before_sign": Words("Trước biển cấm", "Before the sign"),
    "on_closed_road": Words("Trong đường cấm", "On the closed road"),
    "in_lane": Words("Trong làn", "In the lane"),
    "still_in_lane": Words("Vẫn trong làn", "Still in the lane"),
    "on_pavement": Words("Trên hè phố", "On the pavement"),
    "crossed": Words("Qua vạch đếm", "Crossed the gate"),
    "seen_there": Words("Thấy ở đó", "Seen there"),
    "still_there": Words("Vẫn ở đó", "Still there"),
    "through_lane": Words("Đi hết làn", "Through the lane"),
    "first_look": Words("Nhìn lần đầu", "First look"),
    "middle_look": Words("Nhìn lần giữa", "Middle look"),
    "last_look": Words("Nhìn lần cuối", "Last look"),
    "first_observation": Words("Thấy chiếm dụng lần đầu", "First seen occupied"),
    "back_again": Words("Tái chiếm", "Occupied again"),
    "later_observation": Words("Vẫn chiếm dụng sau đó", "Still occupied later"),
    "still_on_pavement": Words("Vẫn chạy trên hè phố", "Still on the pavement"),
}

MEASURE_WORDS: Mapping[str, Words] = {
    "dwell_s": Words("Đứng (s)", "Stood (s)"),
    "threshold_s": Words("Ngưỡng nơi này (s)", "Threshold here (s)"),
    "observed_share": Words("Phần thời gian nhìn thấy", "Share of time seen"),
    "unobserved_s": Words("Không nhìn thấy (s)", "Not seen (s)"),
    "longest_gap_s": Words("Lần khuất lâu nhất (s)", "Longest gap (s)"),
    "red_before_crossing_s": Words("Đèn đỏ đã sáng (s)", "Red shown before (s)"),
    "red_beginning_seen": Words("Thấy lúc chuyển đỏ", "Change to red seen"),
    "gap_at_line_s": Words("Khoảng hở tại vạch (s)", "Gap at the line (s)"),
    "stood_over_line": Words("Có dừng trên vạch", "Stood over the line"),
    "signal_id": Words("Đèn tín hiệu", "Signal"),
    "left_by": Words("Đi ra theo", "Left by"),
    "advance_box_heights": Words("Vượt vạch (× cao xe)", "Beyond the line (× vehicle height)"),
    "largest_advance_box_heights": Words("Vượt xa nhất (× cao xe)", "Furthest beyond (× vehicle height)"),
    "over_line_box_heights": Words("Đè qua vạch (× cao xe)", "Over the line (× vehicle height)"),
    "stood_at_least_s": Words("Dừng ít nhất (s)", "Stood at least (s)"),
    "jammed_s": Words("Không tính: ùn tắc, chờ đèn, mất hình (s)", "Not counted: jam, light, unwatched (s)"),
    "row_vehicles": Words("Số xe đứng thành hàng, kể cả xe này", "Vehicles in its row, itself included"),
    "row_key": Words("Hàng xe (mã chung)", "Row (shared name)"),
    "sightings": Words("Số lần nhìn thấy", "Sightings"),
    "tracks": Words("Số vệt theo dõi", "Tracks"),
    "against_direction_m": Words("Đi ngược (m)", "Against the direction (m)"),
    "against_direction_picture_heights": Words("Đi ngược (× cao khung hình)", "Against (× picture height)"),
    "aside_m": Words("Lệch ngang (m)", "Aside (m)"),
    "aside_picture_heights": Words("Lệch ngang (× cao khung hình)", "Aside (× picture height)"),
    "lasted_s": Words("Kéo dài (s)", "Lasted (s)"),
    "sightings_on_line": Words("Số hình bánh xe đè vạch", "Pictures on the line"),
    "movement": Words("Hướng đi", "Movement"),
    "turn": Words("Kiểu rẽ", "Turn"),
    "took_s": Words("Thời gian rẽ (s)", "Took (s)"),
    "went_m": Words("Đã đi (m)", "Went (m)"),
    "went_picture_heights": Words("Đã đi (× cao khung hình)", "Went (× picture height)"),
    "along_pavement_m": Words("Đi dọc hè (m)", "Along the pavement (m)"),
    "along_pavement_picture_heights": Words("Đi dọc hè (× cao khung hình)", "Along the pavement (× picture height)"),
    "persons": Words("Số người", "People"),
    "stood_s": Words("Đứng yên (s)", "Stood (s)"),
    "uncertainty_m": Words("Sai số (m)", "Uncertainty (m)"),
    "uncertainty_picture_heights": Words("Sai số (× cao khung hình)", "Uncertainty (× picture height)"),
    "lane_open_to": Words("Làn dành cho", "Lane kept for"),
    "sightings_in_place": Words("Số hình quay đầu tại nơi cấm", "Pictures of the turn in the place"),
    "people_seen": Words("Số người thấy trên xe", "People seen on it"),
    "looks": Words("Số lần nhìn rõ", "Looks"),
    "looks_bare": Words("Số lần thấy đầu trần", "Looks with every head bare"),
    "least_confidence": Words("Độ chắc thấp nhất", "Least confidence"),
    "size_ratio": Words("Gần nhất so với xa nhất (× cỡ ảnh xe)", "Nearest to farthest view (× size)"),
    "heads_sha256": Words("Mạng nhìn đầu (sha256)", "Network that looked at heads (sha256)"),
    "reviewer_checks": Words("Người duyệt phải loại trừ", "For the reviewer to rule out"),
    "occupied_s": Words("Đã chiếm dụng (s)", "Occupied (s)"),
    "attended_share": Words("Phần thời gian có người bên cạnh", "Share of time with somebody by it"),
    "strength": Words("Độ rõ (1: vừa đủ)", "How sure (1: just enough)"),
    "share_of_zone": Words("Phần vùng bị chiếm (trong hình)", "Share of the zone, as seen"),
    "came_back": Words("Số lần tái chiếm trong ngày", "Times it came back on that day"),
    "seen_there": Words("Thấy ở đó", "Seen there"),
    "pieces_at_once": Words("Số bàn, ghế, ô cùng lúc", "Chairs, tables, umbrellas at once"),
    "reminded_before_s": Words("Đã nhắc trước đó (s)", "Reminded before (s)"),
    "reminder_id": Words("Mã nhắc nhở", "Reminder"),
    "free_width_least_m": Words("Lối đi còn lại ít nhất (m)", "Free width at least (m)"),
    "free_width_most_m": Words("Lối đi còn lại nhiều nhất (m)", "Free width at most (m)"),
}

INTERNAL_UNITS = ("_heights", "_sha256", "_key", "_id")
"""Ends of the names of measurements that are in units of the picture, or name something inside the system."""

REFUSAL_WORDS: Mapping[str, Words] = {
    "water_unknown": Words(
        "Không biết chỗ trũng có ngập không", "whether water stands in the low spot could not be told"
    ),
    "not_a_vehicle": Words("Không phải phương tiện", "a person or thing, no vehicle"),
    "left_before_threshold": Words("Rời đi trước ngưỡng thời gian", "it was seen to leave in time"),
    "lost_before_threshold": Words(
        "Mất dấu trước ngưỡng thời gian", "not seen again for so long that nobody knows whether it stayed"
    ),
    "replaced_before_threshold": Words("Xe khác đã vào chỗ đó", "another vehicle stands in its place"),
    "picture_changed_before_threshold": Words("Kích thước hình đổi giữa chừng", "the picture's size changed meanwhile"),
    "slid_before_threshold": Words("Có thể đã lẫn với xe bên cạnh", "its newest boxes may be a neighbour's"),
    "not_watched_before_threshold": Words(
        "Thiết bị ngừng quá lâu hoặc hình bị treo", "the box was down for too long, or the picture was frozen"
    ),
    "ban_ended_before_threshold": Words("Hết giờ cấm trước ngưỡng", "the hours of the ban ended first"),
    "signal_unknown": Words("Không rõ tín hiệu đèn", "the signal was unknown before, at or after the crossing"),
    "within_grace": Words("Trong khoảng châm chước sau khi chuyển đỏ", "red had been shown for too short a time"),
    "not_before_line_under_red": Words(
        "Không thấy ở trước vạch khi đèn đỏ", "not seen wholly before the line while this red was shown"
    ),
    "not_far_enough": Words("Đi chưa đủ xa", "it left, or was lost, before it had surely gone far enough"),
    "rolled_back": Words("Lùi lại trước vạch", "it went back before the line"),
    "box_cut": Words("Chỉ mép dưới khung thay đổi", "only the lower edge of its box moved over the line"),
    "unseen_at_line": Words("Khuất tại vạch", "no sighting for too long around the line"),
    "moments_too_close": Words("Không đủ hai thời điểm cách nhau", "no two sightings far enough apart show the act"),
    "front_unknown": Words(
        "Không rõ đầu xe ở đâu", "seen from the side, or its heading is not known: its front may be anywhere"
    ),
    "seen_too_short": Words("Thấy quá ít", "a single sighting on one side of the line shows nothing for sure"),
    "carried_by_a_vehicle": Words(
        "Có thể đang đi xe hoặc ngồi trên xe",
        "it rides or sits in a vehicle, or is so near one, so small or so fast that it may",
    ),
    "on_crosswalk": Words("Trên lối sang đường", "it crossed where people may cross"),
    "left_soon": Words("Rời lòng đường sớm", "it was off the carriageway, or lost, before it was long enough"),
    "moment_missing": Words("Thiếu thời điểm quyết định", "a decisive moment is missing"),
    "no_catalogue_row": Words(
        "Không có hành vi tương ứng với loại xe", "no offence is in force for this kind of vehicle on that date"
    ),
    "same_act_as_other_rule": Words("Đã có hồ sơ theo hành vi khác", "there is a case of this act under another rule"),
    "told_before": Words("Đã có hồ sơ của hành vi này", "there is a case of this act already"),
    "kept_unreadable": Words(
        "Không đọc được phần đang theo dõi", "acts in progress could not be taken over, they begin again"
    ),
    "rule_failed": Words(
        "Quy tắc bị lỗi, tạm ngừng",
        "the rule broke and was left out for a while; what it missed is unknown",
    ),
    "turned_back": Words(
        "Quay lại khi chưa đủ xa", "it went against the direction, not far or long enough, and back again"
    ),
    "left_lane": Words("Rời làn khi chưa đủ xa", "it left the lane, or was lost, before it had gone far enough"),
    "track_jumped": Words(
        "Vệt theo dõi nhảy sang vật khác", "its track jumped: what was seen before and after may be two vehicles"
    ),
    "lawful_turn": Words("Rẽ theo hướng được phép khi đèn đỏ", "it left by an exit that is allowed on red"),
    "others_unseen": Words(
        "Chưa rõ cả hàng xe có cùng vượt không",
        "the camera was stopped or reloaded before it was known whether all crossed at a lamp read in the picture",
    ),
    "exit_unknown": Words("Không rõ rẽ hướng nào", "lost before it was clear that it did not take an allowed exit"),
    "own_signal_not_red": Words(
        "Đèn của hướng đã đi không đỏ", "the lamp of the way that it took was not red, whatever the others showed"
    ),
    "junction_blocked": Words(
        "Xe đứng chắn ngay sau vạch", "others stood just beyond the line as it came there: the junction was blocked"
    ),
    "leapt": Words(
        "Nhảy vị trí, có thể là xe khác",
        "it was elsewhere sooner than it can have driven there: perhaps another vehicle",
    ),
    "left_behind": Words(
        "Có xe mới hiện ra đúng chỗ xe này vừa đứng",
        "a vehicle that was not seen before stands where it stood: its track may have gone over to another one",
    ),
    "left_behind_unseen": Words(
        "Chưa kịp thấy, hoặc mất hình nên không thấy được, có xe nào còn ở chỗ xe này đứng",
        "the camera was stopped or reloaded, or pictures were missing, so that it is not known whether another vehicle"
        " appeared where this one stood",
    ),
    "stopped_over_line": Words(
        "Dừng đè vạch, không đi tiếp", "it stood over the line and did not go on: that is STOP_LINE's act"
    ),
    "entered_junction": Words("Đi tiếp vào giao lộ", "it went on into the junction: that is RED_LIGHT's act, or none"),
    "movement_unknown": Words("Hướng đi chưa được khai báo", "no movement is described from the one gate to the other"),
    "gap_on_way": Words("Khuất quá lâu trên đường rẽ", "unseen for too long between the gates"),
    "took_too_long": Words("Dừng giữa chừng khi rẽ", "it stopped in between: no single turn"),
    "backed_out": Words("Lùi ra theo đường cũ", "it came back the way it went in: backed or pushed, not turned"),
    "mixed_up": Words(
        "Hai xe giống nhau che nhau", "another one like it covered it: which of them went on by this way is not known"
    ),
    "class_in_doubt": Words("Không chắc loại xe", "the detector wavers between classes"),
    "creeps_in_queue": Words(
        "Nhích trong hàng chờ", "slower than anybody drives who uses a lane: it waited in a queue"
    ),
    "crosses_the_lane": Words("Cắt ngang làn", "it went across the lane, or against it, not along it"),
    "entry_unseen": Words(
        "Không thấy lúc đi vào", "first seen on the closed road: it may live there, or have come by another way"
    ),
    "not_by_gate": Words("Không đi vào qua biển cấm", "it came from the side, perhaps out of a yard, not past a sign"),
    "straddles_the_edge": Words("Đè mép làn", "a third of it or more was in the next lane"),
    "pushed_on_foot": Words("Dắt bộ", "slower than anybody drives, or somebody walks beside it"),
    "across_the_pavement": Words("Cắt ngang hè phố", "it crossed the pavement: to a gate, or to the road"),
    "gap_at_line": Words("Khuất tại vạch liền", "unseen for too long around the line: it may have come round its end"),
    "too_few_on_line": Words("Quá ít hình thấy đè vạch", "not seen on or over the line in enough pictures"),
    "crosses_the_road": Words("Cắt ngang đường", "it went across, not along: no change of lanes"),
    "turns_round": Words("Quay đầu tại vạch liền", "it went along the line both ways: it turned round there"),
    "obstacle_ahead": Words(
        "Có xe dừng chắn làn", "somebody stood in its own lane: it drove round him, or back after him"
    ),
    "stays_on_line": Words("Đi trên vạch liền", "it rode on the line, or stood there"),
    "soon_gone": Words(
        "Đã dọn hoặc không còn thấy, chưa đủ lâu", "cleared, or not seen any more, before it was there for long enough"
    ),
    "vehicle_in_place": Words("Có xe đỗ ở chỗ đó", "a vehicle stood there: that is parking, or all that was seen"),
    "always_there": Words("Vốn có ở đó", "furniture on ground that looks as ever: the street's own"),
    "part_of_another": Words("Thuộc chỗ bên cạnh", "it cannot be told from an older place beside it"),
    "too_little_there": Words("Quá ít đồ", "a bag, a single chair: too little to be told"),
    "enough_left_free": Words("Có thể còn đủ lối đi", "who walks there may still have the width that must stay free"),
    "free_width_unknown": Words("Không đo được lối đi còn lại", "a width must stay free, and nobody knows which is"),
    "nobody_by_it": Words("Không có người bên cạnh", "changed ground, and nobody who stays by it: it may be anything"),
    "somebody_by_it": Words("Có người bên cạnh", "somebody loads, works or waits there"),
    "more_than_a_vendor": Words("Nhiều hơn một gánh hàng rong", "a whole stall: that is another offence"),
    "no_cart": Words("Không thấy xe đẩy", "no cart was found there"),
    "clock_off": Words("Đồng hồ camera sai", "the camera's clock was off by more than its limit"),
    "view_unknown": Words("Chưa biết khung nhìn", "nothing was known of the camera's view yet"),
    "picture_frozen": Words("Hình bị treo", "the camera repeated one picture"),
    "view_changed": Words("Khung nhìn bị thay đổi", "the camera did not show what the zones were drawn on"),
    "picture_changed": Words("Kích thước hình đổi", "the picture's size changed between the act's moments"),
    "rule_not_in_force": Words(
        "Ngoài thời gian áp dụng", "the rule was not in force when it began, or lifted meanwhile"
    ),
    "flow_on_red": Words(
        "Cả dòng xe qua vạch khi đọc đèn đỏ", "traffic flowed over the line while the light read red: it may be misread"
    ),
    "surface_unknown": Words("Không đọc được mặt đường", "the ground of the zone could not be told"),
    "vehicle_stands": Words("Có xe dừng ở đó", "a vehicle came there and stands: it is what changed the ground"),
    "jam": Words("Ùn tắc", "others stood where the act was: a jam"),
    "way_too_short": Words("Đoạn nhìn thấy quá ngắn", "seen over too short a way in the lane to tell its speed"),
    "speed_uncertain": Words("Tốc độ không đủ chắc", "boxes and calibration leave more than 5 km/h uncertain"),
    "speed_implausible": Words(
        "Tốc độ không thể có", "nobody drives so fast here: two vehicles on one track, or a wrong calibration"
    ),
    "turned_elsewhere": Words("Quay đầu ở chỗ khác", "it turned around, but not in a place where that is forbidden"),
    "riders_swapped": Words(
        "Có người lẫn giữa hai xe",
        "somebody was seen on this motorcycle and on another: whose riders these are is unknown",
    ),
    "riders_disagree": Words("Các lần nhìn đếm khác nhau", "the looks count different numbers of people"),
    "too_few_looks": Words("Quá ít lần nhìn rõ", "fewer looks show it than are needed"),
    "one_distance_only": Words("Chỉ thấy ở một khoảng cách", "all looks show it at about the same size"),
    "heads_disagree": Words(
        "Các lần nhìn đầu khác nhau", "a head is told bare in one look, and helmet or other in another"
    ),
    "whose_head_unknown": Words(
        "Không rõ đầu trần là của người lái hay người ngồi sau",
        "one of several heads is bare, and nobody knows whether it is the driver's",
    ),
    "looks_begin_anew": Words(
        "Hệ thống khởi động lại khi đang quan sát người trên xe",
        "looks at riders began anew when the camera was restarted or reloaded; who was being looked at is not told",
    ),
    "suspended_clock_off": Words("Tạm ngừng vì đồng hồ sai", "the rule was suspended for the clock"),
    "suspended_picture_frozen": Words("Tạm ngừng vì hình bị treo", "the rule was suspended for a frozen picture"),
    "suspended_view_changed": Words("Tạm ngừng vì khung nhìn thay đổi", "the rule was suspended for the view"),
    "suspended_view_unknown": Words(
        "Tạm ngừng vì khung nhìn chưa biết và không đứng yên",
        "the rule was suspended, since the view was not known and did not stand still",
    ),
}
"""By the reason that is counted; every one that a rule or an interlock gives."""

VALUE_WORDS: Mapping[str, Words] = {
    "ahead": Words("đi thẳng", "ahead"),
    "left": Words("rẽ trái", "left"),
    "right": Words("rẽ phải", "right"),
    "around": Words("quay đầu", "around"),
    "bicycle": Words("xe đạp", "bicycle"),
    "bus": Words("xe buýt", "bus"),
    "car": Words("ô tô", "car"),
    "motorcycle": Words("xe máy", "motorcycle"),
    "truck": Words("xe tải", "truck"),
    "child_under_6": Words("trẻ em dưới 6 tuổi", "a child under 6"),
    "child_under_12": Words("trẻ em dưới 12 tuổi", "a child under 12"),
    "patient": Words("đưa người bệnh đi cấp cứu", "a patient on the way to hospital"),
    "old_or_weak": Words("người già yếu, người khuyết tật", "somebody old, weak or disabled"),
    "escorted_offender": Words("áp giải người vi phạm", "an escorted offender"),
    "turban": Words("khăn đóng, khăn trùm", "a turban or headscarf"),
    "count_again": Words("đếm lại số người", "count the people again"),
    "chair": Words("ghế", "chair"),
    "table": Words("bàn", "table"),
    "bench": Words("ghế băng", "bench"),
    "umbrella": Words("ô, dù", "umbrella"),
    "cart": Words("xe đẩy", "cart"),
    "surface": Words("đồ vật trên mặt đất", "things on the ground"),
}
"""Words for what a measurement may name instead of a number: turns, and classes."""

MEASURED_IN_WORDS = frozenset({"turn", "lane_open_to", "seen_there", "reviewer_checks"})
"""Measurements whose values are such words, several parted by a comma; other texts are names that somebody gave."""
