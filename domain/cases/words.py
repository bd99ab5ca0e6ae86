"""The words that people read for states, steps, blockers and kinds of vehicle: Vietnamese first, English beside it."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

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
    CaseState.CONFIRMED: Words("Đã xác nhận", "Confirmed"),
    CaseState.REJECTED: Words("Đã từ chối", "Rejected"),
    CaseState.READY: Words("Sẵn sàng chuyển", "Ready for police"),
    CaseState.TRANSFERRED: Words("Đang chuyển", "Transferred"),
    CaseState.RECEIVED: Words("Công an đã nhận", "Received by police"),
    CaseState.PROCESSED: Words("Đã xử lý", "Processed"),
    CaseState.RETURNED: Words("Bị trả lại", "Returned"),
    CaseState.CLOSED: Words("Đã đóng", "Closed"),
    CaseState.JUDGED_RIGHT: Words("Máy đúng", "Judged right"),
    CaseState.JUDGED_WRONG: Words("Máy sai", "Judged wrong"),
}

ACTION_WORDS: Mapping[Action, Words] = {
    Action.QUEUE: Words("Vào hàng chờ rà soát", "Queued for review"),
    Action.CONFIRM: Words("Xác nhận", "Confirmed"),
    Action.REJECT: Words("Từ chối", "Rejected"),
    Action.RELEASE: Words("Vào hàng chờ công an", "Released to the police queue"),
    Action.TRANSFER: Words("Chuyển công an", "Transferred to police"),
    Action.EXPIRE_LEASE: Words("Hết hạn nhận, trả về hàng chờ", "Lease ran out, back in the queue"),
    Action.ACKNOWLEDGE: Words("Công an đã nhận", "Received by police"),
    Action.RETURN: Words("Công an trả lại", "Returned by police"),
    Action.PROCESS: Words("Công an đã xử lý", "Processed by police"),
    Action.WITHDRAW: Words("Rút hồ sơ", "Withdrawn by the IOC"),
    Action.REQUEUE: Words("Đưa về rà soát lại", "Back to review"),
    Action.CLOSE: Words("Đóng hồ sơ", "Closed"),
    Action.JUDGE_RIGHT: Words("Đánh giá: máy đúng", "Judged right"),
    Action.JUDGE_WRONG: Words("Đánh giá: máy sai", "Judged wrong"),
}

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
        "a clip, a still or the picture of an agreed plate that must be there is not",
    ),
    Blocker.UNKNOWN_SIGNER: Words("Chữ ký của thiết bị chưa đăng ký", "signed by a key that is not registered"),
    Blocker.BAD_SIGNATURE: Words("Chữ ký không hợp lệ", "the signature does not fit"),
    Blocker.HASH_MISMATCH: Words("Hồ sơ không khớp mã băm", "the case does not fit its hash"),
    Blocker.NO_RECEIVER: Words("Chưa xác định cơ quan tiếp nhận", "no receiving police queue is known"),
    Blocker.FROM_THE_FUTURE: Words(
        "Giờ của thiết bị sai: vụ việc có giờ sau khi trung tâm nhận được",
        "the box's clock is wrong: the act is dated after the case came in",
    ),
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
