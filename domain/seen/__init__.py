"""What is seen: frames, detections, tracks, signals and the view; the scene that rules judge."""
