"""One real minute at a Hanoi junction against what a person saw in it."""
