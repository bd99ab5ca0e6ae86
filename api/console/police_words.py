"""The words of the police units' page. Vietnamese first."""

from collections.abc import Mapping

from domain.cases.states import Action
from domain.cases.words import Words

_OWN: Mapping[str, tuple[str, str]] = {
    "police": ("Hồ sơ của đơn vị", "Cases of the unit"),
    "police_hint": (
        "Máy chỉ nghi vấn, một người đã xác nhận; đơn vị xác minh và quyết định. Mọi lần xem, mọi bước đều ghi lại",
        "A machine suspected, a person confirmed; you verify and decide. Every look and every step is on record",
    ),
    "police_unread": (
        "Không đọc được hồ sơ, danh sách dưới đây đã cũ",
        "Cases cannot be read now, what stands below is old",
    ),
    "police_waiting": ("hồ sơ đang chờ", "waiting"),
    "police_take": ("Nhận hồ sơ", "Take cases"),
    "police_taken": ("hồ sơ đã về đơn vị", "cases are yours now"),
    "police_held": ("Đang ở đơn vị", "With the unit"),
    "police_none_waiting": ("Không có hồ sơ nào đang chờ", "No case is waiting"),
    "police_shown_of_more": ("hồ sơ đang hiện, còn nữa", "cases are shown, there are more"),
    "police_show_more": ("Xem thêm", "Show more"),
    "police_none_held": ("Đơn vị chưa giữ hồ sơ nào", "The unit holds no case"),
    "queue.traffic_police": ("Cảnh sát giao thông", "Traffic police"),
    "queue.commune_police": ("Công an phường, xã", "Commune police"),
    "queue.commune_chair": ("UBND phường, xã", "Commune People's Committee"),
    "queue.order_police": ("Cảnh sát trật tự", "Order police"),
    "police_unread_plate": ("Chưa đọc được biển số", "Plate not read"),
    "police_until": ("Giữ đến", "Yours until"),
    "police_gone": ("Hồ sơ này không ở đơn vị", "This case is not with the unit"),
    "police_plate": ("Biển số", "Plate"),
    "police_law": ("Điều khoản", "Law"),
    "police_when": ("Thời gian", "When"),
    "police_objection": ("Công dân phản đối lúc", "The citizen objected at"),
    "police_since": ("Ở trạng thái này từ", "In this state since"),
    "police_number": ("Mã hồ sơ", "Case number"),
    "police_form": ("Mẫu", "Form"),
    "police_package": ("Tải gói chứng cứ (.zip)", "Download the package (.zip)"),
    "police_reason": ("Lý do, nếu trả lại, không xử lý hoặc hủy", "Reason, to return, reject or cancel"),
    "police_step.acknowledge": ("Xác nhận đã nhận đủ", "Confirm receipt"),
    "police_step.return": ("Trả lại trung tâm", "Return to the centre"),
    f"police_step.{Action.VERIFY}": ("Bắt đầu xác minh", "Begin to verify"),
    f"police_step.{Action.EXTEND_VERIFICATION}": ("Gia hạn xác minh", "Extend verification"),
    f"police_step.{Action.POLICE_REJECT}": ("Không xử lý", "Reject"),
    f"police_step.{Action.REFER_COMMUNE}": ("Chuyển công an phường, xã", "Refer to commune police"),
    f"police_step.{Action.REFER_WARD_PC}": ("Chuyển UBND phường", "Refer to the ward's committee"),
    f"police_step.{Action.IDENTIFY_OWNER}": ("Đã xác định chủ xe", "Owner identified"),
    f"police_step.{Action.SEND_NOTICE}": ("Đã gửi thông báo", "Notice sent"),
    f"police_step.{Action.PUBLISH}": ("Đăng tải, cảnh báo đăng kiểm", "Publish, warn the inspection"),
    f"police_step.{Action.OWNER_RESPONDS}": ("Chủ xe đã phản hồi", "Owner responded"),
    f"police_step.{Action.CONTEST}": ("Chủ xe không đồng ý", "Owner contests"),
    f"police_step.{Action.UPHOLD}": ("Giữ nguyên kết luận", "Uphold"),
    f"police_step.{Action.NAME_DRIVER}": ("Đã rõ người lái", "Driver named"),
    f"police_step.{Action.MAKE_RECORD}": ("Đã lập biên bản", "Record made"),
    f"police_step.{Action.ISSUE_DECISION}": ("Đã ra quyết định", "Decision issued"),
    f"police_step.{Action.RECORD_PAYMENT}": ("Đã nộp phạt", "Paid"),
    f"police_step.{Action.ENFORCE}": ("Đã cưỡng chế", "Enforced"),
    f"police_step.{Action.SETTLE}": ("Kết thúc, gỡ cảnh báo", "Settle, lift warnings"),
    f"police_step.{Action.POLICE_CANCEL}": ("Hủy hồ sơ", "Cancel the case"),
}

POLICE_WORDS: Mapping[str, Words] = {key: Words(*texts) for key, texts in _OWN.items()}
"""By key."""
