"""What boxes and the centre report to one another."""
