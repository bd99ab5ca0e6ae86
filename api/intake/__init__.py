"""The MQTT door: cases, health and heartbeats from the boxes."""
