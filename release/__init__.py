"""What a maintainer runs from one version to the next: `python -m release bump | changes | dist`."""
