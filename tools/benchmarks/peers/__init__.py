"""The contestants: one module each, with a class `Sync`, a class `Async`, or both, in typical usage.

Each has `get(image_id)`, which returns the image, and `save(image_id, path)`, which writes it to a file. There are no
common imports, since imports are part of the cold start.
"""
