"""Measures the client side by side with its peers: `python -m tools.benchmarks --help`."""
