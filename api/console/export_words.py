"""The words of the page of exports. Vietnamese first."""

from collections.abc import Mapping

from domain.cases.words import Words

EXPORT_WORDS: Mapping[str, Words] = {
    "exports": Words("Xuất ra ngoài", "Exports"),
    "exports_hint": Words(
        "Hình ảnh dùng ngoài trung tâm: một người đề nghị, người khác duyệt, lấy một lần, có dấu trên từng ảnh",
        "Pictures for use outside: one person asks, another approves, fetched once, every picture marked",
    ),
    "exports_none": Words("Chưa có đề nghị nào", "Nothing was asked for yet"),
    "exports_older": Words("Cũ hơn", "Older"),
    "export": Words("Bản xuất", "Export"),
    "ask_export": Words("Đề nghị xuất", "Ask for an export"),
    "export_asked": Words("Đã gửi, chờ người thứ hai duyệt", "Sent: a second person answers"),
    "export_content": Words("Xuất gì", "What leaves"),
    "export_reason": Words("Lý do", "Reason"),
    "export_recipient": Words("Nơi nhận", "Recipient"),
    "export_incomplete": Words("Hãy chọn lý do và ghi nơi nhận", "Choose a reason and say who gets it"),
    "export_by": Words("Người đề nghị", "Asked by"),
    "export_until": Words("Hạn đến", "Until"),
    "export_own": Words("Người khác phải duyệt", "Another person has to answer"),
    "export_once": Words("Chỉ lấy được một lần; việc đánh dấu có thể mất vài phút", "Once only; it may take minutes"),
    "export_fetch": Words("Lấy bản xuất", "Fetch"),
    "export_why": Words("Ghi chú, bắt buộc khi không duyệt", "Note, needed to refuse"),
    "export_say_why": Words("Hãy ghi vì sao không duyệt", "Say why you refuse"),
    "export_approve": Words("Duyệt", "Approve"),
    "export_answer.approved": Words("Duyệt", "Approved"),
    "export_answer.refused": Words("Không duyệt", "Refused"),
    "export_refuse": Words("Không duyệt", "Refuse"),
}
