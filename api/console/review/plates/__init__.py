"""How a plate and its reads are shown."""
