"""What the centre does, apart from HTTP, MQTT and screens."""
