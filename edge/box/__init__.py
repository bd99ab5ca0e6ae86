"""The process on the box."""
