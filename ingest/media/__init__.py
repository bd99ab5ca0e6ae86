"""Packets, times and pictures, whatever they come from."""
