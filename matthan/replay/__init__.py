"""Recordings through the code that runs live."""
