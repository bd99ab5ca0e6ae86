"""Acts of which there is a case, and what a camera remembers of them."""
