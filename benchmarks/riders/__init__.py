"""How well riders are counted and heads told on cameras that no network here learned from."""
