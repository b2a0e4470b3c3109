"""Trials of `archive` that take too long for the tests: kills, memory and rate."""
