"""Cases on the box's disk."""
