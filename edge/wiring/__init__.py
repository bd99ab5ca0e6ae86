"""Builds a box out of its parts; nothing else in the product does."""
