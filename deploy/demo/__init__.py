"""The demo: every part as a real process on this machine."""
