"""The console's own words, Vietnamese first; those for the life of a case come from the domain."""

from collections.abc import Mapping
from typing import cast

from api.console.page_words import PAGE_WORDS
from api.console.report_words import REPORT_PAGE_WORDS
from domain.cases.act_words import MEASURE_WORDS, MOMENT_WORDS, VALUE_WORDS
from domain.cases.words import ACTION_WORDS, KIND_WORDS, LEGAL_CLASS_WORDS, STATE_WORDS, Language, Words

__all__ = ["WORDS", "Language", "language_of", "number", "percent", "translate"]

_OWN: Mapping[str, tuple[str, str]] = {
    "title": ("Rà soát nghi vấn vi phạm", "Review of suspected violations"),
    "subject": ("chủ thể", "subject"),
    "suspected": ("Nghi vấn, chưa kết luận vi phạm", "Suspected, nobody is accused by a machine"),
    "sign_in": ("Đăng nhập", "Sign in"),
    "username": ("Tên đăng nhập", "User name"),
    "password": ("Mật khẩu", "Password"),
    "sign_out": ("Đăng xuất", "Sign out"),
    "wrong_login": ("Tên đăng nhập hoặc mật khẩu không đúng", "User name or password is wrong"),
    "code": ("Mã xác thực", "Code"),
    "code_needed": (
        "Nhập mã trên điện thoại, hoặc một mã dự phòng",
        "Type the code of your phone, or a recovery code",
    ),
    "wrong_code": ("Tên, mật khẩu hoặc mã không đúng", "Name, password or code is wrong"),
    "too_many_logins": ("Thử quá nhiều lần, hãy chờ rồi thử lại", "Too many attempts, wait and try again"),
    "theme": ("Giao diện", "Theme"),
    "theme.system": ("Theo máy", "As the system"),
    "theme.light": ("Sáng", "Light"),
    "theme.dark": ("Tối", "Dark"),
    "sign_in_with": ("Đăng nhập bằng", "Sign in with"),
    "entering": ("Đang vào trung tâm", "Entering the centre"),
    "back_to_sign_in": ("Quay lại trang đăng nhập", "Back to the sign-in page"),
    "provider_down": (
        "Hệ thống tài khoản của thành phố chưa trả lời. Hãy đăng nhập bằng mật khẩu của trung tâm, hoặc thử lại sau",
        "The city's account system does not answer. Sign in with your password of the centre, or try again later",
    ),
    "provider_refused": (
        "Chưa xác nhận được tài khoản của thành phố. Hãy thử lại, hoặc đăng nhập bằng mật khẩu của trung tâm",
        "The city's account was not confirmed. Try again, or sign in with your password of the centre",
    ),
    "provider_not_linked": (
        "Tài khoản này của thành phố chưa được nối với trung tâm. Hãy gửi mã dưới đây cho quản trị viên",
        "This account of the city is linked to no account of the centre. Give the code below to an administrator",
    ),
    "provider_switched_off": (
        "Tài khoản của bạn ở trung tâm đã bị khóa. Hãy hỏi quản trị viên",
        "Your account of the centre is switched off. Ask an administrator",
    ),
    "centre_fault": ("Trung tâm chưa trả lời được, hãy thử lại", "The centre cannot answer now, try again"),
    "session_ended": ("Phiên làm việc đã hết, hãy đăng nhập lại", "Your session has ended, sign in again"),
    "position": ("Toạ độ", "Position"),
    "mode": ("Chế độ", "Mode"),
    "no_right": ("Tài khoản này không được xem hồ sơ", "This account may not see cases"),
    "all_states": ("Mọi trạng thái", "Any state"),
    "all_offences": ("Mọi hành vi", "Any offence"),
    "all_cameras": ("Mọi camera", "Any camera"),
    "state": ("Trạng thái", "State"),
    "offence": ("Hành vi", "Offence"),
    "camera": ("Camera", "Camera"),
    "empty": ("Không có hồ sơ nào khớp bộ lọc", "No case fits the filter"),
    "choose": ("Chọn một hồ sơ ở bên trái", "Choose a case on the left"),
    "new_case": ("Có hồ sơ mới", "A new case has come in"),
    "new_cases": ("hồ sơ mới", "new cases"),
    "real_or_shadow": ("Loại", "Kind"),
    "real_cases": ("Xử lý và nhắc nhở", "Cases that count"),
    "shadow_cases": ("Chạy thử, để đo", "Shadow, for measuring"),
    "judge_right": ("Máy đúng", "Right"),
    "judge_wrong": ("Máy sai", "Wrong"),
    "judged_done": ("Đã ghi đánh giá", "Judgement recorded"),
    "requeue": ("Rà soát lại", "Review again"),
    "requeued_done": ("Đã đưa về rà soát lại", "Back to review"),
    "close": ("Đóng hồ sơ", "Close"),
    "closed_done": ("Đã đóng hồ sơ", "Closed"),
    "returned_because": ("Công an trả lại", "Returned by the police"),
    "why_again": ("Đã sửa hay xem lại điều gì?", "What was mended or checked?"),
    "alerts": ("Cảnh báo", "Alerts"),
    "alerts_hint": (
        "Cần người xem trong vài giây. Không ai bị phạt vì cảnh báo. Cảnh báo đã hết vẫn ở đây đến khi có người nhận",
        "Somebody should look within seconds. Nobody is fined for an alert. One that is over stays until it is taken",
    ),
    "alerts_none": ("Không có cảnh báo nào đang chờ", "No alert is waiting"),
    "alerts_unread": (
        "Không đọc được cảnh báo, danh sách dưới đây đã cũ",
        "Alerts cannot be read now, what stands below is old",
    ),
    "acknowledge": ("Đã nhận", "Take"),
    "since": ("Từ", "Since"),
    "seen_until": ("thấy đến", "seen until"),
    "precision": ("Độ chính xác khi chạy thử", "Precision in shadow mode"),
    "precision_hint": (
        "Đúng trên số đã đánh giá, theo hành vi, camera và phiên bản luật máy, với khoảng tin cậy Wilson 95 %",
        "Right of judged, by offence, camera and version of the rule, with Wilson's interval at 95 %",
    ),
    "precision_none": ("Chưa có hồ sơ chạy thử nào được đánh giá", "No shadow case has been judged yet"),
    "rule_version": ("Phiên bản luật máy", "Rule's version"),
    "right_of": ("Đúng / đã đánh giá", "Right / judged"),
    "share": ("Độ chính xác", "Precision"),
    "interval": ("Khoảng 95 %", "95 % interval"),
    "back_to_cases": ("Về danh sách hồ sơ", "Back to the cases"),
    "camera_owner": ("Đơn vị quản lý camera", "Camera's owner"),
    "camera_serial": ("Số máy camera", "Camera's serial"),
    "legal_class": ("Nguồn theo luật", "Legal class"),
    "box": ("Thiết bị", "Edge box"),
    "lost_elsewhere": ("Mất hình ngoài đoạn quyết định", "Pictures lost outside the decisive seconds"),
    "remark_own_shown": (
        "Bản che do trung tâm làm từ bản gốc: che đầu người và biển các xe khác xe của hồ sơ này, nơi thiết bị đã thấy",
        "The blurred copies are the centre's, made of the originals: heads and the plates of all vehicles but this"
        " case's are hidden where the box saw them",
    ),
    "remark_also_hidden": (
        "Bản che do trung tâm làm từ hồ sơ đầu, che thêm xe đầu; biển số của xe này đọc ở bản gốc",
        "The blurred copies are the centre's: the first case's, with its vehicle hidden too; this vehicle's plate is"
        " read in the originals",
    ),
    "remark_cut_off": (
        "phim gốc bị cắt ngang, bản che chỉ có hình đến chỗ cắt",
        "the original breaks off, and so does its copy",
    ),
    "remark_no_film": (
        "phim này không có bản che, chỉ mở khi rà soát hoặc khi nêu lý do",
        "this film has no blurred copy: it opens while the case is judged, or to who says why",
    ),
    "remark_citizen": (
        "tệp của người dân, đã bỏ âm thanh và siêu dữ liệu; bản nhận được lưu ở trung tâm; không ai kiểm chứng đồng hồ"
        " và vị trí của tệp",
        "a citizen's file without sound and metadata; as it came it stays at the centre; nobody verified its clock and"
        " place",
    ),
    "remark_no_copies": ("Không có bản che mặt và biển số", "No copies with faces and plates blurred"),
    "watched_of": ("Đã xem đoạn quyết định", "Decisive seconds watched"),
    "persons_unknown": (
        "chưa ghi hai tài khoản là của hai người: người phụ trách phân xử",
        "nobody has stated that the two accounts are two people's: a supervisor decides",
    ),
    "not_in_player": ("không xem qua trình phát", "not watched in the player"),
    "no_overlay": (
        "Chưa tải được lớp phủ và vùng che, nên chưa chiếu video",
        "Overlay and privacy masks are not here, so the video is not shown",
    ),
    "confirm": ("Xác nhận", "Confirm"),
    "reject": ("Từ chối", "Reject"),
    "reason": ("Lý do", "Reason"),
    "search_reason": ("Gõ để tìm lý do", "Type to find a reason"),
    "words_over": ("Lời phản đối đã hết hạn lưu giữ", "The words of the objection are no longer kept"),
    "note": ("Ghi chú", "Note"),
    "note_required": ("Lý do này bắt buộc ghi rõ", "This reason needs a note"),
    "cancel": ("Thôi", "Cancel"),
    "confirmed_done": ("Đã ghi xác nhận", "Confirmation noted"),
    "rejected_done": ("Đã từ chối", "Rejected"),
    "ask_evidence": ("Cần bổ sung", "Needs evidence"),
    "evidence_added": ("Đã bổ sung", "Evidence added"),
    "cancel_case": ("Hủy hồ sơ", "Cancel the case"),
    "withdraw": ("Rút hồ sơ", "Withdraw"),
    "remind": ("Phường nhắc nhở trước", "Ward reminds first"),
    "handled": ("Đã xử lý tại chỗ", "Handled on the spot"),
    "still_there": ("Vẫn còn vi phạm", "Still there"),
    "checklist": ("Những gì hồ sơ phải có", "What the case must contain"),
    "missing_item": ("Thiếu", "Missing"),
    "no_proof": ("không có", "not there"),
    "enter_plate": ("Nhập biển số bạn đọc được", "Enter the plate as you read it"),
    "keep_plate": ("Lưu", "Keep"),
    "plate_entered": ("Đã ghi biển số bạn đọc", "The plate is recorded as you read it"),
    "action.enter_plate": ("Nhập biển số", "Entered the plate"),
    "two_boxes": (
        "Nhiều thiết bị cùng khai camera này, số liệu dưới đây là tổng của",
        "More than one box names this camera; the numbers are the sum of",
    ),
    "maybe_same_act": ("Có thể cùng một hành vi với hồ sơ khác", "It may be the same act as another case"),
    "led_by_other": ("Đã gộp vào hồ sơ này", "Merged into this case"),
    "leads_other": ("Hồ sơ trùng đã gộp vào đây", "A duplicate that was merged into this case"),
    "grounds": ("Vì", "Because"),
    "open_other": ("Mở hồ sơ kia", "Open the other case"),
    "this_case": ("Hồ sơ này", "This case"),
    "other_case": ("Hồ sơ kia", "The other case"),
    "same_act": ("Cùng một hành vi", "Same act"),
    "different_act": ("Hai hành vi khác nhau", "Two acts"),
    "merged_done": ("Đã gộp hai hồ sơ", "The two cases are one now"),
    "different_done": ("Đã ghi: hai hành vi khác nhau", "Recorded: two acts"),
    "split_case": ("Tách ra", "Split off"),
    "split_done": ("Đã tách, hồ sơ chờ rà soát lại", "Split off; the case waits for review"),
    "why_split": ("Vì sao là hai hành vi?", "Why are they two acts?"),
    "key_pair": ("Cùng một hành vi; hai hành vi; tách ra", "Same act; two acts; split off"),
    "place_on_map": ("Nơi trên bản đồ", "Place on the map"),
    "place_unknown": ("Hồ sơ không ghi vị trí trong thành phố", "The case names no place in the city"),
    "close_dialog": ("Đóng", "Close"),
    "key_no_case": ("Không có hồ sơ nào đang mở, phím này không làm gì", "No case is open: this key does nothing"),
    "key_held": (
        "Người khác đang mở hồ sơ này, phím này không làm gì",
        "Another person has this case open: this key does nothing",
    ),
    "key_answered": (
        "Hồ sơ này vừa được trả lời, bấm U để rút lại",
        "This case has just been answered; U takes that back",
    ),
    "key_no_step": ("Ở trạng thái này hồ sơ không có bước đó", "There is no such step where this case stands"),
    "key_no_pair": ("Không có hồ sơ nào chờ so với hồ sơ này", "No other case waits to be compared with this one"),
    "key_no_split": ("Hồ sơ này không gộp vào hồ sơ nào", "This case is merged into none"),
    "key_no_clone": (
        "Hồ sơ này không tách được hành vi: đã kết thúc, chạy thử, thiếu tệp hoặc không do thiết bị phát hiện",
        "No act is taken out of this case: it ended, is only measured, lacks files, or no box found it",
    ),
    "clone_case": ("Tách hành vi thứ hai", "Take out a second act"),
    "clone_hint": (
        "Hồ sơ mới dùng chung bằng chứng gốc, có số và cuộc đời riêng. Chỉ có hành vi mà hình ảnh tự chứng minh; số đo"
        " của hành vi đầu không chuyển sang.",
        "The new case shares the originals and has a number and a life of its own. Only acts that pictures prove by"
        " themselves; nothing measured of the first act goes over.",
    ),
    "clone_offence": ("Hành vi thứ hai", "The second act"),
    "clone_subject": ("Xe nào?", "Which vehicle?"),
    "clone_subject_1": ("Chính xe của hồ sơ này, hành vi khác", "This case's own vehicle, another act"),
    "clone_subject_2": ("Xe thứ hai trong phim", "The second vehicle in the clip"),
    "clone_subject_3": ("Xe thứ ba trong phim", "The third vehicle in the clip"),
    "clone_subject_4": ("Xe thứ tư trong phim", "The fourth vehicle in the clip"),
    "clone_track": (
        "Xe đó trong hình: biển đọc được trên bản che (không chọn: biển bị che)",
        "That vehicle in the clip: its plate is seen on the copies (none: it is hidden)",
    ),
    "side.left": ("bên trái", "left"),
    "side.middle": ("ở giữa", "in the middle"),
    "side.right": ("bên phải", "right"),
    "label.car": ("ô tô con", "car"),
    "label.bus": ("xe khách", "bus"),
    "label.truck": ("xe tải", "lorry"),
    "label.motorcycle": ("xe máy", "motorcycle"),
    "clone_note": ("Thấy gì trong bằng chứng?", "What does the evidence show?"),
    "clone_make": ("Lập hồ sơ thứ hai", "Make the second case"),
    "clone_incomplete": (
        "Hãy chọn hành vi, một ảnh cho mỗi thời điểm và ghi thấy gì",
        "Choose the act and a picture for each moment, and say what is seen",
    ),
    "clone_done": ("Đã lập hồ sơ thứ hai, đang mở", "The second case was made and is open"),
    "action.propose_duplicates": ("Đề xuất: có thể cùng một hành vi", "Proposed: it may be the same act"),
    "action.cloned": ("Tách thêm một hành vi", "Cloned for a second act"),
    "action.judge_duplicate": ("Kết luận về hồ sơ trùng", "Judged whether it is the same act"),
    "judgement.same": ("cùng một hành vi", "same act"),
    "judgement.different": ("hai hành vi", "two acts"),
    "judgement.split": ("tách ra", "split off"),
    "held_by_other": ("Đang được người khác mở xử lý đến", "Another person has it open until"),
    "nothing_waits": ("Không còn hồ sơ nào chờ bạn", "Nothing waits for you"),
    "asked_done": ("Đã yêu cầu bổ sung chứng cứ", "Evidence was asked for"),
    "cancelled_done": ("Đã hủy hồ sơ", "The case is cancelled"),
    "withdrawn_done": ("Đã rút hồ sơ", "The case is withdrawn"),
    "reminded_done": ("Đã giao phường nhắc nhở", "The ward was asked to remind"),
    "handled_done": ("Đã ghi xử lý tại chỗ", "Noted as handled on the spot"),
    "still_there_done": ("Đã đưa lại hàng chờ công an", "Back in the police queue"),
    "changed_meanwhile": ("Hồ sơ vừa được người khác xử lý, đã tải lại", "Someone else has just decided it; reloaded"),
    "press_again": (
        "Trang vừa đổi, chưa quyết định gì: hãy xem rồi bấm lại",
        "The page has just changed and nothing was decided: look, then press again",
    ),
    "wait_confirm": (
        "Hãy xem hết đoạn quyết định (tô vàng) trước khi xác nhận",
        "Watch the decisive seconds (marked yellow) before you confirm",
    ),
    "cannot_confirm": ("Chưa thể xác nhận", "Cannot be confirmed"),
    "integrity_valid": ("Chữ ký hợp lệ", "Signature valid"),
    "integrity_bad": ("Toàn vẹn không bảo đảm", "Integrity not assured"),
    "when": ("Thời điểm", "When"),
    "where": ("Nơi", "Where"),
    "vehicle": ("Phương tiện", "Vehicle"),
    "law": ("Căn cứ", "Legal reference"),
    "plate": ("Biển số", "Plate"),
    "unread": ("Không đọc được", "Unread"),
    "plate_unread": ("chưa đọc được biển số", "with an unread plate"),
    "plate_crop": ("Biển số, cắt từ ảnh gốc", "The plate, cut from the original"),
    "plate_full": ("Ảnh đầy đủ của lần đọc tốt nhất", "Full picture of the best read"),
    "plate_reads": ("Mọi lần đọc", "All reads"),
    "plate_networks": ("Mạng đã đọc", "Networks that looked"),
    "weak_characters": ("Xem kỹ ký tự thứ", "Look closely at character"),
    "read_text": ("Đọc là", "Read as"),
    "read_confidence": ("Ký tự yếu nhất", "Weakest character"),
    "read_fate": ("Dùng hay bỏ", "Kept or dropped"),
    "read_kept": ("dùng", "kept"),
    "clip": ("Clip chính", "Main clip"),
    "clip_of": ("Clip", "Clip"),
    "clock_error": ("Sai số đồng hồ", "Clock error"),
    "unknown": ("không rõ", "unknown"),
    "made_by": ("Nguồn gốc", "Provenance"),
    "stills": ("Ảnh tại thời điểm quyết định", "Stills at the decisive moments"),
    "technical": ("Kỹ thuật", "Technical"),
    "history": ("Lịch sử", "History"),
    "play": ("Phát / dừng", "Play / pause"),
    "back": ("Khung trước", "Previous frame"),
    "forward": ("Khung sau", "Next frame"),
    "speed": ("Tốc độ", "Speed"),
    "files_of": ("tệp", "files"),
    "overlay": ("Lớp phủ", "Overlay"),
    "no_clip": ("Không có clip gốc cho hồ sơ này", "There is no original clip for this case"),
    "cannot_play": ("Trình duyệt không phát được clip này", "This browser cannot play the clip"),
    "keys": ("Phím tắt", "Keys"),
    "key_move": ("Hồ sơ sau / trước", "Next / previous case"),
    "key_next": ("Nhận hồ sơ được giao tiếp", "Take the next case that is handed out"),
    "key_yes": ("Xác nhận, máy đúng, rà soát lại", "Confirm, judged right, review again"),
    "key_no": ("Từ chối, máy sai, đóng hồ sơ", "Reject, judged wrong, close"),
    "key_digit": ("Chọn lý do theo số khi từ chối", "The reason of that number, when rejecting"),
    "key_undo": ("Hoàn tác quyết định vừa rồi (trong 10 giây)", "Take the last decision back (within 10 s)"),
    "key_frame": ("Khung hình trước / sau", "Previous / next frame"),
    "key_loop": ("Lặp đoạn quyết định", "Loop the decisive seconds"),
    "key_overlay": ("Bật, tắt lớp phủ", "Overlay on or off"),
    "key_pictures": ("Mở ảnh lớn, phóng to", "Open the pictures large, with zoom"),
    "key_help": ("Bảng này", "This list"),
    "not_decided_session": (
        "Phiên làm việc đã hết, quyết định chưa được ghi; hồ sơ vẫn chờ rà soát",
        "Your session had ended, the decision was not recorded; the case still waits",
    ),
    "see_originals": ("Xem bản gốc", "See the originals"),
    "shown_blurred": ("Ảnh và clip đã che mặt người và biển xe khác", "Heads and plates of others are blurred"),
    "shown_nothing": (
        "Hồ sơ không có bản che mặt và biển xe khác: ảnh và clip chỉ mở khi nêu lý do",
        "This case has no blurred copies: its pictures and clips open only to who says why",
    ),
    "readable_seen": ("Còn nhận ra mặt hoặc đọc được biển xe khác?", "Can a face or another's plate be made out?"),
    "readable_hint": (
        "Báo theo từng tệp; từ đó bản che này không được xem hay xuất nữa, và được đếm theo camera",
        "Say it of the file; its copy is then shown and exported no more, and counted for its camera",
    ),
    "readable.face": ("Nhận ra mặt", "A face"),
    "readable.plate": ("Đọc được biển xe khác", "Another's plate"),
    "not_readable.face": ("Rút lại: không nhận ra mặt", "Take back: no face is made out"),
    "not_readable.plate": ("Rút lại: không đọc được biển", "Take back: no plate is read"),
    "miss_withdraw": ("Rút lại lời báo", "Take it back"),
    "miss_withdraw_why": ("Vì sao đó là nhầm lẫn", "Why it was a mistake"),
    "readable_noted": ("Đã ghi nhận", "Noted"),
    "action.redaction_missed": ("Báo bản che còn nhận ra được", "Said that a copy does not hide it"),
    "action.redaction_miss_withdrawn": ("Rút lại lời báo bản che", "Took back that a copy does not hide it"),
    "originals_hint": (
        "Chỉ mình bạn, chỉ hồ sơ hoặc phản ánh này, trong 15 phút; lý do được ghi vào lịch sử",
        "For you alone, this case or report alone, for 15 minutes; why is put on record",
    ),
    "undo": ("Hoàn tác", "Undo"),
    "undone": ("Đã hoàn tác, hồ sơ chưa được quyết định", "Taken back, nothing was decided"),
    "too_late": ("Đã quá 10 giây, không hoàn tác được nữa", "More than 10 s ago, it can no longer be taken back"),
    "nothing_to_undo": ("Không có quyết định nào để hoàn tác", "There is no decision to take back"),
    "loop": ("Lặp", "Loop"),
    "previous": ("Ảnh trước", "Previous picture"),
    "next": ("Ảnh sau", "Next picture"),
    "smaller": ("Thu nhỏ", "Smaller"),
    "larger": ("Phóng to", "Larger"),
    "close_picture": ("Đóng ảnh", "Close the picture"),
    "open_picture": ("Mở ảnh", "Open picture"),
    "show_in_clip": ("Xem trong clip", "Show in the clip"),
    "signal.red": ("đèn đỏ", "red"),
    "signal.yellow": ("đèn vàng", "yellow"),
    "signal.green": ("đèn xanh", "green"),
    "signal.dark": ("đèn tắt", "dark"),
    "signal.flashing_yellow": ("vàng nhấp nháy", "flashing yellow"),
    "signal.unknown": ("không rõ đèn", "unknown"),
    "unsigned_catalogue": (
        "Căn cứ pháp lý chưa được cơ quan công an duyệt",
        "The police legal office has not signed off this legal reference",
    ),
    "shadow": ("Chạy thử, không chuyển công an", "Shadow mode, never goes to the police"),
    "warn": ("Nhắc nhở", "Reminder"),
    "enforce": ("Xử lý", "Enforce"),
    "yes": ("có", "yes"),
    "no": ("không", "no"),
    "action.detect": ("Thiết bị gửi hồ sơ", "The box sent the case"),
    "action.evidence_complete": ("Nhận đủ tệp", "Files received whole"),
    "action.evidence_refused": ("Từ chối tệp chứng cứ", "An evidence file was refused"),
    "action.integrity_checked": ("Kiểm tra chữ ký", "Signature checked"),
    "action.message_refused": ("Từ chối bản tin khác nội dung", "A differing message was refused"),
    "action.view": ("Đã xem", "Viewed"),
    "action.extend_lease": ("Gia hạn nhận", "Lease extended"),
    "action.unblur": ("Xem bản gốc chưa che", "Saw the originals"),
    "action.ask_export": ("Đề nghị xuất ra ngoài", "An export was asked for"),
    "action.answer_export": ("Trả lời đề nghị xuất", "An export was answered"),
    "action.produce_export": ("Đã xuất ra ngoài", "Exported"),
    "action.seal": ("Trung tâm niêm phong hồ sơ", "Sealed by the centre"),
    "action.media_expired": ("Hình ảnh hết hạn lưu, đã xóa", "Media removed after their time"),
    "action.export": ("Tải gói chứng cứ", "Package downloaded"),
}


WORDS: Mapping[str, Words] = {
    **{key: Words(*pair) for key, pair in _OWN.items()},
    **PAGE_WORDS,
    **REPORT_PAGE_WORDS,
    **{f"state.{state}": words for state, words in STATE_WORDS.items()},
    **{f"action.{action}": words for action, words in ACTION_WORDS.items()},
    **{f"kind.{kind}": words for kind, words in KIND_WORDS.items()},
    **{f"moment.{name}": words for name, words in MOMENT_WORDS.items()},
    **{f"value.{name}": words for name, words in VALUE_WORDS.items()},
    **{f"measure.{name}": words for name, words in MEASURE_WORDS.items()},
    **{f"legal_class.{name}": words for name, words in LEGAL_CLASS_WORDS.items()},
}


def language_of(text: str) -> Language:
    """The language that an address asks for; Vietnamese unless it names one of ours."""
    return cast("Language", text) if text in ("vi", "en") else "vi"


def translate(language: Language, key: str) -> str:
    """The word in a language; an unknown key comes back as it is, with underscores opened.

    Examples:
        >>> translate("vi", "confirm"), translate("en", "state.queued"), translate("vi", "moment.new_one")
        ('Xác nhận', 'To review', 'new one')
    """
    words = WORDS.get(key)
    return key.rpartition(".")[2].replace("_", " ") if words is None else words.of(language)


def number(value: float, language: Language, *, places: int = 1) -> str:
    """A number as the reader writes it: a comma and points in Vietnamese, a point and commas in English.

    Examples:
        >>> number(1234.5, "vi"), number(1234.5, "en"), number(3, "vi", places=0)
        ('1.234,5', '1,234.5', '3')
    """
    text = f"{value:,.{places}f}"
    return text if language == "en" else text.translate(_SWAPPED)


_SWAPPED = str.maketrans({",": ".", ".": ","})


def percent(share: float, language: Language) -> str:
    """A share in per cent.

    Examples:
        >>> percent(0.953, "vi"), percent(0.953, "en")
        ('95,3 %', '95.3%')
    """
    return f"{number(100 * share, language)}{' %' if language == 'vi' else '%'}"
