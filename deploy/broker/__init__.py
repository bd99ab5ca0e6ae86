"""The production broker: nats-server's configuration, made from a list of boxes and police queues."""
