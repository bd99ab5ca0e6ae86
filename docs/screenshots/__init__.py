"""Pictures of every page, made by one command."""
