"""What citizens see and say: the page of their case, the public figures, their reports."""
