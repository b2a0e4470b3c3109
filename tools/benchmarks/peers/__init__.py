"""The contestants: one module each, with a class `Sync`, a class `Async`, or both, used as their users would use them.

Each has `get(image_id)`, which returns the image, and `save(image_id, path)`, which writes it to a file. Nothing is
imported here, nor twice: what a module imports is part of its cold start.
"""
