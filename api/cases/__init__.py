"""Cases at the centre: rows, reading, review, evidence shown, changes passed on to other processes."""
