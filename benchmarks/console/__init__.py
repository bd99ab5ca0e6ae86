"""How fast the console is beside traffic."""
