"""The subject's plate in a package."""
