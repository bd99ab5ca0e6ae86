"""How many plates are read, how many wrongly, and what it costs."""
