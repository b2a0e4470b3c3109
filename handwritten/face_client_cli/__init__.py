"""The `face-client` command, a thin shell over the other packages.

Each command imports what it needs, so that help and completion are fast.
"""
