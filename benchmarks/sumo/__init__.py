"""Simulated junctions and streets with known truth, for measuring the rules by rule and by noise."""
