"""Places that are occupied by things: what is seen there, since when, by whom it is attended, what is left free."""
