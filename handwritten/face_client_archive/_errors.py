"""Errors of an archive as a whole."""


class FolderInUseError(Exception):
    """Another archive is at work with the same manifest."""


class ServiceDownError(Exception):
    """The service has answered nothing but 408, 429 and 5xx, or nothing at all, for too long.

    The ids that failed since then are not recorded as failed: the next archive goes on with them. `__cause__` is the
    last error.
    """
