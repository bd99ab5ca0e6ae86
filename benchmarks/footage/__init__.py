"""Real recordings through the very run that judges live: what is found, and sheets to judge it by."""
