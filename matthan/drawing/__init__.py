"""What an installer draws on a camera's still."""
