"""Searching cases, and looking plates up."""
