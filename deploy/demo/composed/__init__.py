"""The demo's composed streets: painted, with vehicles and a man out of the film and drawn furniture laid over them."""
