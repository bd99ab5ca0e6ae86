"""What every room needs and no room owns: typed files, secrets, logs, the clock, pauses, signatures, package checks."""
