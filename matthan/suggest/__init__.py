"""Proposes what to draw at a camera from what its traffic did: lanes, their directions, stop positions, gates."""
