"""Rules that count traffic: no act, no alert, nobody."""
