"""The version of the software that is running."""

from functools import cache
from importlib import metadata


@cache
def software_version() -> str:
    """The installed distribution's version."""
    return metadata.version("matthan")
