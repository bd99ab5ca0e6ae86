"""Cases at the centre: rows, reading, review, evidence shown, changes told to other processes."""
