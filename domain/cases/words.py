"""The words that people read for states, steps, blockers and kinds of vehicle: Vietnamese first, English beside it."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from domain.cases.clocks import ClockKind
from domain.cases.grounds import Ground
from domain.cases.states import Action, Blocker, CaseState

Language = Literal["vi", "en"]


class Words(NamedTuple):
    """The same in both languages.

    Examples:
        >>> STATE_WORDS[CaseState.QUEUED].of("vi"), STATE_WORDS[CaseState.QUEUED].of("en")
        ('Chờ rà soát', 'To review')
    """

    vi: str
    en: str

    def of(self, language: Language) -> str:
        """In one language."""
        return self.vi if language == "vi" else self.en


STATE_WORDS: Mapping[CaseState, Words] = {
    CaseState.DETECTED: Words("Chờ đánh giá", "To judge"),
    CaseState.QUEUED: Words("Chờ rà soát", "To review"),
    CaseState.AUTO_DISCARDED: Words("Tự động loại", "Dropped by rule"),
    CaseState.NEEDS_EVIDENCE: Words("Cần bổ sung chứng cứ", "Needs evidence"),
    CaseState.CONFIRMED: Words("Đã xác nhận", "Confirmed"),
    CaseState.REJECTED: Words("Đã từ chối", "Rejected"),
    CaseState.SECOND_REVIEW: Words("Chờ rà soát lần hai", "Second review"),
    CaseState.ADJUDICATION: Words("Chờ phân xử", "To adjudicate"),
    CaseState.SEEDED: Words("Hồ sơ kiểm tra người duyệt", "Measures reviewers"),
    CaseState.READY: Words("Sẵn sàng chuyển", "Ready for police"),
    CaseState.REMINDED: Words("Phường đang nhắc nhở", "Reminded by the ward"),
    CaseState.FIELD_HANDLED: Words("Đã xử lý tại chỗ", "Handled on the spot"),
    CaseState.TRANSFERRED: Words("Đang chuyển", "Transferred"),
    CaseState.WITHDRAWN: Words("Đã rút", "Withdrawn"),
    CaseState.RECEIVED: Words("Công an đã nhận", "Received by police"),
    CaseState.VERIFYING: Words("Công an đang xác minh", "Police verify"),
    CaseState.VERIFICATION_EXTENDED: Words("Gia hạn xác minh", "Verification extended"),
    CaseState.POLICE_REJECTED: Words("Công an không xử lý", "Rejected by police"),
    CaseState.REFERRED_COMMUNE: Words("Chuyển công an phường, xã", "Referred to commune police"),
    CaseState.REFERRED_WARD_PC: Words("Chuyển UBND phường", "Referred to the ward's committee"),
    CaseState.OWNER_IDENTIFIED: Words("Đã xác định chủ xe", "Owner identified"),
    CaseState.NOTICE_SENT: Words("Đã gửi thông báo", "Notice sent"),
    CaseState.PUBLISHED: Words("Đã đăng tải, cảnh báo đăng kiểm", "Published, inspection warned"),
    CaseState.OWNER_RESPONDED: Words("Chủ xe đã phản hồi", "Owner responded"),
    CaseState.CONTESTED: Words("Chủ xe không đồng ý", "Contested"),
    CaseState.UPHELD: Words("Giữ nguyên kết luận", "Upheld"),
    CaseState.DRIVER_NAMED: Words("Đã rõ người lái", "Driver named"),
    CaseState.RECORD_MADE: Words("Đã lập biên bản", "Record made"),
    CaseState.DECISION_ISSUED: Words("Đã ra quyết định xử phạt", "Decision issued"),
    CaseState.PAID: Words("Đã nộp phạt", "Paid"),
    CaseState.ENFORCED: Words("Đã cưỡng chế", "Enforced"),
    CaseState.SETTLED: Words("Đã kết thúc, gỡ cảnh báo", "Settled, warnings lifted"),
    CaseState.PROCESSED: Words("Đã xử lý", "Processed"),
    CaseState.RETURNED: Words("Bị trả lại", "Returned"),
    CaseState.CLOSED: Words("Đã đóng", "Closed"),
    CaseState.CANCELLED: Words("Đã hủy", "Cancelled"),
    CaseState.EXPIRED: Words("Hết thời hiệu", "Limitation passed"),
    CaseState.DUPLICATE: Words("Trùng hồ sơ khác", "Duplicate of another case"),
    CaseState.JUDGED_RIGHT: Words("Máy đúng", "Judged right"),
    CaseState.JUDGED_WRONG: Words("Máy sai", "Judged wrong"),
}

ACTION_WORDS: Mapping[Action, Words] = {
    Action.QUEUE: Words("Vào hàng chờ rà soát", "Queued for review"),
    Action.DISCARD: Words("Loại theo quy tắc hàng chờ đầy", "Dropped by the rule for a full queue"),
    Action.CONFIRM: Words("Xác nhận", "Confirmed"),
    Action.REJECT: Words("Từ chối", "Rejected"),
    Action.ASK_EVIDENCE: Words("Yêu cầu bổ sung chứng cứ", "Evidence asked for"),
    Action.EVIDENCE_ADDED: Words("Đã bổ sung chứng cứ", "Evidence added"),
    Action.LOOK_AGAIN: Words("Cần người thứ hai xem", "Another person must look"),
    Action.SECOND_CONFIRM: Words("Người thứ hai xác nhận", "Confirmed by the second reviewer"),
    Action.SECOND_REJECT: Words("Người thứ hai từ chối", "Rejected by the second reviewer"),
    Action.DIFFER: Words("Hai người không thống nhất", "The two reviewers differ"),
    Action.ADJUDICATE_CONFIRM: Words("Phân xử: xác nhận", "Adjudicated: confirmed"),
    Action.ADJUDICATE_REJECT: Words("Phân xử: từ chối", "Adjudicated: rejected"),
    Action.SEED: Words("Đưa vào kiểm tra người duyệt", "Put before reviewers to measure them"),
    Action.SEED_CAUGHT: Words("Người duyệt không xác nhận, đúng", "Not confirmed, rightly"),
    Action.SEED_MISSED: Words("Người duyệt xác nhận nhầm", "Confirmed, wrongly"),
    Action.RELEASE: Words("Vào hàng chờ công an", "Released to the police queue"),
    Action.REMIND: Words("Để phường nhắc nhở trước", "The ward reminds first"),
    Action.STILL_THERE: Words("Vẫn còn vi phạm sau nhắc nhở", "Still there after the reminder"),
    Action.HANDLE_IN_FIELD: Words("Đã xử lý tại chỗ", "Handled on the spot"),
    Action.TRANSFER: Words("Chuyển công an", "Transferred to police"),
    Action.EXPIRE_LEASE: Words("Hết hạn nhận, trả về hàng chờ", "Lease ran out, back in the queue"),
    Action.EXPIRE_LEASE_OF_COMMUNE: Words(
        "Hết hạn nhận, trả về hàng chờ công an phường, xã", "Lease ran out, back in the commune police's queue"
    ),
    Action.EXPIRE_LEASE_OF_WARD_PC: Words(
        "Hết hạn nhận, trả về hàng chờ UBND phường", "Lease ran out, back in the ward committee's queue"
    ),
    Action.ACKNOWLEDGE: Words("Công an đã nhận", "Received by police"),
    Action.RETURN: Words("Công an trả lại", "Returned by police"),
    Action.PROCESS: Words("Công an đã xử lý", "Processed by police"),
    Action.VERIFY: Words("Công an bắt đầu xác minh", "Police begin to verify"),
    Action.EXTEND_VERIFICATION: Words("Gia hạn xác minh", "Verification extended"),
    Action.POLICE_REJECT: Words("Công an không xử lý", "Rejected by police"),
    Action.REFER_COMMUNE: Words("Chuyển công an phường, xã", "Referred to commune police"),
    Action.REFER_WARD_PC: Words("Chuyển UBND phường", "Referred to the ward's committee"),
    Action.IDENTIFY_OWNER: Words("Xác định chủ xe", "Owner identified"),
    Action.SEND_NOTICE: Words("Gửi thông báo vi phạm", "Notice sent"),
    Action.PUBLISH: Words("Đăng tải, cảnh báo đăng kiểm", "Published, inspection warned"),
    Action.OWNER_RESPONDS: Words("Chủ xe phản hồi", "Owner responds"),
    Action.CONTEST: Words("Chủ xe không đồng ý", "Contested"),
    Action.OBJECT: Words("Người dân phản đối trên trang tra cứu", "Objection by the citizen"),
    Action.UPHOLD: Words("Giữ nguyên kết luận", "Upheld"),
    Action.NAME_DRIVER: Words("Xác định người lái", "Driver named"),
    Action.MAKE_RECORD: Words("Lập biên bản", "Record made"),
    Action.ISSUE_DECISION: Words("Ra quyết định xử phạt", "Decision issued"),
    Action.RECORD_PAYMENT: Words("Nộp phạt", "Paid"),
    Action.ENFORCE: Words("Cưỡng chế", "Enforced"),
    Action.SETTLE: Words("Kết thúc, gỡ cảnh báo", "Settled, warnings lifted"),
    Action.POLICE_CANCEL: Words("Công an hủy", "Cancelled by police"),
    Action.WITHDRAW: Words("Rút hồ sơ", "Withdrawn by the IOC"),
    Action.REQUEUE: Words("Đưa về rà soát lại", "Back to review"),
    Action.CLOSE: Words("Đóng hồ sơ", "Closed"),
    Action.CANCEL: Words("Hủy hồ sơ", "Cancelled"),
    Action.EXPIRE: Words("Hết thời hiệu một năm", "A year has passed"),
    Action.MERGE: Words("Gộp vào hồ sơ khác", "Merged into another case"),
    Action.SPLIT: Words("Tách khỏi hồ sơ khác", "Split off again"),
    Action.LEAD_ENDED: Words(
        "Hồ sơ chính kết thúc không xử phạt, rà soát hồ sơ này", "The case that led ended without a fine: to review"
    ),
    Action.JUDGE_RIGHT: Words("Đánh giá: máy đúng", "Judged right"),
    Action.JUDGE_WRONG: Words("Đánh giá: máy sai", "Judged wrong"),
}

PUNISHED = frozenset({CaseState.PAID, CaseState.ENFORCED, CaseState.SETTLED})
"""Public look-up knows two values (csgt.vn): everything up to the decision is not punished yet."""


def public_words(state: CaseState) -> Words:
    """What the public look-up says of a state.

    Examples:
        >>> public_words(CaseState.DECISION_ISSUED).of("vi"), public_words(CaseState.PAID).of("vi")
        ('Chưa xử phạt', 'Đã xử phạt')
    """
    return Words("Đã xử phạt", "Fined") if state in PUNISHED else Words("Chưa xử phạt", "Not fined")


BLOCKER_WORDS: Mapping[Blocker, Words] = {
    Blocker.SHADOW_MODE: Words("Chế độ thử nghiệm: chỉ để đo, không chuyển công an", "shadow mode: for measuring only"),
    Blocker.EVIDENCE_MISSING: Words(
        "Thiếu tệp chứng cứ: thiết bị báo tệp đã hỏng",
        "a file of the evidence is missing: the box says that it is damaged",
    ),
    Blocker.EVIDENCE_GAPS: Words(
        "Chứng cứ thiếu, thiết bị đã ghi rõ lý do", "evidence has gaps that the box has named"
    ),
    Blocker.MUST_ITEM_MISSING: Words(
        "Thiếu đoạn phim hoặc ảnh bắt buộc",
        "a clip, a still or the picture of an agreed plate is missing, and must be there",
    ),
    Blocker.UNKNOWN_SIGNER: Words("Chữ ký của thiết bị chưa đăng ký", "signed by a key that is not registered"),
    Blocker.BAD_SIGNATURE: Words("Chữ ký không hợp lệ", "the signature does not fit"),
    Blocker.HASH_MISMATCH: Words("Hồ sơ không khớp mã băm", "the case does not fit its hash"),
    Blocker.NO_RECEIVER: Words("Chưa xác định cơ quan tiếp nhận", "no receiving police queue is known"),
    Blocker.FROM_THE_FUTURE: Words(
        "Giờ của thiết bị sai: vụ việc có giờ sau khi trung tâm nhận được",
        "the box's clock is wrong: the act is dated after the case came in",
    ),
    Blocker.PLATE_MISSING: Words(
        "Chưa có biển số: máy không đọc được, hãy nhập tay",
        "the plate is missing: no network read it, enter it by hand",
    ),
    Blocker.DUPLICATE_OPEN: Words(
        "Có thể trùng hồ sơ khác, chưa ai kết luận", "it may be the same act as another case: nobody has said yet"
    ),
}

GROUND_WORDS: Mapping[Ground, Words] = {
    Ground.SAME_PLATE: Words("cùng biển số", "same plate"),
    Ground.NEARLY_SAME_PLATE: Words("biển số chỉ khác một ký tự", "plates differ in one character"),
    Ground.PLATE_UNREAD: Words("có biển số chưa đọc được", "a plate is unread"),
    Ground.SAME_TIME: Words("cùng lúc", "at the same time"),
    Ground.SOON_AFTER: Words("ngay sau đó", "soon after"),
    Ground.SAME_CAMERA: Words("cùng camera", "same camera"),
    Ground.SAME_PLACE: Words("cùng nút giao", "same junction"),
    Ground.NEAR: Words("camera lân cận", "a camera near by"),
    Ground.SAME_LOOK: Words("cùng loại xe", "same kind of vehicle"),
}
"""Why two cases may be one act."""

CLOCK_WORDS: Mapping[ClockKind, Words] = {
    ClockKind.LOOK: Words("Hạn rà soát (24 giờ)", "Review within 24 h"),
    ClockKind.TARGET: Words("Hạn chuyển công an (3 ngày)", "To the police within 3 days"),
    ClockKind.NOTICE: Words("Hạn gửi thông báo (10 ngày)", "Notice within 10 days"),
    ClockKind.ACKNOWLEDGE: Words("Hạn biên nhận (1 giờ)", "Receipt within 1 h"),
    ClockKind.VERIFICATION: Words("Hạn xác minh", "Verification"),
    ClockKind.ANSWER: Words("Hạn chủ xe trả lời (20 ngày)", "Owner's answer within 20 days"),
    ClockKind.OBJECTION: Words("Hạn trả lời phản đối (30 ngày)", "Answer to the objection within 30 days"),
    ClockKind.RECORD: Words("Hạn lập biên bản (5 ngày làm việc)", "Record within 5 working days"),
    ClockKind.DECISION: Words("Hạn ra quyết định (7 ngày làm việc)", "Decision within 7 working days"),
    ClockKind.LIFTING: Words("Phải gỡ cảnh báo đăng kiểm ngay", "Lift the inspection warning at once"),
    ClockKind.LIMITATION: Words("Thời hiệu một năm", "Limitation of a year"),
}

KIND_WORDS: Mapping[str, Words] = {
    "car": Words("Ô tô", "Car"),
    "motorbike": Words("Xe máy", "Motorbike"),
    "bicycle": Words("Xe đạp", "Bicycle"),
    "person/organisation": Words("Cá nhân / tổ chức", "Person or organisation"),
}
"""By ``vehicle_kind`` of the catalogue."""

LEGAL_CLASS_WORDS: Mapping[str, Words] = {
    "police_device": Words("Thiết bị của công an", "Police device"),
    "supplied_by_organisation": Words("Dữ liệu do tổ chức cung cấp", "Supplied by an organisation"),
    "supplied_by_citizen": Words("Dữ liệu do người dân cung cấp", "Supplied by a citizen"),
    "unknown": Words("Chưa xác định", "Not stated"),
}
"""By ``legal_class`` of the camera: whose device recorded it, in the sense of the law."""
