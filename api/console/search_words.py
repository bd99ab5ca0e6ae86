"""The words of the search, of looked-up plates and of what auditors see of them. Vietnamese first."""

from collections.abc import Mapping

from domain.cases.words import Words

SEARCH_WORDS: Mapping[str, Words] = {
    "search": Words("Tìm hồ sơ", "Search"),
    "search_hint": Words(
        "Lọc theo mọi điều kiện; bộ lọc còn nguyên khi tải lại trang. Tìm theo biển số ở trang «Tra cứu biển số»",
        "Filter by anything; the filter survives a reload. To find a plate, use \u201cPlate look-up\u201d",
    ),
    "search_empty": Words(
        "Không có hồ sơ nào khớp. Hãy bỏ bớt điều kiện, hoặc bấm «Bỏ lọc»",
        "No case fits. Take a condition away, or press \u201cClear\u201d",
    ),
    "search_failed": Words(
        "Trung tâm chưa trả lời được. Hãy đợi một lát rồi đổi một điều kiện, hoặc tải lại trang",
        "The centre cannot answer now. Wait a moment, then change a condition or reload the page",
    ),
    "more_cases": Words("Xem thêm hồ sơ", "Show more cases"),
    "no_still": Words("Không có ảnh", "No picture"),
    "still_not_shown": Words(
        "Ảnh không mở được ở đây, xem trong hồ sơ", "The picture does not open here: see the case"
    ),
    "ward": Words("Phường, xã", "Ward"),
    "clock": Words("Thời hạn", "Clock"),
    "any_clock": Words("Mọi thời hạn", "Any clock"),
    "due.target_near": Words("Sắp quá 3 ngày chuyển công an", "Near the three days to the police"),
    "due.target_over": Words("Đã quá 3 ngày chuyển công an", "Past the three days to the police"),
    "due.notice_near": Words("Sắp quá 10 ngày thông báo", "Near the ten days to the notice"),
    "due.notice_over": Words("Đã quá 10 ngày thông báo", "Past the ten days to the notice"),
    "from_day": Words("Từ ngày", "From"),
    "to_day": Words("Đến ngày", "To"),
    "answered_by": Words("Người rà soát", "Reviewer"),
    "anybody": Words("Bất kỳ ai", "Anybody"),
    "order": Words("Thứ tự", "Order"),
    "newest_first": Words("Mới nhận trước", "Newest arrival first"),
    "oldest_first": Words("Hành vi cũ nhất trước", "Oldest act first"),
    "my_filters": Words("Bộ lọc của tôi", "My filters"),
    "filter_name": Words("Tên bộ lọc", "Name of the filter"),
    "name_the_filter": Words("Hãy đặt tên cho bộ lọc", "Give the filter a name"),
    "keep_filter": Words("Lưu bộ lọc", "Save filter"),
    "forget_filter": Words("Xóa bộ lọc", "Delete filter"),
    "no_filter": Words("Bỏ lọc", "Clear"),
    "filter_kept": Words("Đã lưu bộ lọc", "Filter saved"),
    "filter_forgotten": Words("Đã xóa bộ lọc", "Filter deleted"),
    "plates": Words("Tra cứu biển số", "Plate look-up"),
    "plates_hint": Words(
        "Chỉ tìm trong hồ sơ. Mỗi lần tra cứu được ghi lại cùng mục đích; tra cứu bất thường được báo cho kiểm toán",
        "Finds cases only. Each look-up is on record with its purpose; unusual use is told to the auditors",
    ),
    "purpose": Words("Mục đích", "Purpose"),
    "purpose_note": Words("Số văn bản, ghi chú", "Number of the letter, note"),
    "one_wrong": Words("Cho phép sai một ký tự", "Allow one wrong character"),
    "look_up": Words("Tra cứu", "Look up"),
    "plate_wildcards": Words(
        "? thay cho một ký tự chưa rõ, * thay cho nhiều ký tự; cần ít nhất 4 ký tự đã rõ",
        "? for one character that is not known, * for several; at least 4 known characters",
    ),
    "say_purpose": Words("Hãy chọn mục đích tra cứu", "Choose the purpose"),
    "say_number": Words("Hãy ghi số văn bản hoặc số đơn của yêu cầu này", "Give the number of the letter or complaint"),
    "no_such_plate": Words(
        "Biển số gồm chữ và số, cần ít nhất 4 ký tự đã rõ; ví dụ 75F1-1?3.45",
        "A plate has letters and digits, at least 4 of them known; for example 75F1-1?3.45",
    ),
    "near_wants_whole": Words(
        "Muốn cho sai một ký tự, hãy nhập cả biển số, không dùng ? và *",
        "To allow one wrong character, type the whole plate, without ? and *",
    ),
    "plates_none": Words(
        "Không có hồ sơ nào có biển số như vậy trong phạm vi của bạn. Lần tra cứu này đã được ghi lại",
        "No case in your scope has such a plate. This look-up is on record",
    ),
    "look_up_noted": Words("Lần tra cứu này đã được ghi lại", "This look-up is on record"),
    "sightings": Words("Nơi khác đã thấy xe", "Where else it was seen"),
    "sightings_hint": Words(
        "Chỉ hỏi được cho xe của một hồ sơ, với mục đích; mỗi lần hỏi được ghi lại, bất thường được báo cho kiểm toán",
        "Asked for one case's vehicle, for a purpose; each time is on record, unusual use is told to auditors",
    ),
    "sightings_off": Words(
        "Trung tâm này không ghi nhận xe đi qua và không có gì để tra: chưa có quyết định bằng văn bản cho phép",
        "This centre takes and finds no sightings: no written decision that allows them is named in its settings",
    ),
    "sightings_basis": Words("Theo", "Allowed by"),
    "sightings_of_a_case": Words(
        "Hãy mở một hồ sơ rồi chọn «Nơi khác đã thấy xe» ở đó",
        "Open a case and follow “Where else it was seen” from there",
    ),
    "sightings_none": Words(
        "Không thấy xe ở nơi nào khác trong những ngày còn lưu", "Seen nowhere else in the days that are kept"
    ),
    "sightings_newest": Words("Chỉ hiện những lần mới nhất", "Only the newest are shown"),
    "look_ups": Words("Sổ tra cứu biển số", "Plate look-ups"),
    "look_ups_hint": Words(
        "Ai đã tra cứu biển số nào, vì sao. Báo động khi một người tra cứu nhiều gấp ba mức thường của mình và của ca",
        "Who looked up which plate and why. An alarm: three times what is usual for the person and the shift",
    ),
    "look_up_alarms": Words("Tra cứu bất thường", "Unusual use"),
    "look_up_alarms_none": Words("Không có tra cứu bất thường", "Nothing unusual"),
    "look_ups_in_shift": Words("lần tra cứu trong ca", "look-ups in the shift"),
    "own_usual": Words("mức thường của người này", "usual for this person"),
    "others_usual": Words("mức thường của ca", "usual in this shift"),
    "look_ups_newest": Words("Các lần tra cứu gần đây", "Newest look-ups"),
    "look_ups_none": Words("Chưa ai tra cứu biển số", "Nobody has looked a plate up"),
    "who": Words("Người tra cứu", "Who"),
    "found_cases": Words("Hồ sơ đã hiện", "Cases shown"),
    "nav_more": Words("Trang khác", "More pages"),
    "action.plate_look_up": Words("Tra cứu biển số", "Looked up a plate"),
    "action.look_up_alarm": Words("Tra cứu biển số bất thường", "Unusual plate look-ups"),
}
