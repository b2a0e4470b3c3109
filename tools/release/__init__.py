"""What a maintainer runs from one version to the next: `python -m tools.release bump | changes | dist`."""
