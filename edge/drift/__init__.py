"""Drift: what a camera's networks see in a day, and whether that is still what they usually see there."""
