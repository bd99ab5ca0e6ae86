"""How a case comes in: by HTTP with its evidence, on record when it is whole; health and heartbeats by MQTT."""
