"""Mutation tests, with handwritten mutants: `python -m tools.mutants`."""
