"""Cameras that stream."""
