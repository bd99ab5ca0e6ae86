"""Reminders: what occupies a pavement, told to the ward before anybody is fined."""
