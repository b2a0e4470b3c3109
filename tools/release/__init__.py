"""Tools for a release or a new API version: `python -m tools.release bump | changes | dist`."""
