"""What happens to one camera's pictures."""
