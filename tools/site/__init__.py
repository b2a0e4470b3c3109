"""Builds, checks and audits the documentation site; see `python -m tools.site --help`."""
