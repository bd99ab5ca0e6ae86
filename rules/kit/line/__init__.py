"""What the rules at a stop line share: fronts, crossings of the line, and their judgement."""
