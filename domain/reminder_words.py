"""The words that the ward and operators read for reminders. Vietnamese first, English beside it."""

from collections.abc import Mapping

from domain.cases.words import Words
from domain.reminder import NoPicture, ReminderState
from domain.reminder_outcome import ReminderOutcome

REMINDER_STATE_WORDS: Mapping[ReminderState, Words] = {
    ReminderState.OBSERVED: Words("Mới phát hiện, cần nhắc nhở", "First seen, to be reminded"),
    ReminderState.STILL_THERE: Words("Quá hạn, vẫn còn chiếm dụng", "Still there after the time to clear it"),
    ReminderState.CLEARED: Words("Đã dọn", "Cleared"),
    ReminderState.CAME_BACK: Words("Tái chiếm trong ngày", "Came back on the same day"),
    ReminderState.BECAME_CASE: Words("Đã chuyển thành hồ sơ", "Became a case"),
}

REMINDER_OUTCOME_WORDS: Mapping[ReminderOutcome, Words] = {
    ReminderOutcome.REMINDED: Words("Đã nhắc nhở", "Reminded"),
    ReminderOutcome.SIGNED: Words("Đã ký cam kết", "Signed a promise"),
    ReminderOutcome.CLEARED: Words("Đã dọn xong", "Cleared"),
    ReminderOutcome.CAME_BACK: Words("Tái chiếm", "Came back"),
    ReminderOutcome.NOT_SO: Words("Không đúng", "Not so"),
}
"""What people at the place say."""

NO_PICTURE_WORDS: Mapping[NoPicture, Words] = {
    NoPicture.COVERED: Words(
        "Người hoặc xe che gần hết chỗ này nên không có ảnh", "People or vehicles hid most of the place: no picture"
    ),
    NoPicture.NOT_WATCHED: Words(
        "Thiết bị vừa khởi động lại hoặc mất hình: chưa chắc đã che hết người nên không có ảnh",
        "The box had just begun to look, or had lost pictures: somebody might not be covered, so no picture",
    ),
    NoPicture.FAILED: Words("Không chụp được ảnh", "The picture could not be taken"),
    NoPicture.NO_ROOM: Words("Thiết bị không còn chỗ lưu ảnh", "The box had no room for the picture"),
}
"""Why a step has no picture."""
