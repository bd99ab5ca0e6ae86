"""The centre: intake, review, police queue, audit, console."""
