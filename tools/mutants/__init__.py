"""Deliberate faults of the product, and whether the tests catch them: `python -m tools.mutants`."""
