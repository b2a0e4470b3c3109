"""What a maintainer runs, and nobody else gets: none of it is in the wheel."""
