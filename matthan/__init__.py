"""The command line and the tools behind it; stands above the rooms."""
