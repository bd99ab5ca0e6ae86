"""What the console says, Vietnamese first."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["vi", "en"]

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Rà soát nghi vấn vi phạm", "Review of suspected violations"),
    "subject": ("chủ thể", "subject"),
    "suspected": ("Nghi vấn, chưa kết luận vi phạm", "Suspected, nobody is accused by a machine"),
    "sign_in": ("Đăng nhập", "Sign in"),
    "username": ("Tên đăng nhập", "User name"),
    "password": ("Mật khẩu", "Password"),
    "sign_out": ("Đăng xuất", "Sign out"),
    "wrong_login": ("Tên đăng nhập hoặc mật khẩu không đúng", "User name or password is wrong"),
    "too_many_logins": ("Thử quá nhiều lần, hãy chờ rồi thử lại", "Too many attempts, wait and try again"),
    "centre_fault": ("Trung tâm chưa trả lời được, hãy thử lại", "The centre cannot answer now, try again"),
    "session_ended": ("Phiên làm việc đã hết, hãy đăng nhập lại", "Your session has ended, sign in again"),
    "position": ("Toạ độ", "Position"),
    "mode": ("Chế độ", "Mode"),
    "no_right": ("Tài khoản này không được xem hồ sơ", "This account may not see cases"),
    "queue": ("Hàng chờ", "Queue"),
    "all_states": ("Mọi trạng thái", "Any state"),
    "all_offences": ("Mọi hành vi", "Any offence"),
    "all_cameras": ("Mọi camera", "Any camera"),
    "state": ("Trạng thái", "State"),
    "offence": ("Hành vi", "Offence"),
    "camera": ("Camera", "Camera"),
    "empty": ("Không có hồ sơ nào khớp bộ lọc", "No case fits the filter"),
    "choose": ("Chọn một hồ sơ ở bên trái", "Choose a case on the left"),
    "more": ("Xem thêm", "Show more"),
    "new_case": ("Có hồ sơ mới", "A new case has come in"),
    "confirm": ("Xác nhận", "Confirm"),
    "reject": ("Từ chối", "Reject"),
    "reason": ("Lý do", "Reason"),
    "search_reason": ("Gõ để tìm lý do", "Type to find a reason"),
    "note": ("Ghi chú", "Note"),
    "note_required": ("Lý do này bắt buộc ghi rõ", "This reason needs a note"),
    "cancel": ("Thôi", "Cancel"),
    "confirmed_done": ("Đã xác nhận, chuyển vào hàng chờ công an", "Confirmed, now in the police queue"),
    "rejected_done": ("Đã từ chối", "Rejected"),
    "changed_meanwhile": ("Hồ sơ vừa được người khác xử lý, đã tải lại", "Someone else has just decided it; reloaded"),
    "wait_confirm": ("Hãy xem clip trước khi xác nhận", "Watch the clip before you confirm"),
    "cannot_confirm": ("Chưa thể xác nhận", "Cannot be confirmed"),
    "incomplete": ("Chứng cứ chưa đầy đủ", "Evidence is incomplete"),
    "awaiting_files": ("Đang chờ tệp", "Waiting for files"),
    "integrity_valid": ("Chữ ký hợp lệ", "Signature valid"),
    "integrity_bad": ("Toàn vẹn không bảo đảm", "Integrity not assured"),
    "when": ("Thời điểm", "When"),
    "where": ("Nơi", "Where"),
    "vehicle": ("Phương tiện", "Vehicle"),
    "law": ("Căn cứ", "Legal reference"),
    "plate": ("Biển số", "Plate"),
    "unread": ("Chưa đọc được", "Unread"),
    "measured": ("Số đo", "Measured"),
    "clip": ("Clip chính", "Main clip"),
    "clip_of": ("Clip", "Clip"),
    "clock_error": ("Sai số đồng hồ", "Clock error"),
    "unknown": ("không rõ", "unknown"),
    "made_by": ("Nguồn gốc", "Provenance"),
    "stills": ("Ảnh tại thời điểm quyết định", "Stills at the decisive moments"),
    "history": ("Lịch sử", "History"),
    "play": ("Phát / dừng", "Play / pause"),
    "back": ("Khung trước", "Previous frame"),
    "forward": ("Khung sau", "Next frame"),
    "speed": ("Tốc độ", "Speed"),
    "evidence": ("Chứng cứ", "Evidence"),
    "files_of": ("tệp", "files"),
    "overlay": ("Lớp phủ", "Overlay"),
    "no_clip": ("Không có clip gốc cho hồ sơ này", "There is no original clip for this case"),
    "cannot_play": ("Trình duyệt không phát được clip này", "This browser cannot play the clip"),
    "keys": ("Phím tắt", "Keys"),
    "keys_text": (
        "J / K hồ sơ sau / trước · C xác nhận · R từ chối · Space phát · , . từng khung · O lớp phủ · S tốc độ",
        "J / K next / previous case · C confirm · R reject · Space play · , . frame by frame · O overlay · S speed",
    ),
    "unsigned_catalogue": (
        "Căn cứ pháp lý chưa được cơ quan công an duyệt",
        "The police legal office has not signed off this legal reference",
    ),
    "shadow": ("Chạy thử, không chuyển công an", "Shadow mode, never goes to the police"),
    "warn": ("Nhắc nhở", "Reminder"),
    "enforce": ("Xử lý", "Enforce"),
    "state.detected": ("Chờ chứng cứ", "Waiting for evidence"),
    "state.queued": ("Chờ rà soát", "To review"),
    "state.confirmed": ("Đã xác nhận", "Confirmed"),
    "state.rejected": ("Đã từ chối", "Rejected"),
    "state.ready": ("Sẵn sàng chuyển", "Ready for police"),
    "state.transferred": ("Đang chuyển", "Transferred"),
    "state.received": ("Công an đã nhận", "Received by police"),
    "state.processed": ("Đã xử lý", "Processed"),
    "state.returned": ("Bị trả lại", "Returned"),
    "kind.car": ("Ô tô", "Car"),
    "kind.motorbike": ("Xe máy", "Motorbike"),
    "kind.bicycle": ("Xe đạp", "Bicycle"),
    "kind.person/organisation": ("Cá nhân / tổ chức", "Person or organisation"),
    "moment.before_line": ("Trước vạch", "Before the line"),
    "moment.after_line": ("Sau vạch", "Past the line"),
    "moment.on_line": ("Trên vạch", "On the line"),
    "moment.first_sighting": ("Thấy lần đầu", "First sighting"),
    "moment.last_sighting": ("Thấy lần cuối", "Last sighting"),
    "moment.entered": ("Vào làn", "Entered the lane"),
    "moment.against_flow": ("Đi ngược chiều", "Against the flow"),
}


def say(language: Language, key: str) -> str:
    """The word in a language; an unknown key comes back as it is, with underscores opened.

    Examples:
        >>> say("vi", "confirm"), say("en", "state.queued"), say("vi", "moment.new_one")
        ('Xác nhận', 'To review', 'new one')
    """
    pair = WORDS.get(key)
    if pair is None:
        return key.rpartition(".")[2].replace("_", " ")
    return pair[0] if language == "vi" else pair[1]
