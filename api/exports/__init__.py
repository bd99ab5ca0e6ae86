"""Copies of evidence for use outside, asked for by one person, let out by another, marked and on record."""
