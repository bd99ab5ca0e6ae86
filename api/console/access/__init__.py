"""Who gets in: the sign-in page, what a page may load, whose socket opens."""
