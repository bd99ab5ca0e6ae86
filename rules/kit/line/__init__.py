"""What the law makes of a crossing of a stop line, for the two rules there."""
