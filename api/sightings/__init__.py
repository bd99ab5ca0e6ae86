"""Sightings: that a vehicle passed a camera, as a keyed hash; what the privacy rules leave of following one."""
