"""Cases with their evidence to the centre by HTTP, health and heartbeats to the broker; both may be down for days."""
