"""Vehicles that stand where they may not, and all who stand lawfully."""
