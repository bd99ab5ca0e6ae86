"""Review: the list of cases, the open case, what may be decided of it."""
