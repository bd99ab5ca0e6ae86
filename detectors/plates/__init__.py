"""Number plates: found on a vehicle, set straight, read, and agreed over the pictures of a track or left unread."""
