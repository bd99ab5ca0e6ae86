"""How good a network is on a folder of labelled pictures; the same code for us and for anyone."""
