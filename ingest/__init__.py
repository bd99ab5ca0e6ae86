"""Cameras, files and folders to frames with their place in time."""
