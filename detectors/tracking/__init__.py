"""Detections to tracks: one tracker a camera, time in seconds, no shared state."""
