"""What a box tells the centre of its cameras, and what the centre has them draw (docs/camera-door.md)."""
