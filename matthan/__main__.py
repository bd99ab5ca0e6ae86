"""``python -m matthan``: the command line."""

from matthan.cli import main

main()
