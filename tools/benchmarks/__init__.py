"""Compares the speed of the client with that of its peers: `python -m tools.benchmarks --help`."""
