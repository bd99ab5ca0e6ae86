"""What a camera's run looks at besides detections, and when: one module for each look."""
