"""Crossings of a stop line: where each vehicle's front was, what it did beyond the line, by which way it left."""
