"""The words that the ward and operators read for reminders. Vietnamese first, English beside it."""

from collections.abc import Mapping

from domain.cases.words import Words
from domain.reminder import ReminderState

REMINDER_STATE_WORDS: Mapping[ReminderState, Words] = {
    ReminderState.OBSERVED: Words("Mới phát hiện, cần nhắc nhở", "First seen, to be reminded"),
    ReminderState.STILL_THERE: Words("Đã nhắc, vẫn còn chiếm dụng", "Still there after the reminder"),
    ReminderState.CLEARED: Words("Đã dọn", "Cleared"),
    ReminderState.CAME_BACK: Words("Tái chiếm trong ngày", "Came back on the same day"),
    ReminderState.BECAME_CASE: Words("Đã chuyển thành hồ sơ", "Became a case"),
}
