"""Original video of cases: which spans, cut from the ring, held, and kept on the disk until it is packaged."""
