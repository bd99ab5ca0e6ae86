"""Reminders on their way to the centre: on disk until it holds them, tried again for ever, in order."""
