"""The violation catalogue and the reasons for rejecting."""
