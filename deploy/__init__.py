"""What runs the product on one machine: local servers for tests and the demo, and the demo. Not in the wheel."""
