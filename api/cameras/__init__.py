"""Cameras at the centre: what boxes report of them, their stills, what they are to draw."""
