"""The words of the page of citizens' reports. Vietnamese first."""

from collections.abc import Mapping

from api.citizens.reported import PlaceCheck
from domain.cases.act_words import VALUE_WORDS
from domain.cases.words import Words

SEEN_WORDS: Mapping[str, Words] = {
    **VALUE_WORDS,
    "person": Words("người", "person"),
    "traffic light": Words("đèn tín hiệu", "traffic light"),
}
"""What networks see, by their labels."""

REPORT_PAGE_WORDS: Mapping[str, Words] = {
    "citizen_reports": Words("Phản ánh", "Reports"),
    "citizen_reports_hint": Words(
        "Ảnh và phim người dân gửi. Không gì trong đó tự nó là chứng cứ; ai gửi chỉ giám sát viên nêu lý do mới biết",
        "Photos and videos that citizens sent. Nothing in them is proof by itself; only a supervisor who says why"
        " learns who sent them",
    ),
    "citizen_reports_none": Words("Không có phản ánh nào đang chờ", "No report is waiting"),
    "citizen_report": Words("Phản ánh số", "Report"),
    "citizen_words": Words("Người gửi thấy", "What is seen"),
    "citizen_place": Words("Ở đâu (theo người gửi)", "Where, as the sender says"),
    "citizen_place_check": Words("Vị trí ghi trong ảnh", "The place that the photos name"),
    "citizen_acted_at": Words("Lúc nào (theo người gửi)", "When, as the sender says"),
    "citizen_received_at": Words("Nhận lúc", "Received"),
    "citizen_unsaid": Words("không nói", "not said"),
    "citizen_taken_at": Words("Chụp lúc (theo ảnh)", "Taken, as the photo says"),
    "citizen_undecoded": Words("không mở được ảnh", "the photo could not be read"),
    "citizen_video": Words("Tải phim (bỏ tiếng và thông tin kèm)", "Download the video, without sound and metadata"),
    "citizen_film": Words("Phim đã che mặt và biển số", "The video with heads and plates hidden"),
    "citizen_unhidden": Words("Ảnh không che (có ghi sổ)", "The photo with nothing hidden (on record)"),
    "analysis_none": Words("Máy không xem tệp này", "No machine was to look at this file"),
    "analysis_waits": Words("Máy chưa xem", "No machine has looked yet"),
    "analysis_failed": Words("Máy xem không được", "The machine could not look"),
    "analysis_saw": Words("Máy thấy (chỉ để tham khảo)", "The machine saw (help only)"),
    "analysis_nothing": Words("không người, không xe", "no people, no vehicles"),
    "analysis_read": Words("máy đọc biển số", "plates as read"),
    "analysis_unknown": Words("không rõ", "unknown"),
    "citizen_alike": Words(
        "Có thể là cùng một vụ với hồ sơ này; hãy xem trước khi tiếp nhận",
        "Perhaps the act of one of these cases; look before you accept",
    ),
    "alike_plate": Words("cùng biển số máy đọc", "same plate as read"),
    "alike_minutes": Words("cách {minutes} phút", "{minutes} minutes apart"),
    "alike_metres": Words("cách {metres} m", "{metres} m apart"),
    "citizen_also_in": Words("Chính tệp này có trong phản ánh", "The very same file is in report"),
    "citizen_offence": Words("Hành vi (nếu tiếp nhận)", "Offence, where it is accepted"),
    "report_case": Words("Tiếp nhận và lập hồ sơ vụ việc", "Accept it and make a case"),
    "report_case_hint": Words(
        "Hồ sơ được rà soát như mọi hồ sơ khác; những gì hình ảnh không chứng minh được sẽ chặn việc xác nhận",
        "The case is reviewed like any other; what the pictures do not prove keeps it from being confirmed",
    ),
    "report_case_no_pictures": Words(
        "Chưa có ảnh từ máy phân tích nên chưa lập được hồ sơ", "No worker brought pictures yet, so there is no case"
    ),
    "report_case_make": Words("Lập hồ sơ", "Make the case"),
    "report_case_open": Words("Mở hồ sơ đã lập", "Open its case"),
    "report_case.acted_at": Words("Lúc (ngày/tháng/năm giờ:phút:giây)", "When (day/month/year hour:minute:second)"),
    "report_case.road": Words("Đường, số nhà hoặc nút giao", "Road, house number or junction"),
    "report_case.ward": Words("Phường, xã", "Ward"),
    "report_case.direction": Words("Hướng đi", "Direction"),
    "report_case.instrument": Words("Biển báo, vạch hoặc văn bản áp dụng", "The sign, marking or order that held"),
    "report_case.position": Words("Vĩ độ, kinh độ", "Latitude, longitude"),
    "report_case.note": Words("Thấy gì trong ảnh", "What the pictures show"),
    "report_case.car": Words("ô tô", "car"),
    "report_case.motorbike": Words("xe máy", "motorbike"),
    "citizen_note": Words("Ghi chú: biển số, chỗ, giờ, hoặc vì sao không", "Note: plate, place, time, or why not"),
    "citizen_reporter": Words("Người gửi", "Who sent it"),
    "citizen_why": Words("Vì sao cần biết?", "Why do you need to know?"),
    "citizen_ask": Words("Xem", "Ask"),
    f"place_check.{PlaceCheck.IN_WARD}": Words("thuộc phường", "in the ward"),
    f"place_check.{PlaceCheck.ELSEWHERE}": Words(
        "ngoài địa bàn hoặc ở nhiều nơi", "outside the city's wards, or in several places"
    ),
    f"place_check.{PlaceCheck.MISSING}": Words("ảnh không ghi vị trí", "no photo names a place"),
    f"place_check.{PlaceCheck.NO_MAP}": Words(
        "có ghi, nhưng trung tâm chưa có ranh giới phường", "named, but this centre has no borders of wards"
    ),
}
