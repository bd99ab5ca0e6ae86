"""What the rules about standing share: places, stays in them, and jams."""
