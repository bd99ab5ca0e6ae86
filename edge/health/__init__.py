"""What is wrong with the box and its cameras, and what they have done: measured, named, shown."""
