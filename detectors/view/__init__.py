"""Whether a camera shows what it used to: moved, covered, blurred or blinded."""
