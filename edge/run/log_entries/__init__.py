"""What stands in a line of a detection log beside detections: one module for each look."""
