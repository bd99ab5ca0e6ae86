"""The box's settings and camera files."""
