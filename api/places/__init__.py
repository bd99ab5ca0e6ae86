"""Where things are: wards by their borders, whom a case goes to, cameras at the centre."""
