"""How the centre does: what waits and is late, how people and rules fare, and figures of a span."""
