"""The words of oversight, figures and the own account. Vietnamese first."""

from collections.abc import Mapping

from domain.cases.words import Words
from domain.public_figures import CITY_STATE_WORDS

OVERSIGHT_WORDS: Mapping[str, Words] = {
    "page_failed": Words(
        "Trung tâm chưa trả lời được. Hãy đợi một lát rồi tải lại trang",
        "The centre cannot answer now. Wait a moment and reload the page",
    ),
    "oversight": Words("Điều hành", "Oversight"),
    "oversight_hint": Words(
        "Việc đang chờ, thời hạn, camera gửi dồn dập, hồ sơ bị loại, người rà soát và luật máy",
        "What waits, clocks, floods, dropped cases, reviewers and rules",
    ),
    "backlog": Words("Hồ sơ đang chờ", "Backlog"),
    "waiting_cases": Words("hồ sơ chờ người xem", "cases wait for people"),
    "reviewed_an_hour": Words("hồ sơ được xem mỗi giờ, 24 giờ qua", "reviewed an hour, last day"),
    "arriving_an_hour": Words("hồ sơ đến mỗi giờ, 24 giờ qua", "arriving an hour, last day"),
    "backlog_keeps": Words("Với tốc độ này, không hồ sơ nào quá 3 ngày", "At this speed no case passes the three days"),
    "backlog_misses": Words(
        "Với tốc độ này, hồ sơ đầu tiên quá 3 ngày vào lúc", "At this speed the first case passes the three days at"
    ),
    "report_looks": Words("Máy xem tệp của phản ánh", "Looks at files of citizens' reports"),
    "looks_waiting": Words("tệp của phản ánh chưa trả lời chờ máy xem", "files of unanswered reports wait for a look"),
    "looks_failed": Words(
        "tệp của phản ánh chưa trả lời máy không xem được", "files of unanswered reports without one"
    ),
    "looks_wait_since": Words("Phản ánh chờ lâu nhất đến lúc", "The report that waits longest came at"),
    "provider_down": Words(
        "Hệ thống đăng nhập của thành phố không trả lời; mật khẩu của trung tâm vẫn dùng được",
        "The city's sign-in does not answer; passwords of the centre go on working",
    ),
    "job_failed": Words("Việc nền bị lỗi, xem nhật ký của tiến trình jobs:", "A background job fails, see its log:"),
    "job_long": Words(
        "Việc nền chạy lâu hơn năm phút, các việc nền khác chờ:",
        "A background job has run for more than five minutes, the others wait for it:",
    ),
    "jobs_stopped": Words(
        "Không tiến trình nào làm việc nền: lượt nhận không hết hạn, không gì được ký, tệp không được xóa",
        "No process does the background jobs: leases do not end, nothing is signed, media stay",
    ),
    "since_when": Words("từ lúc", "since"),
    "boxes_are_silent": Words("thiết bị không còn gửi tin", "boxes are silent"),
    "accounts_without_person": Words(
        "tài khoản rà soát (kể cả đã khóa) chưa ghi số hiệu cán bộ: hồ sơ họ xác nhận ở lần xem thứ hai phải chờ, người"
        " phụ trách cũng chưa xác nhận được; không duyệt bản xuất được; quản trị viên cần ghi",
        "accounts of reviewers, ended ones too, have no personnel number stated: cases that they confirmed at a second"
        " look wait, a supervisor cannot confirm them either, and they let no export out; an admin states it",
    ),
    "refused_tries": Words("Lần thử bị chặn trong 24 giờ qua", "Tries refused in the last 24 hours"),
    "refused_tries_hint": Words(
        "Ai thử sai nhiều lần phải chờ. Vài chục lần là gõ nhầm, hàng trăm lần là có người dò: hãy báo quản trị viên",
        "Who fails often has to wait. Dozens are mistypes, hundreds are somebody who guesses: tell an admin",
    ),
    "refused.staff": Words("cán bộ đăng nhập", "staff signing in"),
    "refused.citizens": Words(
        "người dân: gửi phản ánh, mở vụ việc bằng số và mã", "citizens: reports, cases by number and code"
    ),
    "clocks": Words("Thời hạn", "Clocks"),
    "floods": Words("Camera gửi dồn dập", "Floods"),
    "floods_hint": Words(
        "Hồ sơ của camera gửi gấp mười lần mức thường chờ đến khi người phụ trách đã xem và cho đi tiếp",
        "Cases of a camera that sends ten times what is usual wait until a supervisor lets them through",
    ),
    "floods_none": Words("Không có camera nào gửi dồn dập", "No camera floods the queue"),
    "cases_last_hour": Words("hồ sơ trong một giờ", "cases in an hour"),
    "usual_an_hour": Words("mức thường", "usual"),
    "why_lift": Words("Đã xem gì, vì sao cho đi tiếp", "What was looked at, and why they go on"),
    "say_why_lift": Words("Hãy ghi vì sao cho đi tiếp", "Say why they go on"),
    "lift_flood": Words("Cho đi tiếp", "Let through"),
    "flood_reason": Words("Lý do loại tất cả", "Why all are rejected"),
    "say_flood_reason": Words("Hãy chọn lý do loại", "Choose why they are rejected"),
    "reject_flood": Words("Loại mọi hồ sơ của đợt này", "Reject every case of this flood"),
    "flood_closes": Words("Các hồ sơ của đợt này bị loại từ", "The cases of this flood are rejected from"),
    "given_back": Words("Hồ sơ trùng cần rà soát lại", "Duplicates to be looked at again"),
    "given_back_hint": Words(
        "Hồ sơ chính đã kết thúc mà không ai bị xử phạt, nên hồ sơ trùng trở lại hàng chờ",
        "The case that led them ended without a fine, so they wait for their first look again",
    ),
    "given_back_none": Words("Không có", "None"),
    "past_notice": Words("Đã quá 10 ngày gửi thông báo", "Past the ten days of the notice"),
    "dropped_cases": Words("Hồ sơ bị loại vì hàng chờ đầy", "Dropped because the queue was full"),
    "dropped_hint": Words(
        "Theo quy tắc đã ghi: quá 48 giờ chưa ai xem, mức phạt thấp trước; không loại hành vi nghiêm trọng",
        "By the written rule: unseen for 48 hours, the lowest fines first, never a serious offence",
    ),
    "dropped_none": Words("Không có hồ sơ nào bị loại trong 30 ngày", "None in thirty days"),
    "redaction_misses": Words("Bản che còn nhận ra được", "Copies that do not hide"),
    "redaction_misses_hint": Words(
        "Do người xem báo trong 30 ngày qua, theo camera; không ai báo chưa có nghĩa là không có",
        "Said by those who looked in the last thirty days, by camera; that nobody said so does not mean there are none",
    ),
    "redaction_misses_none": Words("Chưa ai báo trong 30 ngày", "Nobody said so in thirty days"),
    "originals_seen": Words("Xem bản gốc chưa che", "Originals seen"),
    "originals_seen_hint": Words(
        "Ai đã nêu lý do để xem bản gốc trong 30 ngày qua, của bao nhiêu hồ sơ, phản ánh; không tính khi đang rà soát",
        "Who said why to see originals in thirty days, of how many cases and reports; looks while judging do not count",
    ),
    "originals_seen_none": Words("Chưa ai xem trong 30 ngày", "Nobody in thirty days"),
    "seen_by": Words("Người xem", "Seen by"),
    "seen_times": Words("Số lần", "Times"),
    "readable_copies": Words("Bản che", "Copies"),
    "readable_faces": Words("Mặt người", "Faces"),
    "readable_plates": Words("Biển xe khác", "Others' plates"),
    "newest": Words("Lần gần nhất", "Last time"),
    "number_of_cases": Words("Số hồ sơ", "Cases"),
    "reviewers": Words("Người rà soát", "Reviewers"),
    "reviewers_hint": Words(
        "Số nhỏ chưa nói lên điều gì về ai; hãy xem khoảng tin cậy",
        "A small number says nothing of a person; look at the interval",
    ),
    "reviewers_none": Words("Chưa có số liệu", "Nothing yet"),
    "seeds_caught": Words("Nhận ra hồ sơ đã biết là sai", "Known negatives caught"),
    "agreed_of": Words("Trùng với người thứ hai", "Agreed with the other"),
    "upheld_of": Words("Được người phụ trách giữ nguyên", "Upheld by a supervisor"),
    "rule_outcomes": Words("Luật máy 30 ngày qua", "Rules, last thirty days"),
    "rule_outcomes_hint": Words(
        "Luật chắc chắn đúng dưới 80 % tại một camera tự về chạy thử",
        "A rule that is surely right in less than 80 % at a camera goes back to shadow by itself",
    ),
    "rule_outcomes_none": Words("Chưa có hồ sơ nào được quyết định", "No case has been decided yet"),
    "standing": Words("Tình trạng", "Standing"),
    "fallen_since": Words("về chạy thử từ", "back to shadow since"),
    "counts_now": Words("đang xử lý", "counts"),
    "figures": Words("Số liệu", "Figures"),
    "figures_hint": Words(
        "Theo ngày của hành vi và cách gọi trong báo cáo của thành phố. Một hồ sơ có thể nằm ở nhiều mục",
        "By day of the act, in the words of the city's reports. A case may stand under several of them",
    ),
    "figures_none": Words("Không có hồ sơ nào trong những ngày này", "No case in these days"),
    "by_day": Words("Theo ngày", "By day"),
    "by_offence": Words("Theo hành vi", "By offence"),
    "by_ward": Words("Theo phường, xã", "By ward"),
    "no_ward": Words("không rõ phường", "no known ward"),
    "precision_of_rules": Words("Độ chính xác, 30 ngày qua", "Precision, last thirty days"),
    "let_go_why": Words("Vì sao không xử lý", "Why cases were let go"),
    "let_go_none": Words("Không có", "None"),
    "speed_of_review": Words("Thời gian rà soát một hồ sơ", "Time a review takes"),
    "seconds": Words("giây", "seconds"),
    "nothing_timed": Words("Chưa đo được", "Nothing was timed"),
    "review_seconds_hint": Words(
        "Trung bình từ lúc mở đến lúc quyết định có hiệu lực, gồm 10 giây có thể hoàn tác",
        "Mean from opening until the decision stands, with the ten seconds in which it can be taken back",
    ),
    "downtime": Words("Thời gian camera không hoạt động", "Downtime of cameras"),
    "hours_down": Words("Giờ không hoạt động", "Hours not live"),
    "downtime_none": Words("Chưa có camera nào báo tình trạng", "No camera has reported yet"),
    "account": Words("Tài khoản của tôi", "My account"),
    "account_hint": Words("Mã xác thực và các phiên đang mở", "Second factor and open sessions"),
    "second_factor": Words("Xác thực hai lớp", "Second factor"),
    "factor_on": Words("Đang bật", "On"),
    "factor_off": Words("Chưa bật. Hãy bật để không ai dùng được tài khoản khi lộ mật khẩu", "Off. Turn it on"),
    "codes_left": Words("mã dự phòng còn lại", "recovery codes left"),
    "password_again": Words("Nhập lại mật khẩu", "Password again"),
    "begin_factor": Words("Bật xác thực hai lớp", "Turn on"),
    "renew_codes": Words("Tạo mã dự phòng mới", "New recovery codes"),
    "remove_factor": Words("Tắt xác thực hai lớp", "Turn off"),
    "factor_secret": Words(
        "Nhập khóa này vào ứng dụng xác thực trên điện thoại, rồi gõ mã đầu tiên",
        "Type this key into the authenticator app of your phone, then its first code",
    ),
    "open_in_app": Words("Mở trong ứng dụng xác thực", "Open in the app"),
    "confirm_factor": Words("Xác nhận mã", "Confirm the code"),
    "keep_codes": Words(
        "Ghi lại các mã dự phòng; chúng chỉ hiện một lần, mỗi mã dùng một lần",
        "Write these down; they are shown once, and each is good once",
    ),
    "open_sessions": Words("Các phiên đang mở", "Open sessions"),
    "opened_at": Words("Mở lúc", "Opened"),
    "last_seen_at": Words("Dùng lần cuối", "Last used"),
    "this_session": Words("Phiên này", "This one"),
    "end_session": Words("Kết thúc phiên", "End it"),
    "end_others": Words("Kết thúc mọi phiên khác", "End all others"),
    **{f"city.{state}": words for state, words in CITY_STATE_WORDS.items()},
}
