"""Opening the networks that a box runs."""
