"""Real servers that pip brings, started on the loopback."""
