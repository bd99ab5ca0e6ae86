"""Bounding boxes of who stands: how far apart, whose part, where they came from."""
