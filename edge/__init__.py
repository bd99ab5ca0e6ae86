"""The box: pipeline, evidence files, outbox, health and the command line."""
