"""Tracks to events to cases; pure."""
