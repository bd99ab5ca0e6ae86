"""Bringing cases to the centre: the message by MQTT, the evidence by HTTP; both may be down for days."""
