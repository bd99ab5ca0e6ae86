"""Signal states that a controller pushes to the box, by HTTP or MQTT."""
